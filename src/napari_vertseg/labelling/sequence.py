"""The order of vertebrae from head to foot, whichever way they were found."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_GAIN_MM = 1e-6
"""A swap must shorten the chain by more than rounding."""


def head_to_foot(centroids_mm: ArrayLike) -> list[int]:
    """Indices of the centroids along the chain, from the head.

    Sorted by height, which is right for nearly every spine; where two
    neighbours lie at about the same height, in a neck bent forward or a severe
    scoliosis, they change places as long as that makes the chain shorter.

    Parameters
    ----------
    centroids_mm : (n, 3) float
        (z, y, x) with z growing towards the feet, in millimetres from any origin.

    Returns
    -------
    list of int
        A permutation of ``range(n)``.
    """
    points = np.asarray(centroids_mm, dtype=np.float64).reshape(-1, 3)
    order = [int(i) for i in np.argsort(points[:, 0], kind="stable")]
    for _ in order:
        if not _swap_once(order, points):
            break
    return order


def _swap_once(order: list[int], points: NDArray[np.float64]) -> bool:
    """One pass of swaps between neighbours; whether any was made."""
    swapped = False
    for i in range(len(order) - 1):
        before, after = order[max(i - 1, 0) : i], order[i + 2 : i + 3]
        upper, lower = order[i : i + 2]
        as_is = _length([*before, upper, lower, *after], points)
        if _length([*before, lower, upper, *after], points) < as_is - _GAIN_MM:
            order[i : i + 2] = [lower, upper]
            swapped = True
    return swapped


def _length(order: list[int], points: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(np.diff(points[order], axis=0), axis=1).sum())
