"""What has been done on one scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from psygnal import Signal

from ..anatomy import Level
from ..editing.index import Labels
from ..measures import VertebraMeasures
from ..segmentation import VertebraInstance
from ..volume import Scan, Slices, Zyx
from . import single_layers
from .chain import Chain
from .layers import SpineLayers
from .messages import Edited, Measured
from .records import VertebraRecord
from .undo_rows import Row, changed, name_of, row_of, with_row
from .undo_steps import Done, Steps
from .undo_strokes import Stroke

Part = tuple[Slices, Labels]


@dataclass(frozen=True, slots=True, eq=False)
class RecoveredWork:
    """What an earlier session has left, ready to be shown."""

    rows: Mapping[int, Row]
    labels: Part | None
    """The box in which labels differ from those of now; None where none do."""
    ignore: Part | None
    """The same of the ignore mask."""


class SpineWork:
    """A scan, its vertebrae, and what is chosen in them.

    The chain says what is known about each vertebra, the labels where it is;
    this keeps the two together.
    """

    selection_changed = Signal()
    hand_changed = Signal(object)
    """Ids of the masks that were brought up to date after a hand changed them."""
    judged = Signal(object)
    """Ids of rows that were changed by hand, their masks were not."""
    painted = Signal()
    """A hand has changed the labels; the table does not know how yet."""
    refused = Signal(str)
    """Why something was not done."""

    def __init__(self, spine: SpineLayers) -> None:
        self.spine = spine
        self.chain = Chain(spine.scan.grid)
        self.selected: int | None = None
        self.is_taken_over = False
        """The scan comes from a layer of another reader."""
        self.is_edited = False
        """A hand has changed the labels since the table was last compared with them."""
        self.is_unsure = False
        """Something may have written to the labels past all steps: they are looked through."""
        self.place: Zyx | None = None
        """Voxel that was clicked last."""
        self.drawing: int | None = None
        """Label that no vertebra has yet, chosen to draw one."""
        self._next_id = 1
        self.first_id = 1
        """Ids below are never given, not even after a reset: files of a case have used them."""
        self._weighed: tuple[VertebraInstance, ...] = ()
        self.steps = Steps(spine.labels, spine.scan.voxels)
        """What was done, to be undone."""
        self.is_walking: Callable[[], bool] = lambda: False
        self._is_told = False
        """The table was told already what a step changes."""
        self.steps.before_step = spine.end_stroke
        self.steps.done.connect(self._on_done)
        self.steps.restored.connect(self._on_restored)
        self.steps.refused.connect(self._refuse)
        spine.painted.connect(self._on_painted)
        spine.drawn.connect(self._on_drawn)
        spine.single_painted.connect(self._on_single_painted)
        spine.ignore_painted.connect(self._on_ignore_painted)
        spine.undo_asked.connect(self.undo)
        spine.redo_asked.connect(self.redo)
        spine.chosen.connect(self._on_chosen)

    @property
    def scan(self) -> Scan:
        """The scan."""
        return self.spine.scan

    @property
    def next_id(self) -> int:
        """Lowest id that no vertebra of this scan has ever had."""
        return self._next_id

    def reserve(self, next_id: int) -> None:
        """Ids below were given."""
        self._next_id = max(self._next_id, next_id)

    @property
    def frozen(self) -> str:
        """Why the vertebrae can only be looked at; empty where they can be changed."""
        return self.steps.frozen

    def freeze(self, reason: str) -> None:
        """Let nothing be changed any more: every step is taken back at once."""
        self.steps.frozen = reason
        self.spine.forbid_painting()

    def add(
        self,
        instance: VertebraInstance,
        measures: VertebraMeasures,
        regrown: Iterable[Measured] = (),
    ) -> VertebraRecord:
        """Show a vertebra that the walk has found, and what has changed with it: one step."""
        with self._telling("vertebra found"):
            added = self.add_record(VertebraRecord(instance=instance, measures=measures))
            self._show_regrown(regrown)
        return added

    def withdraw(self, vertebrae: Iterable[int], regrown: Iterable[Measured]) -> None:
        """Take out what the walk has given up, and show what neighbours get back: one step."""
        with self._telling("given up by the walk"):
            self.take_out(vertebrae, "given up by the walk")
            self._show_regrown(regrown)

    def _show_regrown(self, regrown: Iterable[Measured]) -> None:
        for instance, measures in regrown:
            self.add_record(VertebraRecord(instance=instance, measures=measures))

    def add_record(self, record: VertebraRecord) -> VertebraRecord:
        """Show a vertebra."""
        coloured = self.chain.add(record)
        self.spine.show_vertebrae(self.chain)
        self.spine.colour(self.chain)
        with self._telling("vertebra found"):
            self._put(coloured)
        return coloured

    def add_records(self, records: Iterable[VertebraRecord]) -> None:
        """Show several vertebrae."""
        if self.frozen:
            self._refuse(self.frozen)
            return
        with self._telling("mask taken over"):
            for record in records:
                self._put(self.chain.add(record))
        self.spine.show_vertebrae(self.chain)
        self.spine.colour(self.chain)

    def _put(self, record: VertebraRecord) -> None:
        self.reserve(record.id + 1)
        box, before = record.instance.slices, self.steps.index.box(record.id)
        with self.steps.changing([box] if before is None else [box, before]):
            if before is not None:  # the walk has seen it again
                self.spine.erase(before, record.id)
            self.spine.paint(record.instance)
        self.steps.rows[record.id] = row_of(record)

    def apply_edits(self, edited: Edited) -> None:
        """Take over what has changed in the labels; what the rows say was known before."""
        if not self.is_edited:
            self.steps.take_unseen(edited.records, edited.gone)
        gone = [v for v in edited.gone if v not in self.steps.rows]
        for vertebra in gone:
            self.chain.remove(vertebra)
        rows = self.steps.rows
        records = [with_row(r, rows[r.id]) for r in edited.records if r.id in rows]
        self.hand_changed.emit([record.id for record in records] + gone)
        self.chain.update_all([r for r in records if r.id in self.chain])
        self.add_records(r for r in records if r.id not in self.chain)

    def doubt(self) -> None:
        """Table and labels contradict each other: see what somebody wrote past all steps."""
        self.is_unsure = self.is_edited = True
        self.painted.emit()

    def judge(self, vertebra: int, **changes: Any) -> None:
        """Change what the row of a vertebra says of verdict, lock, level or completeness."""
        if vertebra in self.steps.rows:
            with self.steps.doing(name_of(changes, self.chain.called(vertebra))):
                self.steps.rows[vertebra] = changed(self.steps.rows[vertebra], changes)

    def rename(self, name: str, levels: Mapping[int, Level]) -> None:
        """Give vertebrae their levels: one step."""
        rows = self.steps.rows
        with self.steps.doing(name):
            for vertebra, level in levels.items():
                rows[vertebra] = changed(rows[vertebra], {"level": level})

    def restore(self, recovered: RecoveredWork) -> None:
        """Labels and rows as they were in an earlier session: one step."""
        with self.steps.doing("recovered work"):
            rows = recovered.rows
            if recovered.labels is not None:
                box, values = recovered.labels
                with self.steps.changing([box]):
                    self.spine.labels[box] = values
            if recovered.ignore is not None:
                self.steps.put_ignore(*recovered.ignore)
            self.steps.rows.clear()
            self.steps.rows.update(rows)
        self.spine.show_vertebrae(self.chain)

    def draw_new(self) -> None:
        """Choose a label that no vertebra has ever had."""
        self.select(None)
        self.drawing = self.next_id
        self.spine.show_vertebrae(self.chain)
        self.spine.select(self.drawing)

    def undo(self) -> None:
        """Take the last step back."""
        if self._may_undo():
            self.steps.undo()

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._may_undo():
            self.steps.redo()

    def _may_undo(self) -> bool:
        if self.frozen:
            self._refuse(self.frozen)
            return False
        if self.is_walking():
            self.refused.emit("The walk is running; pause it before you undo or redo.")
            return False
        return True

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """One step that the table has been told already."""
        was, self._is_told = self._is_told, True
        try:
            with self.steps.doing(name):
                yield
        finally:
            self._is_told = was

    def _on_done(self, done: Done) -> None:
        """Show a step: boxes and rows at once, masks and measures by a worker."""
        if self._is_told:
            return
        boxes = [patch.box for patch in done.step.patches]
        self.spine.redraw(boxes)
        if done.step.ignore:
            self.spine.redraw_ignore()
        single_layers.show_joint(self.spine, boxes)
        ids = done.step.ids()
        self._show_rows(ids)
        if boxes:
            self.is_edited = True
            self.hand_changed.emit(sorted(ids))
            self.painted.emit()
        else:
            self.judged.emit(sorted(ids))

    def _show_rows(self, vertebrae: Iterable[int]) -> None:
        rows, known = self.steps.rows, []
        for vertebra in vertebrae:
            record = self.chain.get(vertebra)
            if record is not None and vertebra in rows:
                known.append(with_row(record, rows[vertebra]))
            elif record is not None:
                self.chain.remove(vertebra)
                if self.selected == vertebra:
                    self.select(None)
        if known:
            self.chain.update_all(known)
            self.spine.colour(self.chain)

    def _on_restored(self, box: Slices) -> None:
        self.spine.redraw([box])
        single_layers.show_joint(self.spine, [box])

    def _refuse(self, reason: str) -> None:
        self.refused.emit(reason)

    def has_new_masks(self) -> bool:
        """Whether masks were found or changed since this was asked last."""
        masks = tuple(record.instance for record in self.chain)
        before, self._weighed = self._weighed, masks
        return len(masks) != len(before) or any(
            a is not b for a, b in zip(masks, before, strict=True)
        )

    def _on_chosen(self, vertebra: int) -> None:
        if vertebra in self.chain:
            self.select(vertebra)

    def _on_painted(self, stroke: Sequence[Any]) -> None:
        self.steps.painted(stroke)

    def _on_single_painted(self, layer: Any, stroke: Sequence[Any]) -> None:
        drawn = Stroke.of(stroke, np.asarray(layer.data))
        if drawn is not None:
            self.steps.drawn(single_layers.in_joint(self.spine, layer, drawn))

    def _on_ignore_painted(self, stroke: Sequence[Any]) -> None:
        self.steps.ignore_painted(stroke)

    def _on_drawn(self) -> None:
        self.steps.settle()

    def remove(self, vertebra: int) -> None:
        """Take a vertebra out of table and labels."""
        self.take_out([vertebra], "take back the vertebra found last")

    def take_out(self, vertebrae: Iterable[int], name: str) -> None:
        """Take vertebrae out of table and labels: one step."""
        if self.frozen:
            self._refuse(self.frozen)
            return
        with self._telling(name):
            for vertebra in vertebrae:
                box = self.steps.index.box(vertebra)
                self.steps.rows.pop(vertebra, None)
                if box is not None:
                    with self.steps.changing([box]):
                        self.spine.erase(box, vertebra)
                self.chain.remove(vertebra)
                if self.selected == vertebra:
                    self.select(None)

    def clear(self) -> None:
        """Take all vertebrae out; a deliberate reset, asked for by name."""
        if self.frozen:
            self._refuse(self.frozen)
            return
        boxes = [box for v in self.steps.index.ids if (box := self.steps.index.box(v))]
        with self._telling("remove all"):
            with self.steps.changing(boxes):
                self.spine.erase_all(boxes)
            self.steps.rows.clear()
        self.chain.clear()
        self._next_id = self.first_id
        self.select(None)

    def is_split(self) -> bool:
        """Whether vertebrae lie in layers of their own."""
        return single_layers.is_split(self.spine)

    def split(self) -> Iterator[None]:
        """One layer per vertebra; a step for each, so that the window stays awake."""
        single_layers.hide_joint(self.spine)
        for number, record in self.chain.numbered():
            level = record.level.name if record.level else str(number)
            single_layers.split_one(self.spine, record, f"{self.scan.name} vertebra {level}")
            yield

    def join(self) -> Iterator[None]:
        """Back into one layer, with what was painted in the single ones; a step for each."""
        boxes = single_layers.boxes(self.spine)
        with self.steps.doing("back to one layer"), self.steps.changing(boxes, edits=True):
            single_layers.join(self.spine)
        self.is_edited = True
        yield from single_layers.show_joined(self.spine)

    def select(self, vertebra: int | None, *, jump: bool = False) -> None:
        """Choose a vertebra, in the table and as the selected label alike."""
        record = self.chain.get(vertebra) if vertebra is not None else None
        chosen = record.id if record else None
        self.drawing = None
        if record is not None:
            self.spine.select(record.id)
            if jump:
                self.spine.jump_to(record.measures.centroid_voxel)
        if chosen != self.selected:
            self.selected = chosen
            self.selection_changed.emit()
