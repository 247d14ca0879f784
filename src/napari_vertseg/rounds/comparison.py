"""Two models on the same cases: figures per case and per vertebra, as they stand on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from ..cases import ModelRef
from ..metrics import ScanScore, VertebraScore
from ..strict_json import STRICT

Kind = Literal["validation", "earlier", "made"]
"""Why a case is compared: never trained on; corrected before, so it must not be
forgotten; made, where there are no earlier cases."""

Outcome = Literal["found", "missed", "merged", "split"]
MASKS: Final = "masks"
"""Where label maps lie that a comparison of an earlier version does not name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one model did in one scan."""

    __pydantic_config__: ClassVar = STRICT
    dice: float
    """Mean over the vertebrae, a missing one being 0."""
    asd_mm: float | None
    """Mean surface distance of the found ones."""
    found: int
    missed: int
    merged: int
    false: int
    completeness_right: int
    completeness_known: int
    steps: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, score: ScanScore) -> Figures:
        """Those of a scored scan."""
        known = [v for v in score.vertebrae if v.is_completeness_scored]
        return cls(
            dice=score.dice_mean or 0.0,
            asd_mm=score.asd_mm_mean,
            found=score.found,
            missed=score.missed,
            merged=score.merged,
            false=score.false,
            completeness_right=sum(
                v.is_reference_complete == v.is_predicted_complete for v in known
            ),
            completeness_known=len(known),
            steps=score.steps,
            seconds=score.seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraFigures:
    """What one model made of one vertebra."""

    __pydantic_config__: ClassVar = STRICT
    dice: float
    asd_mm: float | None
    outcome: Outcome
    is_completeness_right: bool | None

    @classmethod
    def of(cls, score: VertebraScore, merged: frozenset[int]) -> VertebraFigures:
        """Of a scored vertebra; ``merged`` are those that share a prediction."""
        outcome: Outcome = "found" if score.is_found else "missed"
        if score.reference in merged:
            outcome = "merged"
        elif score.is_split:
            outcome = "split"
        right = None
        if score.is_completeness_scored:
            right = score.is_reference_complete == score.is_predicted_complete
        return cls(
            dice=score.dice,
            asd_mm=score.asd_mm,
            outcome=outcome,
            is_completeness_right=right,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraChange:
    """One vertebra, before and after."""

    __pydantic_config__: ClassVar = STRICT
    case: str
    value: int
    """In the label maps of the comparison."""
    name: str
    active: VertebraFigures
    candidate: VertebraFigures

    @property
    def gain(self) -> float:
        """Dice of the candidate less that of the active model."""
        return self.candidate.dice - self.active.dice


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """One case, before and after."""

    __pydantic_config__: ClassVar = STRICT
    case: str
    name: str
    """Of the scan, for people."""
    patient: str
    kind: Kind
    active: Figures
    candidate: Figures
    vertebrae: tuple[VertebraChange, ...]

    @property
    def gain(self) -> float:
        """Mean Dice of the candidate less that of the active model."""
        return self.candidate.dice - self.active.dice


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two models on the same cases (``rounds/<n>/comparison.json``)."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    active: ModelRef | None
    """None where there was no model before: everything it did counts as nothing."""
    candidate: ModelRef
    cases: tuple[CaseChange, ...] = ()
    masks: str = MASKS
    """Folder of its label maps, in that of the round."""

    @property
    def is_of_one_model(self) -> bool:
        """Whether the candidate is the active model under another name."""
        active = self.active
        return active is not None and active.weights_sha256 == self.candidate.weights_sha256

    def of_kind(self, *kinds: Kind) -> tuple[CaseChange, ...]:
        """The cases that are compared for one of these reasons."""
        return tuple(case for case in self.cases if case.kind in kinds)

    def vertebrae(self) -> list[VertebraChange]:
        """Of all cases, worst regressions first."""
        return sorted((v for c in self.cases for v in c.vertebrae), key=lambda v: v.gain)

    def scores(self, side: Literal["active", "candidate"]) -> dict[str, float]:
        """Figures of one model by flat name, for ``RoundRecord``."""
        flat: dict[str, float] = {}
        for case in self.cases:
            figures = case.active if side == "active" else case.candidate
            for name in ("dice", "found", "missed", "merged", "false"):
                flat[f"{case.kind}/{case.case}/{name}"] = float(getattr(figures, name))
        return flat
