"""How well a score tells bad ones from good ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def auc_of(scores: ArrayLike, is_bad: ArrayLike) -> float | None:
    """Probability that a bad one has a higher score than a good one; a draw counts half.

    None where there are only bad ones or only good ones.
    """
    score, bad = np.asarray(scores, dtype=float), np.asarray(is_bad, dtype=bool)
    if not bad.any() or bad.all():
        return None
    above = score[bad][:, None] - score[~bad][None, :]
    return float(np.mean(np.heaviside(above, 0.5)))


def roc_of(
    scores: ArrayLike, is_bad: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of good and of bad ones at or above every threshold, from none to all."""
    score, bad = np.asarray(scores, dtype=float), np.asarray(is_bad, dtype=bool)
    thresholds = np.concatenate([[np.inf], np.unique(score)[::-1]])
    shares = [
        [float(np.mean(score[chosen] >= t)) if chosen.any() else 0.0 for t in thresholds]
        for chosen in (~bad, bad)
    ]
    return np.array(shares[0]), np.array(shares[1])


def said(value: float | None) -> str:
    """A figure as text; a dash where there is none."""
    return "–" if value is None else f"{value:.3f}"
