"""Many scans in one row: means over scans, pooled over vertebrae, with intervals by scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .bootstrap import draw_scans
from .scan_score import ScanScore
from .vertebra_score import VertebraScore


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a cohort with its 95 % interval over scans."""

    value: float | None
    """None where no scan has anything to take it from."""
    low: float | None = None
    high: float | None = None
    count: int = 0
    """Scans or vertebrae that went into it."""


@dataclass(frozen=True, eq=False, slots=True)
class _Ratio:
    """A figure as sum over scans of something, divided by the sum of its weight."""

    totals: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def over_scans(
        cls, scores: Sequence[ScanScore], of: Callable[[ScanScore], float | None]
    ) -> _Ratio:
        values = [of(score) for score in scores]
        return cls(
            np.array([value or 0.0 for value in values], dtype=np.float64),
            np.array([value is not None for value in values], dtype=np.float64),
        )

    @classmethod
    def over_vertebrae(
        cls, scores: Sequence[ScanScore], of: Callable[[VertebraScore], float | None]
    ) -> _Ratio:
        values = [[v for v in map(of, score.vertebrae) if v is not None] for score in scores]
        return cls(
            np.array([sum(v) for v in values], dtype=np.float64),
            np.array([len(v) for v in values], dtype=np.float64),
        )

    def figure(self, draws: NDArray[np.float64]) -> Figure:
        """Value and percentile interval; draws without any weight are left out.

        ``draws`` is (resample, scan): how often each scan was drawn.
        """
        count = int(self.weights.sum())
        if not count:
            return Figure(None)
        weights = draws @ self.weights
        drawn = (draws @ self.totals)[weights > 0] / weights[weights > 0]
        low, high = np.percentile(drawn, [2.5, 97.5])
        return Figure(float(self.totals.sum() / count), float(low), float(high), count)


def summarise(
    scores: Sequence[ScanScore], *, seed: int = 0, resamples: int = 2000
) -> dict[str, Figure]:
    """Every figure of a cohort under its flat name.

    ``…_mean`` is the mean over scans (the paper's), ``…_pooled`` the mean over
    vertebrae. Intervals come from drawing whole scans with replacement, since
    the vertebrae of one scan are not independent. Counts are totals.

    Parameters
    ----------
    scores : sequence of ScanScore
        May be empty; then every mean is None.
    seed, resamples : int
        Of the bootstrap; the same seed gives the same intervals.
    """
    draws = draw_scans(len(scores), seed, resamples)
    figures = {"scans": Figure(len(scores)), "vertebrae": Figure(_total(scores, _vertebrae))}
    figures |= {name: Figure(_total(scores, of)) for name, of in COUNTS.items()}
    for name, of in PER_SCAN.items():
        figures[name] = _Ratio.over_scans(scores, of).figure(draws)
    for name, of_vertebra in _PER_VERTEBRA.items():
        figures[name] = _Ratio.over_vertebrae(scores, of_vertebra).figure(draws)
    return figures | _dice_percentiles(scores)


def flat(figures: dict[str, Figure]) -> dict[str, float | int | None]:
    """Plain names and numbers; intervals as ``…_low`` and ``…_high``."""
    row: dict[str, float | int | None] = {}
    for name, figure in figures.items():
        row[name] = figure.value
        if figure.low is not None:
            row |= {f"{name}_low": figure.low, f"{name}_high": figure.high}
    return row


def _total(scores: Iterable[ScanScore], of: Callable[[ScanScore], int]) -> int:
    return sum(of(score) for score in scores)


def _vertebrae(score: ScanScore) -> int:
    return len(score.vertebrae)


def _dice_percentiles(scores: Sequence[ScanScore]) -> dict[str, Figure]:
    dice = [v.dice for score in scores for v in score.vertebrae]
    if not dice:
        return {"dice_median": Figure(None), "dice_p05": Figure(None)}
    median, low = (float(np.percentile(dice, p)) for p in (50, 5))
    return {"dice_median": Figure(median), "dice_p05": Figure(low)}


def _when_found(of: Callable[[VertebraScore], float | None]) -> Callable[..., float | None]:
    return lambda v: of(v) if v.is_found else None


COUNTS: Final[dict[str, Callable[[ScanScore], int]]] = {
    "found": lambda s: s.found,
    "missed": lambda s: s.missed,
    "missed_complete": lambda s: s.missed_complete,
    "merged": lambda s: s.merged,
    "split": lambda s: s.split,
    "false": lambda s: s.false,
    "false_without_border_rule": lambda s: s.false_without_border_rule,
    "on_sacrum": lambda s: s.on_sacrum,
    "order_errors": lambda s: s.order_errors,
    # Without its sign: one scan's surplus must not hide another's gap.
    "count_error": lambda s: abs(s.count_error),
    "classified": lambda s: s.classified,
    "completeness_fp": lambda s: s.completeness_fp,
    "completeness_fn": lambda s: s.completeness_fn,
}
"""Totals of a cohort, by flat name."""

PER_SCAN: Final[dict[str, Callable[[ScanScore], float | None]]] = {
    "dice_mean": lambda s: s.dice_mean,
    "label_dice_mean": lambda s: s.label_dice_mean,
    "asd_mm_mean": lambda s: s.asd_mm_mean,
    "hd95_mm_mean": lambda s: s.hd95_mm_mean,
    "surface_dice_mean": lambda s: s.surface_dice_mean,
    "centroid_distance_mm_mean": lambda s: s.centroid_distance_mm_mean,
    "localisation_rate": lambda s: s.localisation_rate,
    "identification_rate": lambda s: s.identification_rate,
    "completeness_fp_per_scan": lambda s: s.completeness_fp if s.classified else None,
    "completeness_fn_per_scan": lambda s: s.completeness_fn if s.classified else None,
    "pq_mean": lambda s: s.panoptic.pq,
    "sq_mean": lambda s: s.panoptic.sq,
    "rq_mean": lambda s: s.panoptic.rq,
    "pq_without_border_rule_mean": lambda s: s.panoptic_without_border_rule.pq,
    "rq_without_border_rule_mean": lambda s: s.panoptic_without_border_rule.rq,
    "steps_mean": lambda s: s.steps,
    "seconds_mean": lambda s: s.seconds,
    "seconds_per_step_mean": lambda s: s.seconds_per_step,
}
"""Figures averaged over scans, by flat name."""

_PER_VERTEBRA: Final[dict[str, Callable[[VertebraScore], float | None]]] = {
    "dice_pooled": lambda v: v.dice,
    "dice_found_pooled": _when_found(lambda v: v.dice),
    "label_dice_pooled": lambda v: v.label_dice,
    "asd_mm_pooled": _when_found(lambda v: v.asd_mm),
    "hd95_mm_pooled": _when_found(lambda v: v.hd95_mm),
    "found_rate": lambda v: v.is_found,
    "completeness_accuracy": lambda v: (
        float(v.is_reference_complete == v.is_predicted_complete)
        if v.is_completeness_scored
        else None
    ),
}
