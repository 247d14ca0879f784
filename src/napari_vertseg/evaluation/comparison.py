"""Two models on the same scans: what differs, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..metrics import Figure, differences, flat, summarise
from .folders import EvaluatedScan, Evaluation

Row = dict[str, Any]

_LESS_IS_BETTER: Final = frozenset(
    {
        "asd_mm_mean",
        "hd95_mm_mean",
        "missed",
        "merged",
        "split",
        "false",
        "steps_mean",
        "seconds_mean",
    }
)

_LEAST_SCANS: Final = 5
"""With fewer an interval over scans tells next to nothing."""

COLUMNS: Final = (
    "scan",
    "reference",
    "dice",
    "dice_against",
    "difference",
    "found",
    "found_against",
)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two evaluations, cut down to the scans that both have."""

    name: str
    against: str
    scans: tuple[EvaluatedScan, ...]
    scans_against: tuple[EvaluatedScan, ...]
    """The same scans in the same order."""
    only_one: tuple[str, ...]
    """Scans that one of the two lacks; they are left out."""

    @classmethod
    def of(cls, ours: Evaluation, theirs: Evaluation, names: tuple[str, str]) -> Comparison:
        """Compare what both have; ``names`` are shown where records tell no models."""
        first = {s.pair.name: s for s in ours.scans}
        second = {s.pair.name: s for s in theirs.scans}
        both = sorted(first.keys() & second.keys())
        mine, other = (_name(e, n) for e, n in zip((ours, theirs), names, strict=True))
        if mine == other:
            mine, other = f"{mine} ({names[0]})", f"{other} ({names[1]})"
        if mine == other:
            mine, other = f"{mine}, first", f"{other}, second"
        return cls(
            name=mine,
            against=other,
            scans=tuple(first[n] for n in both),
            scans_against=tuple(second[n] for n in both),
            only_one=tuple(sorted(first.keys() ^ second.keys())),
        )

    def differences(self, seed: int = 0) -> dict[str, Figure]:
        """First minus second with intervals over scans."""
        ours, theirs = ([s.score for s in side] for side in (self.scans, self.scans_against))
        return differences(ours, theirs, seed=seed)

    def rows(self) -> list[Row]:
        """One per reference vertebra, in the order of the scans."""
        rows = []
        for mine, other in zip(self.scans, self.scans_against, strict=True):
            pairs = zip(mine.score.vertebrae, other.score.vertebrae, strict=True)
            rows += [
                {
                    "scan": mine.pair.name,
                    "reference": a.reference,
                    "dice": a.dice,
                    "dice_against": b.dice,
                    "difference": a.dice - b.dice,
                    "found": a.is_found,
                    "found_against": b.is_found,
                }
                for a, b in pairs
            ]
        return rows


def verdict(name: str, figure: Figure) -> str:
    """Which of the two a difference speaks for, if for any."""
    if figure.value is None or figure.low is None or figure.high is None:
        return "–"
    if figure.count < _LEAST_SCANS:
        return "too few scans"
    if figure.low <= 0.0 <= figure.high:
        return "within chance"
    is_better = (figure.value < 0) is (name in _LESS_IS_BETTER)
    return "better" if is_better else "worse"


def flat_differences(figures: dict[str, Figure], scans: Sequence[EvaluatedScan]) -> Row:
    """Names of ``summary.json`` with ``_difference`` behind them."""
    row: Row = {"compared_scans": len(scans)}
    for name, figure in figures.items():
        row[f"{name}_difference"] = figure.value
        if figure.low is not None:
            row[f"{name}_difference_low"] = figure.low
            row[f"{name}_difference_high"] = figure.high
    return row


def against_of(comparison: Comparison, seed: int = 0) -> Row:
    """Figures of the other model under the names of ``summary.json``, ``against_`` before them."""
    figures = flat(summarise([s.score for s in comparison.scans_against], seed=seed))
    return {f"against_{name}": value for name, value in figures.items()}


def _name(evaluation: Evaluation, fallback: str) -> str:
    return " and ".join(evaluation.models) or fallback
