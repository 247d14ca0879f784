"""What a correction cost: minutes of active work, voxels changed per vertebra."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PAUSE_S: Final = 60.0
"""A longer gap between two touches is a pause and counts for nothing."""


class WorkClock:
    """Adds up active work; the editor touches it at every action of the person.

    Parameters
    ----------
    pause_s : float
        Gaps longer than this are pauses.
    seconds : callable
        A clock that only goes forward.
    """

    def __init__(
        self, pause_s: float = PAUSE_S, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._pause_s = pause_s
        self._seconds = seconds
        self._last: float | None = None
        self.total_minutes = 0.0
        """Of all work."""
        self.minutes: dict[int, float] = {}
        """By the id of the vertebra that was worked on."""

    def touch(self, vertebra: int | None = None) -> None:
        """Something was done, to this vertebra where it was one."""
        at = self._seconds()
        gap_s = 0.0 if self._last is None else at - self._last
        self._last = at
        if gap_s > self._pause_s:
            return
        self.total_minutes += gap_s / 60
        if vertebra is not None:
            self.minutes[vertebra] = self.minutes.get(vertebra, 0.0) + gap_s / 60

    def reset(self) -> None:
        """Begin anew, after what was counted has been saved."""
        self.total_minutes, self.minutes = 0.0, {}


def count_changes(before: NDArray[Any], after: NDArray[Any]) -> tuple[int, dict[int, int]]:
    """Voxels that differ between two label maps.

    Parameters
    ----------
    before, after : (z, y, x) integers
        Ids on one grid; 0 is background.

    Returns
    -------
    changed : int
        Voxels that differ.
    by_vertebra : dict
        Id → voxels that went to it or away from it; a voxel that went from one
        vertebra to another counts for both, and once in ``changed``.
    """
    changed = 0
    counts = np.zeros(65536, dtype=np.int64)
    for old, new in zip(before, after, strict=True):  # never a second volume
        where = old != new
        number = int(np.count_nonzero(where))
        if number:
            changed += number
            counts += np.bincount(old[where], minlength=65536)
            counts += np.bincount(new[where], minlength=65536)
    counts[0] = 0
    return changed, {int(i): int(counts[i]) for i in np.flatnonzero(counts)}
