"""One viewer's coordinator: which scan is worked on, and what the wishes of the panels lead to."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Final

from psygnal import Signal

from ..errors import VertsegError
from ..volume import Scan, ZyxFloat
from .errands import Errands
from .journal_home import Home
from .journal_keeper import JournalKeeper
from .journal_version import OpenedCase
from .layers import SpineLayers
from .marks import Role, mark_of
from .models import Loader, ModelShelf
from .permissions import Action, Situation, Status, reason_against
from .running import Ended, Starter
from .settings import Settings, load_settings, save_settings
from .views import View, show_view
from .walk_control import WalkControl
from .wishes import StartFrom, Until, WalkRequest
from .work import SpineWork

_QUIET: Final = (Status.IDLE, Status.PAUSED)


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
    steps_changed = Signal()
    """Something can be undone or redone, was saved, or could be recovered."""
    selection_changed = Signal()
    logged = Signal(str)
    failed = Signal(object)
    """A ``worker.Ended`` with an error."""
    closed = Signal()
    """The viewer is closing."""

    def __init__(self, viewer: Any, *, start: Starter, load: Loader | None = None) -> None:
        self.viewer = viewer
        self.start = start
        self.settings = load_settings()
        self.request = WalkRequest(model="")
        """How the next walk shall be; the Walk panel's form."""
        self.walks_on_click = False
        """A click goes on from the vertebra, instead of pausing after it."""
        self.follows = True
        self.seconds_per_event = 0.0
        """The speed slider: a pause after every event."""
        self._load = load or ModelShelf().load
        self._walks: dict[str, WalkControl] = {}
        self._keepers: dict[str, JournalKeeper] = {}
        self._current: str | None = None
        self._is_opening = False
        self.errands = Errands(self)
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

    @property
    def keeper(self) -> JournalKeeper | None:
        """The journal of the current scan."""
        return self._keepers.get(self._current) if self._current else None

    @property
    def loader(self) -> Loader:
        """Loads models."""
        return self._load

    def saved_words(self) -> str:
        """What of the current scan is saved."""
        return self.keeper.words() if self.keeper else ""

    def question_before_closing(self) -> str | None:
        """What to ask before the window closes; None where nothing is at stake."""
        if self.is_walking():
            return (
                "A walk is running. Close napari all the same? The walk ends; what it has found "
                "and is not saved is offered when you open the scan again."
            )
        unsaved = sum(keeper.unsaved for keeper in self._keepers.values())
        if not unsaved:
            return None
        return (
            f"{unsaved} step{'s are' if unsaved > 1 else ' is'} not saved. Close napari all the "
            "same? The journal keeps them: they are offered when you open the scan again."
        )

    def is_walking(self) -> bool:
        """Whether any walk of this viewer runs."""
        return any(walk.status not in _QUIET for walk in self._walks.values())

    def situation(self) -> Situation:
        """What decides about the buttons now."""
        wish, walk = self.request, self.walk
        asked = Situation(has_model=bool(wish.model), way=wish.way, start=wish.start)
        if walk is None:
            return asked
        return replace(
            asked,
            status=walk.status,
            has_scan=True,
            frozen=walk.work.frozen,
            found_by_walk=walk.found_by_walk(),
            has_click=walk.work.place is not None,
            has_selection=walk.work.selected is not None,
        )

    def ask_for(self, request: WalkRequest) -> None:
        """How the next walk shall be."""
        self.request = request
        self.changed.emit()

    def play(self, until: Until = Until.END) -> None:
        """Begin a walk or go on with it, if that is possible now."""
        action = Action.PLAY if until is Until.END else Action(until.value)
        if self.walk is not None and reason_against(action, self.situation()) is None:
            self.walk.play(self.request, until)

    def go_on_from_selected(self) -> None:
        """Begin a new walk at the selected vertebra."""
        if self.walk is not None and reason_against(Action.GO_ON, self.situation()) is None:
            self.ask_for(replace(self.request, start=StartFrom.SELECTED))
            self.walk.restart(self.request)

    def click(self, world: tuple[float, ...]) -> None:
        """A click while armed: segment the vertebra there, or select it if it is found."""
        walk = self.walk
        if walk is None:
            return
        voxel = walk.work.spine.voxel_at(world)
        if voxel is None:
            self.logged.emit("That click was outside the scan.")
        elif vertebra := int(walk.work.spine.labels[voxel]):
            walk.work.select(vertebra)
        elif walk.status not in _QUIET:
            self.logged.emit("The walk is running; pause it before you click another vertebra.")
        else:
            walk.work.place = voxel
            self.ask_for(replace(self.request, start=StartFrom.CLICK))
            walk.restart(self.request, Until.END if self.walks_on_click else Until.VERTEBRA)

    def show_scan(self, scan: Scan) -> None:
        """Add a scan to the viewer and work on it."""
        self._work_on(SpineLayers.add(self.viewer, scan))

    def show_side(self) -> None:
        """Show the middle of the current scan from the side."""
        if self.work is not None:
            self.work.spine.jump_to(ZyxFloat(*(n / 2 for n in self.work.scan.grid.shape)))
            show_view(self.viewer, View.SAGITTAL)

    def follow(self, on: bool) -> None:
        """Whether the viewer turns to the slice that the walk looks at."""
        self.follows = on
        for walk in self._walks.values():
            walk.follows = on

    def remember(self, settings: Settings) -> None:
        """Keep settings for this session and those to come."""
        self.settings = settings
        try:
            save_settings(settings)
        except (VertsegError, OSError) as error:
            self.logged.emit(f"The settings could not be kept: {error}")

    def remember_model(self, folder: str) -> None:
        """Offer a model folder again next time."""
        known = self.settings.model_folders
        if folder not in known:
            self.remember(replace(self.settings, model_folders=(*known, folder)))

    def note_taken_over(self) -> None:
        """The scan shown last was taken from a layer of another reader."""
        if self.work is not None:
            self.work.is_taken_over = True

    def work_on(self, layer: Any) -> bool:
        """Work on the scan of one of our layers; False for a layer of others."""
        spine = SpineLayers.of(self.viewer, layer)
        if spine is None:
            return False
        self._work_on(spine)
        return True

    def clear(self) -> None:
        """Take all vertebrae of the current scan out; its walk ends."""
        if self.walk is not None and self.walk.status in _QUIET:
            self.walk.forget()
            self.walk.work.clear()

    def split_or_join(self) -> None:
        """One layer per vertebra, or back into one."""
        if self.work is not None and not self.errands.is_turning(self.work):
            self.errands.split_or_join(self.work)

    def close(self) -> None:
        """The viewer is closing."""
        self.closed.emit()
        self.viewer.layers.events.inserted.disconnect(self._on_inserted)
        self.viewer.layers.events.removed.disconnect(self._on_removed)
        for walk in self._walks.values():
            walk.abandon()
        self.errands.abandon()
        for keeper in self._keepers.values():
            keeper.close()
        self._keepers.clear()

    def _work_on(self, spine: SpineLayers) -> None:
        if spine.scan_id not in self._walks:
            work = SpineWork(spine)
            self._walks[spine.scan_id] = self._new_walk(work)
            self._keepers[spine.scan_id] = self._new_keeper(work)
        if self._current != spine.scan_id:
            self._current = spine.scan_id
            self.scan_changed.emit()
            self.changed.emit()

    def _new_walk(self, work: SpineWork) -> WalkControl:
        walk = WalkControl(work, load=self._load, start=self.start, pause=self._wait)
        walk.follows = self.follows
        work.chain.changed.connect(self._tell_chain)
        work.selection_changed.connect(self._tell_selection)
        work.painted.connect(self.bring_up_to_date)
        work.is_walking = lambda: walk.status not in _QUIET
        work.refused.connect(self._tell_line)
        walk.changed.connect(self._tell_change)
        walk.logged.connect(self._tell_line)
        walk.failed.connect(self._tell_failure)
        return walk

    def has(self, scan_id: str) -> bool:
        """Whether a scan is in the viewer still."""
        return scan_id in self._walks

    def show_case(self, opened: OpenedCase) -> None:
        """Add the scan of a case with its vertebrae, and work on it."""
        self._is_opening = True
        try:
            spine = SpineLayers.add(self.viewer, opened.scan, opened.next_id)
        finally:
            self._is_opening = False
        work = SpineWork(spine)
        work.add_records(opened.records)
        work.reserve(opened.next_id)
        work.steps.stack.clear()
        self._walks[spine.scan_id] = self._new_walk(work)
        self._keepers[spine.scan_id] = self._new_keeper(work, opened.home)
        self._work_on(spine)
        self.chain_changed.emit()

    def _new_keeper(self, work: SpineWork, home: Home | None = None) -> JournalKeeper:
        keeper = JournalKeeper(work, self.start, home)
        keeper.failed.connect(self._tell_failure)
        keeper.changed.connect(self._tell_steps)
        work.steps.changed.connect(self._tell_steps)
        return keeper

    def _tell_steps(self) -> None:
        self.steps_changed.emit()

    # Not the signals' own ``emit``: psygnal would call it to guess its signature.
    def _tell_chain(self) -> None:
        self.bring_up_to_date()
        self.chain_changed.emit()

    def _tell_selection(self) -> None:
        self.selection_changed.emit()
        self.changed.emit()

    def _tell_change(self) -> None:
        self.bring_up_to_date()
        self.changed.emit()

    def _tell_line(self, line: str) -> None:
        self.logged.emit(line)

    def _tell_failure(self, ended: Ended) -> None:
        self.failed.emit(ended)

    def bring_up_to_date(self) -> None:
        """While no walk runs, bring table and suspicions up to date with the labels."""
        for walk in self._walks.values():
            work = walk.work
            if walk.status not in _QUIET or self.errands.is_busy_with(work):
                continue
            if work.is_edited:
                work.is_edited = False
                self.errands.check_edits(work)
            elif work.has_new_masks():
                self.errands.weigh(work)

    def _wait(self) -> None:
        if self.seconds_per_event > 0:
            time.sleep(self.seconds_per_event)

    def _on_inserted(self, event: Any) -> None:
        self._adopt_if_free(event.value)

    def _adopt_if_free(self, layer: Any) -> None:
        mark = mark_of(layer)
        is_free = self._current is None and not self._is_opening
        if mark and mark.role is Role.SCAN and is_free:
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
        keeper = self._keepers.pop(scan_id, None)
        if keeper is not None:
            keeper.close()
        if self._current == scan_id:
            self._current = next(iter(self._walks), None)
            self.scan_changed.emit()
            self.chain_changed.emit()
            self.changed.emit()
