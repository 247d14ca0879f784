"""Everything that changes the vertebrae of a scan, as steps that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..editing.index import LabelIndex, Labels
from ..editing.undo_recorder import Recorder
from ..editing.undo_stack import UndoStack
from ..editing.undo_step import Patch, Step, row_changes
from ..volume import Slices
from .records import VertebraRecord
from .undo_rows import Row, drawn_by_hand, edited, row_of
from .undo_strokes import Stroke


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A step was done, undone or redone."""

    step: Step[Row]
    forward: bool


class Steps:
    """Labels and rows of one scan, and what was done to them.

    The rows here are always those of now. The table follows: its masks and
    measures are brought up to date beside the window.

    Parameters
    ----------
    labels : (z, y, x) unsigned
        Empty; changed in place.
    voxels : (z, y, x) int16 HU
        The scan.
    """

    changed = Signal()
    """Another step can be undone or redone."""
    done = Signal(object)
    """A ``Done``."""
    restored = Signal(object)
    """Box in which a stroke was not, or not wholly, let through."""
    refused = Signal(str)
    """Why a step was taken back at once."""

    def __init__(self, labels: Labels, voxels: NDArray[np.int16]) -> None:
        self.labels, self._voxels = labels, voxels
        self.rows: dict[int, Row] = {}
        # Empty, like the labels: looking through them would take a second.
        self.index = LabelIndex(np.zeros((1, 1, 1), dtype=np.uint8))
        self.stack: UndoStack[Row] = UndoStack()
        self.ignore: NDArray[np.uint8] | None = None
        """(z, y, x), not 0 where nothing shall be learned; made when it is needed first."""
        self.brush_limits_hu: tuple[float, float] | None = None
        """Painting keeps to voxels within these."""
        self.before_step: Callable[[], None] = lambda: None
        """Ends a stroke that is being drawn: what comes now is a step after it."""
        self._recorder: Recorder[Row] | None = None
        self._pending: Stroke | None = None
        self.frozen = ""
        """Why nothing may be changed; empty where it may."""

    @property
    def locked(self) -> list[int]:
        """Ids of locked vertebrae."""
        return [vertebra for vertebra, row in self.rows.items() if row["is_locked"]]

    @contextmanager
    def doing(self, name: str) -> Iterator[None]:
        """One step, whatever is changed within the block; a block within it is part of it."""
        if self._recorder is not None:
            yield
            return
        self.before_step()
        self.settle()
        self._recorder = Recorder(self.rows)
        try:
            yield
        finally:
            recorder, self._recorder = self._recorder, None
            self._push(recorder.step(name))

    @contextmanager
    def changing(self, boxes: Iterable[Slices], *, edits: bool = False) -> Iterator[None]:
        """Labels of boxes change within the block, which is within one of ``doing``.

        Parameters
        ----------
        edits : bool
            What changes counts as edited by hand.
        """
        before = [(box, self.labels[box].copy()) for box in boxes]
        try:
            yield
        finally:
            ids: set[int] = set()
            for place, (box, values) in enumerate(before):
                patch = Patch.between(box, values, self.labels[box])
                self._note(patch)
                ids |= patch.ids() if patch is not None and edits else set()
                for other, theirs in before[place + 1 :]:
                    self._level(box, other, theirs)
            self._mark_edited(ids)

    def write(self, name: str, box: Slices, values: Labels) -> None:
        """One step: what a hand or a tool has made of a box."""
        with self.doing(name), self.changing([box], edits=True):
            self.labels[box] = values

    def painted(self, atoms: Sequence[Any]) -> None:
        """Take a stroke of napari's."""
        self.settle()
        self._pending = Stroke.of(atoms, self.labels)
        if self._pending is not None and self._pending.is_written(self.labels):
            self.settle()

    def drawn(self, stroke: Stroke) -> None:
        """Take a stroke that is on no layer of all vertebrae yet."""
        self.settle()
        self._pending = stroke
        self.settle()

    def ignore_mask(self) -> NDArray[np.uint8]:
        """``ignore``, made where it is not there yet."""
        if self.ignore is None:
            self.ignore = np.zeros(self.labels.shape, dtype=np.uint8)
        return self.ignore

    def ignore_painted(self, atoms: Sequence[Any]) -> None:
        """Take a stroke of napari's in the ignore mask."""
        ignore = self.ignore_mask()
        stroke = Stroke.of(atoms, ignore)
        if stroke is not None:
            ignore[stroke.box] = stroke.before
            is_less = not stroke.after[stroke.after != stroke.before].any()
            with self.doing("less to ignore" if is_less else "more to ignore"):
                self.put_ignore(stroke.box, stroke.after)

    def put_ignore(self, box: Slices, values: Labels) -> None:
        """Write a box of the ignore mask, within a block of ``doing``."""
        ignore = self.ignore_mask()
        before = ignore[box].copy()
        ignore[box] = values
        if self._recorder is not None:
            self._recorder.ignore(Patch.between(box, before, ignore[box]))

    def settle(self) -> None:
        """Make a step of the stroke that was told last; now it is written for sure."""
        stroke, self._pending = self._pending, None
        if stroke is None:
            return
        kept = stroke.kept_from(self.locked, self._voxels, self.brush_limits_hu)
        self.labels[stroke.box] = stroke.before
        name = "erasing" if not kept[kept != stroke.before].any() else "brush stroke"
        self.write(name, stroke.box, kept)
        if not np.array_equal(kept, stroke.after):
            self.restored.emit(stroke.box)

    def take_unseen(self, records: Sequence[VertebraRecord], gone: Sequence[int]) -> None:
        """Masks that somebody wrote past all steps, a script say: noted, yet not undoable."""
        rows = dict(self.rows)
        patches = []
        for record in records:
            if self.index.voxels(record.id) != np.count_nonzero(record.instance.mask):
                self.rows[record.id] = row_of(record)
                box = record.instance.slices
                patches.append(Patch.between(box, ~self.labels[box], self.labels[box]))
        for vertebra in gone:
            self.rows.pop(vertebra, None)
        changes = row_changes(rows, self.rows)
        if changes or patches:
            self.index = LabelIndex(self.labels)
            step = Step("change by a script", tuple(p for p in patches if p), changes)
            self.done.emit(Done(step, forward=True))

    def undo(self) -> Done | None:
        """Take the last step back."""
        self.settle()
        step = self.stack.undo(self.labels, self.rows, self._wrote, self.ignore)
        return self._tell(step, forward=False)

    def redo(self) -> Done | None:
        """Do again what was undone last."""
        self.settle()
        step = self.stack.redo(self.labels, self.rows, self._wrote, self.ignore)
        return self._tell(step, forward=True)

    def _mark_edited(self, ids: Iterable[int]) -> None:
        for vertebra in ids:
            if not self.index.voxels(vertebra):
                self.rows.pop(vertebra, None)
            elif vertebra in self.rows:
                self.rows[vertebra] = edited(self.rows[vertebra])
            else:
                self.rows[vertebra] = drawn_by_hand()

    def _level(self, box: Slices, other: Slices, before: NDArray[Any]) -> None:
        """What two boxes share was noted with the first: the other begins from there."""
        shared = [
            slice(max(a.start, b.start), min(a.stop, b.stop))
            for a, b in zip(box, other, strict=True)
        ]
        if all(s.start < s.stop for s in shared):
            inner = tuple(
                slice(s.start - o.start, s.stop - o.start)
                for s, o in zip(shared, other, strict=True)
            )
            before[inner] = self.labels[tuple(shared)]

    def _note(self, patch: Patch | None) -> None:
        if patch is None:
            return
        self._wrote(patch.box, patch.before)
        if self._recorder is not None:
            self._recorder.add(patch)

    def _wrote(self, box: Slices, before: NDArray[Any]) -> None:
        self.index.changed(self.labels, box, before)

    def _push(self, step: Step[Row]) -> None:
        if self.frozen and not step.is_empty:
            step.apply(
                self.labels, self.rows, forward=False, wrote=self._wrote, ignore=self.ignore
            )
            for patch in step.patches:
                self.restored.emit(patch.box)
            self.refused.emit(self.frozen)
        elif not step.is_empty:
            self.stack.push(step)
            self._tell(step, forward=True)

    def _tell(self, step: Step[Row] | None, *, forward: bool) -> Done | None:
        if step is None:
            return None
        done = Done(step, forward)
        self.done.emit(done)
        self.changed.emit()
        return done
