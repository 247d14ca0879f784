"""The steps that can be undone and redone: brush, tools and table on one stack."""

from __future__ import annotations

from collections import deque
from collections.abc import MutableMapping
from typing import Any, Final, Generic

from numpy.typing import NDArray

from .undo_step import Row, Step, Wrote, nobody

LIMIT_MB: Final = 256.0
"""A brush stroke takes about a kilobyte, a merge of two vertebrae some tens."""


class UndoStack(Generic[Row]):
    """Steps in order; what is undone can be redone until something else is done.

    Parameters
    ----------
    limit_mb : float
        Memory for steps; the oldest are dropped, and a step that alone is
        larger cannot be undone.
    """

    def __init__(self, limit_mb: float = LIMIT_MB) -> None:
        self._limit = int(limit_mb * 2**20)
        self._done: deque[Step[Row]] = deque()
        self._undone: list[Step[Row]] = []
        self._held = 0

    def __len__(self) -> int:
        return len(self._done)

    @property
    def held_mb(self) -> float:
        """Memory held now."""
        return self._held / 2**20

    @property
    def next_undo(self) -> str | None:
        """Name of the step that ``undo`` would take back."""
        return self._done[-1].name if self._done else None

    @property
    def next_redo(self) -> str | None:
        """Name of the step that ``redo`` would do again."""
        return self._undone[-1].name if self._undone else None

    def push(self, step: Step[Row]) -> None:
        """A step was done; what was undone before it is gone. An empty one is passed over."""
        if step.is_empty:
            return
        self._held += step.nbytes - sum(gone.nbytes for gone in self._undone)
        self._undone.clear()
        self._done.append(step)
        while self._done and self._held > self._limit:
            self._held -= self._done.popleft().nbytes

    def undo(
        self,
        labels: NDArray[Any],
        table: MutableMapping[int, Row],
        wrote: Wrote = nobody,
        ignore: NDArray[Any] | None = None,
    ) -> Step[Row] | None:
        """Take the last step back, in place (see ``Step.apply``); None where there is none."""
        if not self._done:
            return None
        step = self._done.pop()
        step.apply(labels, table, forward=False, wrote=wrote, ignore=ignore)
        self._undone.append(step)
        return step

    def redo(
        self,
        labels: NDArray[Any],
        table: MutableMapping[int, Row],
        wrote: Wrote = nobody,
        ignore: NDArray[Any] | None = None,
    ) -> Step[Row] | None:
        """Do the step that was undone last again, in place; None where there is none."""
        if not self._undone:
            return None
        step = self._undone.pop()
        step.apply(labels, table, forward=True, wrote=wrote, ignore=ignore)
        self._done.append(step)
        return step

    def clear(self) -> None:
        """Forget all steps."""
        self._done.clear()
        self._undone.clear()
        self._held = 0
