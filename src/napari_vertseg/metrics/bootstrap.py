"""Intervals by drawing whole scans: the vertebrae of one scan are not independent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def draw_scans(scans: int, seed: int, resamples: int) -> NDArray[np.float64]:
    """(resample, scan) how often each scan was drawn, with replacement.

    Parameters
    ----------
    scans : int
        May be 0; then no resample holds anything.
    seed, resamples : int
        The same seed gives the same draws.
    """
    if not scans:
        return np.zeros((resamples, 0))
    even = np.full(scans, 1.0 / scans)
    return np.random.default_rng(seed).multinomial(scans, even, resamples).astype(np.float64)
