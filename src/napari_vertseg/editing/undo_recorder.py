"""Noticing what a deed changes, so that it becomes a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic

from numpy.typing import NDArray

from ..volume import Slices
from .undo_step import Patch, Row, Step, row_changes


class Recorder(Generic[Row]):
    """Watches labels and table while one deed is done.

    Parameters
    ----------
    labels : (z, y, x) whole numbers
        Changed in place by the deed, inside watched boxes only.
    table : mapping
        Rows by id; looked at now and in ``step``.
    """

    def __init__(self, labels: NDArray[Any], table: Mapping[int, Row]) -> None:
        self._labels, self._table = labels, table
        self._before = dict(table)
        self._patches: list[Patch] = []
        self._ignore: list[Patch] = []

    @contextmanager
    def watching(self, boxes: Iterable[Slices]) -> Iterator[None]:
        """Boxes that may change within the block."""
        before = [(box, self._labels[box].copy()) for box in boxes]
        try:
            yield
        finally:
            self._note(before)

    def add(self, patch: Patch | None) -> None:
        """A change that was noticed elsewhere, a brush stroke say."""
        if patch is not None:
            self._patches.append(patch)

    def ignore(self, patch: Patch | None) -> None:
        """A change of the mask that says where nothing is learned."""
        if patch is not None:
            self._ignore.append(patch)

    def step(self, name: str) -> Step[Row]:
        """What has changed since the recorder was made."""
        rows = row_changes(self._before, dict(self._table))
        return Step(name, tuple(self._patches), rows, tuple(self._ignore))

    def _note(self, before: list[tuple[Slices, NDArray[Any]]]) -> None:
        for box, values in before:
            self.add(Patch.between(box, values, self._labels[box]))
