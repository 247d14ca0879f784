"""One viewer's coordinator: which scan is worked on, and what the wishes of the panels lead to."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from psygnal import Signal

from ..volume import Scan
from .layers import SpineLayers
from .marks import Role, mark_of
from .messages import Message, Note
from .models import Loader, ModelShelf
from .permissions import Situation, Status
from .running import Ended, Running, Starter
from .saving import export_table, no_record, save_masks
from .walk_control import WalkControl
from .wishes import WalkRequest
from .work import SpineWork


class Session:
    """Work on the scans of one viewer.

    Panels listen to its signals and call its methods; they never touch layers.

    Parameters
    ----------
    viewer : napari.Viewer
    start : Starter
        Runs work beside the window; tests pass one that works at once.
    load : Loader, optional
        Loads models.
    """

    scan_changed = Signal()
    """Another scan is worked on, or none."""
    changed = Signal()
    """Something that decides about the buttons."""
    chain_changed = Signal()
    selection_changed = Signal()
    logged = Signal(str)
    failed = Signal(object)
    """A ``worker.Ended`` with an error."""

    def __init__(self, viewer: Any, *, start: Starter, load: Loader | None = None) -> None:
        self.viewer = viewer
        self.start = start
        self.seconds_per_event = 0.0
        """The speed slider: a pause after every event."""
        self._load = load or ModelShelf().load
        self._walks: dict[str, WalkControl] = {}
        self._current: str | None = None
        self._tasks: list[Running] = []
        viewer.layers.events.inserted.connect(self._on_inserted)
        viewer.layers.events.removed.connect(self._on_removed)
        for layer in viewer.layers:
            self._adopt_if_free(layer)

    @property
    def walk(self) -> WalkControl | None:
        """The walk of the current scan."""
        return self._walks.get(self._current) if self._current else None

    @property
    def work(self) -> SpineWork | None:
        """Scan and vertebrae that are worked on."""
        return self.walk.work if self.walk else None

    def is_walking(self) -> bool:
        """Whether any walk of this viewer runs."""
        quiet = (Status.IDLE, Status.PAUSED)
        return any(walk.status not in quiet for walk in self._walks.values())

    def situation(self, request: WalkRequest) -> Situation:
        """What decides about the buttons now."""
        walk = self.walk
        if walk is None:
            return Situation(has_model=bool(request.model), way=request.way, start=request.start)
        return Situation(
            status=walk.status,
            has_scan=True,
            has_model=bool(request.model),
            found_by_walk=walk.found_by_walk(),
            has_click=walk.work.place is not None,
            has_selection=walk.work.selected is not None,
            way=request.way,
            start=request.start,
        )

    def show_scan(self, scan: Scan) -> None:
        """Add a scan to the viewer and work on it."""
        spine = SpineLayers.add(self.viewer, scan)
        self._work_on(spine)

    def work_on(self, layer: Any) -> bool:
        """Work on the scan of one of our layers; False for a layer of others."""
        spine = SpineLayers.of(self.viewer, layer)
        if spine is None:
            return False
        self._work_on(spine)
        return True

    def save(self, path: Path, *, keep_incomplete: bool) -> None:
        """Write the masks of the current scan, beside the window."""
        if self.work is not None:
            found, scan = self.work.chain.segmentation(), self.work.scan
            job = self.walk.job if self.walk else None
            say = job.describe if job else no_record
            self._do(
                lambda: save_masks(
                    path, found, scan, keep_incomplete=keep_incomplete, describe=say
                )
            )

    def export_table(self, path: Path) -> None:
        """Write the table of the current scan as CSV."""
        if self.work is not None:
            rows = self.work.chain.numbered()
            self._do(lambda: export_table(path, rows))

    def _do(self, task: Callable[[], Generator[Message, None, None]]) -> None:
        """A task beside the window that tells notes."""
        self._tasks.append(self.start(task, self._note, self._task_ended))

    def _note(self, message: Message) -> None:
        if isinstance(message, Note):
            self.logged.emit(message.text)

    def _task_ended(self, ended: Ended) -> None:
        if ended.error is not None:
            self.failed.emit(ended)

    def close(self) -> None:
        """The viewer is closing."""
        self.viewer.layers.events.inserted.disconnect(self._on_inserted)
        self.viewer.layers.events.removed.disconnect(self._on_removed)
        for walk in self._walks.values():
            walk.abandon()
        for task in self._tasks:
            task.abandon()

    def _work_on(self, spine: SpineLayers) -> None:
        if spine.scan_id not in self._walks:
            self._walks[spine.scan_id] = self._new_walk(SpineWork(spine))
        if self._current != spine.scan_id:
            self._current = spine.scan_id
            self.scan_changed.emit()
            self.changed.emit()

    def _new_walk(self, work: SpineWork) -> WalkControl:
        walk = WalkControl(work, load=self._load, start=self.start, pause=self._wait)
        work.chain.changed.connect(self._tell_chain)
        work.selection_changed.connect(self._tell_selection)
        walk.changed.connect(self._tell_change)
        walk.logged.connect(self._tell_line)
        walk.failed.connect(self._tell_failure)
        return walk

    # Not the signals' own ``emit``: psygnal would call it to guess its signature.
    def _tell_chain(self) -> None:
        self.chain_changed.emit()

    def _tell_selection(self) -> None:
        self.selection_changed.emit()
        self.changed.emit()

    def _tell_change(self) -> None:
        self.changed.emit()

    def _tell_line(self, line: str) -> None:
        self.logged.emit(line)

    def _tell_failure(self, ended: Ended) -> None:
        self.failed.emit(ended)

    def _wait(self) -> None:
        if self.seconds_per_event > 0:
            time.sleep(self.seconds_per_event)

    def _on_inserted(self, event: Any) -> None:
        self._adopt_if_free(event.value)

    def _adopt_if_free(self, layer: Any) -> None:
        mark = mark_of(layer)
        if mark and mark.role is Role.SCAN and self._current is None:
            self.work_on(layer)

    def _on_removed(self, event: Any) -> None:
        mark = mark_of(event.value)
        if mark is None or mark.scan_id not in self._walks:
            return
        walk = self._walks[mark.scan_id]
        if mark.role is Role.VERTEBRAE and walk.status is Status.RUNNING:
            walk.pause()
            self.logged.emit(
                "The vertebrae layer was deleted, so the walk pauses. Play brings it back."
            )
        if mark.role is Role.SCAN:
            self._drop(mark.scan_id)

    def _drop(self, scan_id: str) -> None:
        self._walks.pop(scan_id).abandon()
        if self._current == scan_id:
            self._current = next(iter(self._walks), None)
            self.scan_changed.emit()
            self.chain_changed.emit()
            self.changed.emit()
