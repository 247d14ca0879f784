"""Which masks a person should look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..metrics import InstanceVerdict, ScanScore, VertebraScore
from .folders import EvaluatedScan
from .pairing import Pair

Kind = Literal["reference", "false"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One vertebra that went wrong."""

    pair: Pair
    kind: Kind
    """A reference that was segmented badly, or an instance where there is none."""
    label: int
    """In the reference, or in the prediction where it is false."""
    has_levels: bool
    dice: float
    words: tuple[str, ...]
    """What is wrong, for people."""
    against: float | None = None
    """Dice of the other model on the same vertebra."""


def worst(scans: Sequence[EvaluatedScan], count: int) -> list[Finding]:
    """The worst vertebrae: false and missed ones, then by Dice; ties in the order of the scans."""
    found = [f for scan in scans for f in _of(scan)]
    return sorted(found, key=lambda f: f.dice)[:count]


def failures_of(scans: Sequence[EvaluatedScan]) -> list[Finding]:
    """Everything that is wrong or has a Dice below 0.8, in the order of the scans.

    Being cut by the border of the scan alone is no failure.
    """
    found = [f for scan in scans for f in _of(scan)]
    return [f for f in found if f.dice < _POOR_DICE or set(f.words) - {_AT_BORDER}]


def most_changed(
    scans: Sequence[EvaluatedScan], against: Mapping[str, ScanScore], count: int
) -> list[Finding]:
    """Vertebrae whose Dice differs most between two models, losses first."""
    rows = []
    for scan in scans:
        other = {v.reference: v.dice for v in against[scan.pair.name].vertebrae}
        for vertebra in scan.score.vertebrae:
            gap = vertebra.dice - other[vertebra.reference]
            if abs(gap) >= _LEAST_CHANGE:
                rows.append((gap, _reference(scan, vertebra, other[vertebra.reference])))
    rows.sort(key=lambda row: row[0])
    losses = [f for gap, f in rows if gap < 0]
    gains = [f for gap, f in reversed(rows) if gap > 0]
    half = max(count - min(len(gains), count // 2), count // 2)
    return losses[:half] + gains[: count - min(len(losses), half)]


_LEAST_CHANGE = 0.01
_POOR_DICE = 0.8
_AT_BORDER = "at the border of the scan"


def _of(scan: EvaluatedScan) -> list[Finding]:
    false = [i for i in scan.score.instances if i.verdict is InstanceVerdict.FALSE]
    return [
        Finding(
            pair=scan.pair,
            kind="false",
            label=instance.prediction,
            has_levels=False,
            dice=0.0,
            words=(
                "false: no reference there",
                *(("on the sacrum",) if instance.sacrum_share > scan.score.sacrum_share else ()),
            ),
        )
        for instance in false
    ] + [_reference(scan, v) for v in scan.score.vertebrae]


def _reference(
    scan: EvaluatedScan, vertebra: VertebraScore, against: float | None = None
) -> Finding:
    return Finding(
        pair=scan.pair,
        kind="reference",
        label=vertebra.reference,
        has_levels=scan.has_levels,
        dice=vertebra.dice,
        words=tuple(_words(scan.score, vertebra)),
        against=against,
    )


def _words(score: ScanScore, vertebra: VertebraScore) -> list[str]:
    merged = [i for i in score.instances if i.is_merged and vertebra.reference in i.merges]
    said = {
        "missed": not vertebra.is_found,
        "merged with a neighbour": bool(merged),
        "split": vertebra.is_split,
        "wrong name": vertebra.is_identified is False and vertebra.is_found,
        "cut, taken for complete": _classes(vertebra) == (False, True),
        "complete, taken for cut": _classes(vertebra) == (True, False),
        _AT_BORDER: vertebra.touches_border,
    }
    return [word for word, is_so in said.items() if is_so]


def _classes(vertebra: VertebraScore) -> tuple[bool | None, bool | None]:
    return vertebra.is_reference_complete, vertebra.is_predicted_complete
