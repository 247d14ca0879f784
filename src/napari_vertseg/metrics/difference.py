"""Two ways of segmenting the same scans: how far apart, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .bootstrap import draw_scans
from .scan_score import ScanScore
from .summary import Figure


def differences(
    first: Sequence[ScanScore],
    second: Sequence[ScanScore],
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> dict[str, Figure]:
    """First minus second, scan by scan, with 95 % intervals over scans.

    The same scans are drawn for both, so that what makes a scan hard for both
    cancels out. A scan in which one of them has nothing to say about a figure is
    left out of that figure.

    Parameters
    ----------
    first, second : sequences of ScanScore
        The same scans in the same order.
    seed, resamples : int
        Of the bootstrap.

    Raises
    ------
    ValueError
        They are not of the same scans.
    """
    if [s.name for s in first] != [s.name for s in second]:
        raise ValueError("two lists of the same scans in the same order are needed")
    draws = draw_scans(len(first), seed, resamples)
    return {
        name: _mean_difference(_values(first, of), _values(second, of), draws)
        for name, of in COMPARED.items()
    }


def _values(
    scores: Sequence[ScanScore], of: Callable[[ScanScore], float | None]
) -> NDArray[np.float64]:
    """(scan,) float; NaN where a scan has nothing to say."""
    return np.array([np.nan if (v := of(s)) is None else v for s in scores], dtype=np.float64)


def _mean_difference(
    first: NDArray[np.float64], second: NDArray[np.float64], draws: NDArray[np.float64]
) -> Figure:
    gaps = first - second
    known = np.isfinite(gaps)
    if not known.any():
        return Figure(None)
    weights = draws[:, known].sum(axis=1)
    drawn = (draws[:, known] @ gaps[known])[weights > 0] / weights[weights > 0]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Figure(float(gaps[known].mean()), float(low), float(high), int(known.sum()))


COMPARED: Final[dict[str, Callable[[ScanScore], float | None]]] = {
    "dice_mean": lambda s: s.dice_mean,
    "label_dice_mean": lambda s: s.label_dice_mean,
    "asd_mm_mean": lambda s: s.asd_mm_mean,
    "hd95_mm_mean": lambda s: s.hd95_mm_mean,
    "surface_dice_mean": lambda s: s.surface_dice_mean,
    "identification_rate": lambda s: s.identification_rate,
    "completeness_accuracy": lambda s: s.completeness_accuracy,
    "pq_mean": lambda s: s.panoptic.pq,
    "found": lambda s: s.found,
    "missed": lambda s: s.missed,
    "merged": lambda s: s.merged,
    "split": lambda s: s.split,
    "false": lambda s: s.false,
    "steps_mean": lambda s: s.steps,
    "seconds_mean": lambda s: s.seconds,
}
"""Means over scans of what is compared; counts are per scan here, so that they have intervals."""
