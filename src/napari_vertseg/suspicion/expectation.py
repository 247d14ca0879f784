"""What the neighbours of a vertebra lead to expect of it, robustly."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import median
from typing import Final

REACH: Final = 3
"""Neighbours on either side: six values outvote two wrong ones."""
LEAST: Final = 2
"""Fewer say nothing: with one, either may be the odd one."""


def expected_log(
    logs: Sequence[float | None], place: int, growth: float, least: int = LEAST
) -> float | None:
    """Expected logarithm of a measure that grows evenly from head to foot.

    The median of what each neighbour within ``REACH`` would be if it stood here:
    a trend that up to half of the neighbours may leave without moving it.

    Parameters
    ----------
    logs : sequence of float or None
        Head to foot; None is not to be trusted, an incomplete vertebra say.
    place : int
        Whose value is asked for; its own value is not looked at.
    growth : float
        Usual growth of the logarithm from one vertebra to the next.
    least : int
        Neighbours needed.

    Returns
    -------
    float or None
        None with fewer trusted neighbours.
    """
    near = range(max(place - REACH, 0), min(place + REACH + 1, len(logs)))
    moved = [
        value + growth * (place - other)
        for other in near
        if other != place and (value := logs[other]) is not None
    ]
    return median(moved) if len(moved) >= least else None


def median_of_neighbours(values: Sequence[float | None], place: int) -> float | None:
    """Median of a measure that does not grow along the chain."""
    return expected_log(values, place, growth=0.0)


def log_of(value: float) -> float | None:
    """Logarithm of a measure; None where it is not positive."""
    return log(value) if value > 0 else None
