"""What one deed changes, collected so that it becomes a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic

from .undo_step import Patch, Row, Step, row_changes


class Recorder(Generic[Row]):
    """Told of boxes while a deed is done; rows it compares itself.

    Parameters
    ----------
    table : mapping
        Rows by id; looked at now and in ``step``.
    """

    def __init__(self, table: Mapping[int, Row]) -> None:
        self._table, self._before = table, dict(table)
        self._patches: list[Patch] = []
        self._ignore: list[Patch] = []

    def add(self, patch: Patch | None) -> None:
        """A box of the labels has changed."""
        if patch is not None:
            self._patches.append(patch)

    def ignore(self, patch: Patch | None) -> None:
        """A box of the mask that says where nothing is learned has changed."""
        if patch is not None:
            self._ignore.append(patch)

    def step(self, name: str) -> Step[Row]:
        """What has changed since the recorder was made."""
        rows = row_changes(self._before, dict(self._table))
        return Step(name, tuple(self._patches), rows, tuple(self._ignore))
