"""What a person does to vertebrae while a walk of theirs is paused or under way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..editing.index import Labels

Ids = NDArray[np.uint16]


class ByHand:
    """Which vertebrae a person has had a hand in: their masks, or the verdict on them."""

    def __init__(self) -> None:
        self._masks: set[int] = set()
        self._closed: set[int] = set()
        self._waiting: set[int] = set()
        """Masks that the walk's memory does not know yet."""

    @property
    def is_waiting(self) -> bool:
        """Whether a memory is to be brought up to date."""
        return bool(self._waiting)

    @property
    def kept(self) -> set[int]:
        """What a walk neither looks at again nor gives up."""
        return self._masks | self._closed

    def note_masks(self, vertebrae: Iterable[int]) -> None:
        """Masks were changed, or are gone."""
        self._waiting.update(vertebrae)
        self._masks.update(self._waiting)

    def note_rows(self, closed: Iterable[int], free: Iterable[int]) -> None:
        """Rows were changed: some are closed to the walk now, others are not, or no more."""
        self._closed.update(closed)
        self._closed.difference_update(free)

    def note_older_memory(self) -> None:
        """The memory is one of before; it may know nothing of any mask."""
        self._waiting.update(self._masks)

    def write_into(self, memory: Ids, ahead: Ids | None, labels: Labels) -> Ids | None:
        """Bring a walk's memory up to date, in place.

        What a person has taken out altogether stays in the memory: it is no vertebra to them,
        so the walk shall pass it by and not bring it again.

        Parameters
        ----------
        memory : (z, y, x) uint16
            Ids that the network is shown as done.
        ahead : (z, y, x) uint16, optional
            Ids that lie before the walk and are no part of the memory; they stay that.
        labels : (z, y, x) unsigned
            As the person left them, on the working grid.

        Returns
        -------
        (z, y, x) uint16 or None
            ``ahead`` as it is now.
        """
        waiting, self._waiting = self._waiting, set()
        if ahead is None:
            _write(waiting, memory, labels)
            return None
        before = waiting & set(np.unique(ahead).tolist())
        _write(waiting - before, memory, labels)
        ahead = ahead.copy()  # the walk may be taken back to where it was
        _write(before, ahead, labels)
        return ahead


def _write(vertebrae: set[int], into: Ids, labels: Labels) -> None:
    there = np.isin(labels, list(vertebrae))
    into[np.isin(into, np.unique(labels[there]))] = 0
    into[there] = labels[there]
