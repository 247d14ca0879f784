"""What is known about a vertebra before it is judged, each fact as a rival of the suspicion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..suspicion import Evidence, WalkEvidence
from .auc import auc_of, said

if TYPE_CHECKING:
    from .suspicion import Row

_OF_WALK: Final[Mapping[str, Callable[[WalkEvidence], float]]] = MappingProxyType(
    {
        "confidence, low": lambda walk: -walk.confidence,
        "entropy": lambda walk: walk.entropy,
        "overlap of the last two looks, low": lambda walk: -walk.last_overlap,
        "steps": lambda walk: float(walk.steps),
        "completeness near a half": lambda walk: -abs(walk.completeness - 0.5),
        "cut by the patch": lambda walk: float(walk.is_cut_by_patch),
    }
)
_OF_CHAIN: Final = "confidence of the chain, low"
_OF_MASK: Final[Mapping[str, Callable[[Evidence], float | None]]] = MappingProxyType(
    {
        "volume, small": lambda evidence: -evidence.measures.volume_mm3,
        "pieces": lambda evidence: float(evidence.measures.components),
        "bone around the mask": lambda evidence: evidence.bone_share_around,
        "mean CT value, low": lambda evidence: (
            None if evidence.measures.mean_hu is None else -evidence.measures.mean_hu
        ),
    }
)


def facts_of(chain: Sequence[Evidence]) -> list[dict[str, float]]:
    """Facts about each vertebra of a chain, the more doubtful the higher."""
    walks = [evidence.walk for evidence in chain if evidence.walk is not None]
    usual = -median(walk.confidence for walk in walks) if walks else 0.0
    return [_facts(evidence, usual) for evidence in chain]


def _facts(evidence: Evidence, chain: float) -> dict[str, float]:
    told = {name: fact(evidence) for name, fact in _OF_MASK.items()}
    if evidence.walk is not None:
        told |= {name: fact(evidence.walk) for name, fact in _OF_WALK.items()}
        told[_OF_CHAIN] = chain
    return {name: round(value, 4) for name, value in told.items() if value is not None}


def facts_table(groups: Sequence[tuple[str, Sequence[Row]]], bad_dice: float) -> list[str]:
    """AUC of each fact alone, in lines of Markdown; best in the first group first."""
    names = [*_OF_WALK, _OF_CHAIN, *_OF_MASK]
    aucs = {name: [_auc(name, rows, bad_dice) for _, rows in groups] for name in names}
    ordered = sorted(names, key=lambda name: -(aucs[name][0] or 0.0))
    return [
        f"| one fact alone | {' | '.join(name for name, _ in groups)} |",
        f"|---|{'---:|' * len(groups)}",
        *(f"| {name} | {' | '.join(map(said, aucs[name]))} |" for name in ordered),
    ]


def _auc(name: str, rows: Sequence[Row], bad_dice: float) -> float | None:
    known = [row for row in rows if name in row.facts]
    return auc_of([row.facts[name] for row in known], [row.dice < bad_dice for row in known])
