"""Decides what the wishes of the Correct panel lead to, for the scan that is worked on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from ..editing import EditableLabels, Plane, Proposal
from ..errors import EditImpossible, VertsegError
from ..volume import Zyx, ZyxFloat
from .correct_layers import CorrectLayers
from .correct_tools import Tool, ToolWish, draft, in_words
from .correct_wire import WireTool
from .running import Ended, Running
from .work import SpineWork

if TYPE_CHECKING:
    from .session import Session


@dataclass(frozen=True, slots=True, eq=False)
class Drafted:
    """A tool has made a proposal."""

    proposal: Proposal


Draft = Callable[[], Proposal]


class CorrectControl:
    """Preview, then Apply or Cancel; one proposal at a time."""

    changed = Signal()
    """A proposal has come or gone, a point was set, or a tool is at work."""
    failed = Signal(object)
    """An ``Ended`` with an error."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.proposal: Proposal | None = None
        self.places: list[Zyx] = []
        self.wire: WireTool | None = None
        self.is_setting_points = False
        self.tool = Tool.MERGE
        self._work: SpineWork | None = None
        self._layers: CorrectLayers | None = None
        self._running: Running | None = None
        session.scan_changed.connect(self._on_scan)
        self._on_scan()

    @property
    def is_drafting(self) -> bool:
        """Whether a tool is at work."""
        return self._running is not None

    @property
    def words(self) -> str:
        """The proposal in words."""
        if self.proposal is None or self._work is None:
            return ""
        return in_words(self.proposal, self._called)

    def choose(self, tool: Tool) -> None:
        """Another tool: what the one before has shown is taken away."""
        if tool is not self.tool:
            self.tool = tool
            self.cancel()

    def preview(self, wish: ToolWish) -> None:
        """Let a tool propose, beside the window."""
        work = self._work
        if work is None or self.is_drafting:
            return
        asked = replace(
            wish,
            plane=self.plane(),
            slice_number=self.slice_number(),
            places=tuple(self.places),
            contours=self.wire.contours() if self.wire else None,
            new_id=work.next_id,
        )
        labels = self.editable(work)
        self.draft(lambda: draft(asked, labels, work.scan.voxels))

    def draft(self, make: Draft) -> None:
        """Let something propose, beside the window.

        Parameters
        ----------
        make : callable
            Called in another thread; raises a ``VertsegError`` where it cannot.
        """
        self._forget_proposal()

        def steps() -> Generator[Drafted, None, None]:
            yield Drafted(make())

        self._running = _NOT_YET
        running = self.session.start(steps, self._drafted, self._ended)
        if self._running is _NOT_YET:  # it may be over already
            self._running = running
        self.changed.emit()

    def apply(self) -> None:
        """Make the proposal a step."""
        proposal, work = self.proposal, self._work
        if proposal is None or work is None:
            return
        if not np.array_equal(work.spine.labels[proposal.slices], proposal.before):
            error = EditImpossible(
                f"{proposal.name}: the labels have changed since the preview, so that applying "
                "it would undo other work. Nothing was written; preview again."
            )
            self.failed.emit(Ended(error))
            return
        self.cancel()
        work.reserve(max([0, *proposal.changes]) + 1)
        work.steps.write(proposal.name, proposal.slices, proposal.after)
        self.session.logged.emit(f"{proposal.name}.")

    def cancel(self) -> None:
        """Forget proposal, points and contours."""
        if self._running is not None:
            self._running.abandon()
            self._running = None
        self.places.clear()
        self.wire = None
        self._forget_proposal()
        if self._layers is not None:
            self._layers.clear()
        self.changed.emit()

    def set_point(self, world: tuple[float, ...]) -> None:
        """A click while points are set."""
        work = self._work
        voxel = work.spine.voxel_at(world) if work is not None else None
        if work is None or voxel is None:
            self.session.logged.emit("That click was outside the scan.")
            return
        try:
            if self.tool is Tool.WIRE:
                self._anchor(work, voxel)
            else:
                self.places.append(voxel)
                self._show_points()
        except VertsegError as error:
            self.failed.emit(Ended(error))
        self.changed.emit()

    def hover(self, world: Sequence[float]) -> None:
        """The mouse has moved: the live wire follows it."""
        work = self._work
        voxel = work.spine.voxel_at(world) if work is not None else None
        if self.wire is not None and voxel is not None and self._layers is not None:
            self._layers.show_wire(self.wire.with_way_to(voxel))

    def drawing(self, line: Sequence[Sequence[float]]) -> None:
        """The mouse is drawing by free hand: show the line so far."""
        if self._work is not None and self._layers is not None:
            before = self.wire.lines() if self.wire else np.empty((0, 3))
            self._layers.show_wire(np.concatenate([before, self._voxels(self._work, line)]))

    def draw(self, line: Sequence[Sequence[float]]) -> None:
        """A line was drawn by free hand: it is part of the contour."""
        work = self._work
        voxels = self._voxels(work, line) if work is not None else []
        if work is None or not voxels:
            self.session.logged.emit("That line was outside the scan.")
            return
        try:
            self._wire_of(work).draw(voxels)
        except VertsegError as error:
            self.failed.emit(Ended(error))
        self._show_points()
        self.changed.emit()

    def step_back(self) -> None:
        """Take the last point away."""
        if self.wire is not None:
            self.wire.back()
        elif self.places:
            self.places.pop()
        self._show_points()
        self.changed.emit()

    def close_contour(self, *, straight: bool = False) -> None:
        """Lead the live wire home, or join the ends by a straight line."""
        if self.wire is None:
            return
        try:
            self.wire.close(straight=straight)
        except VertsegError as error:
            self.failed.emit(Ended(error))
        self._show_points()
        self.changed.emit()

    def limit_brush(self, limits_hu: tuple[float, float] | None) -> None:
        """Painting keeps to voxels within limits; None lifts them."""
        if self._work is not None:
            self._work.steps.brush_limits_hu = limits_hu

    def plane(self) -> Plane:
        """The view on the screen."""
        return Plane(self._work.spine.depth_axis()) if self._work else Plane.SAGITTAL

    def slice_number(self) -> int:
        """The slice on the screen."""
        return self._work.spine.slice_number() if self._work else 0

    def editable(self, work: SpineWork) -> EditableLabels:
        """The labels as the tools take them, with the locks of now."""
        work.steps.settle()
        return EditableLabels(
            work.spine.labels,
            ZyxFloat(*work.scan.grid.spacing_mm),
            work.steps.index,
            frozenset(work.steps.locked),
            {record.id: work.chain.called(record.id) for record in work.chain},
        )

    def _anchor(self, work: SpineWork, voxel: Zyx) -> None:
        self._wire_of(work).anchor(voxel)
        self._show_points()

    def _wire_of(self, work: SpineWork) -> WireTool:
        if self.plane() is not Plane.SAGITTAL:
            raise EditImpossible(
                "the live wire runs in sagittal slices; press Sagittal in the Scan panel first"
            )
        if self.wire is None:
            self.wire = WireTool(work.scan.voxels, ZyxFloat(*work.scan.grid.spacing_mm))
        return self.wire

    @staticmethod
    def _voxels(work: SpineWork, line: Sequence[Sequence[float]]) -> list[Zyx]:
        """Places of the scan; those outside are left out, and those that come twice."""
        found = (work.spine.voxel_at(world) for world in line)
        return list(dict.fromkeys(voxel for voxel in found if voxel is not None))

    def _show_points(self) -> None:
        if self._layers is None:
            return
        self._layers.show_points(self.wire.anchors() if self.wire else self.places)
        self._layers.show_wire(self.wire.lines() if self.wire else [])

    def _drafted(self, message: Any) -> None:
        work, layers = self._work, self._layers
        if isinstance(message, Drafted) and work is not None and layers is not None:
            self.proposal = message.proposal
            layers.show_preview(message.proposal, work.chain)

    def _ended(self, ended: Ended) -> None:
        self._running = None
        if ended.error is not None:
            self.failed.emit(ended)
        self.changed.emit()

    def _forget_proposal(self) -> None:
        self.proposal = None
        if self._layers is not None:
            self._layers.hide_preview()

    def _called(self, vertebra: int) -> str:
        work = self._work
        is_known = work is not None and vertebra in work.chain
        return work.chain.called(vertebra) if work and is_known else "new vertebra"

    def _on_scan(self) -> None:
        work = self.session.work
        if work is not self._work:
            self.cancel()
            self._work = work
            self._layers = CorrectLayers(work.spine) if work is not None else None
            self.changed.emit()


class _NotYet:
    """Stands for work that is being started."""

    def stop(self) -> None:
        """Nothing to stop."""

    def abandon(self) -> None:
        """Nothing to abandon."""


_NOT_YET = _NotYet()
