"""Decides what the wishes of the Walk panel lead to, for one scan."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final

from psygnal import Signal

from ..errors import VertsegError
from ..traversal import VertebraFound, Withdrawn
from .edits import find_edits
from .guides import WalkGuides
from .log_lines import line_of
from .marks import Role
from .messages import Begun, Edited, Look, Message, Note, Passed, Prepared, Told, Turn
from .models import Loader
from .permissions import Status
from .progress import WalkProgress
from .running import Ended, Running, Starter
from .tape import Tape
from .walk_job import WalkJob
from .wishes import StartFrom, Until, WalkRequest
from .work import SpineWork

_MOST_TAPES: Final = 20
"""Recordings kept of one scan: with click after click there are many short walks."""


class WalkControl:
    """One scan's walk: idle, running or paused; pausing ends the worker, the job stays.

    Parameters
    ----------
    work : SpineWork
        Where vertebrae are put.
    load : Loader
        Loads models.
    start : Starter
        Runs work beside the window.
    pause : callable
        Called by the worker after every event: the speed slider.
    """

    changed = Signal()
    logged = Signal(str)
    failed = Signal(object)
    """A ``worker.Ended`` with an error."""

    def __init__(
        self,
        work: SpineWork,
        *,
        load: Loader,
        start: Starter,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self.work = work
        self.status = Status.IDLE
        self.job: WalkJob | None = None
        self._load, self._start, self._pause = load, start, pause
        self.follows = True
        """The viewer turns to the slice that the walk looks at."""
        self._running: Running | None = None
        work.hand_changed.connect(self._note_edits)
        work.judged.connect(self._note_verdicts)
        self.tapes: list[Tape] = []
        """Recordings of the walks of this scan, oldest first."""
        self._guides: WalkGuides | None = None
        self._progress: WalkProgress | None = None

    def _note_edits(self, vertebrae: list[int]) -> None:
        if self.job is not None:
            self.job.note_edits(vertebrae)

    def _note_verdicts(self, vertebrae: list[int]) -> None:
        if self.job is not None:
            records = [r for r in map(self.work.chain.get, vertebrae) if r is not None]
            self.job.note_verdicts(
                closed=[r.id for r in records if not r.is_open],
                free=[r.id for r in records if r.is_open],
            )

    def play(self, request: WalkRequest, until: Until = Until.END) -> None:
        """Begin a walk, or go on with the paused one."""
        if self.status not in (Status.IDLE, Status.PAUSED):
            return
        if self.status is Status.IDLE or self.job is None:
            try:
                self.job = self._new_job(request)
            except VertsegError as error:
                self.failed.emit(Ended(error))
                return
            self._progress = WalkProgress(f"Walking {request.way} {self.work.scan.name}")
        job = self.job
        if self._guides is not None:
            self._guides.wake()
        self._become(Status.RUNNING)
        self._running = self._start(lambda: self._steps(job, until), self._told, self._ended)

    def pause(self) -> None:
        """Pause after the patch under way."""
        if self.status is Status.RUNNING and self._running is not None:
            self._become(Status.PAUSING)
            self._running.stop()

    def stop(self) -> None:
        """End the walk; what was found stays."""
        if self.status is Status.PAUSED:
            self._finish()
        elif self.status is Status.RUNNING and self._running is not None:
            self._become(Status.STOPPING)
            self._running.stop()

    def back(self) -> None:
        """Take back the vertebra found last; the walk is paused before it."""
        if self.status not in (Status.IDLE, Status.PAUSED) or self.job is None:
            return
        last = self.work.chain.get(next(reversed(self.job.found()), 0))
        if last is not None and last.is_locked:
            called = self.work.chain.called(last.id)
            self.logged.emit(f"{called} is locked; unlock it to take it back.")
            return
        vertebra = self.job.go_back()
        if vertebra is None:
            return
        self.work.reserve(self.job.next_id)
        self.work.remove(vertebra)
        if self._guides is not None:
            self._guides.refresh_memory()
        self.logged.emit("Taken back: the vertebra found last.")
        self._become(Status.PAUSED)

    def restart(self, request: WalkRequest, until: Until = Until.END) -> None:
        """A new walk; a paused one ends, and what it has found stays."""
        if self.status is Status.PAUSED:
            self._finish()
        if self.status is Status.IDLE:
            self.play(request, until)

    def forget(self) -> None:
        """End the walk and what could be taken back; nothing runs now."""
        if self.status is Status.PAUSED:
            self._finish()
        self.job = None
        self._become(Status.IDLE)

    def abandon(self) -> None:
        """The viewer is closing: end without telling anybody."""
        if self._running is not None:
            self._running.abandon()
        if self._progress is not None:
            self._progress.close()
        self.tapes.clear()
        self.status = Status.IDLE

    def found_by_walk(self) -> int:
        """Vertebrae that could be taken back."""
        return len(self.job.found()) if self.job else 0

    def _new_job(self, request: WalkRequest) -> WalkJob:
        work = self.work
        return WalkJob(
            work.scan,
            request,
            self._load,
            work.spine.labels,
            place=work.place if request.start is StartFrom.CLICK else None,
            vertebra=work.selected if request.start is StartFrom.SELECTED else None,
            next_id=work.next_id,
        )

    def _steps(self, job: WalkJob, until: Until) -> Generator[Message, None, None]:
        """First what a hand has changed, then the walk."""
        work = self.work
        if len(work.chain):
            work.is_edited = False
            for message in find_edits(work.spine.labels, list(work.chain), work.scan):
                if isinstance(message, Edited):
                    job.note_edits([r.id for r in message.records] + list(message.gone))
                yield message
        yield from job.run(until, self._pause)

    def _told(self, message: Message) -> None:
        match message:
            case Note(text=text):
                self.logged.emit(text)
            case Prepared():
                self._keep_tape()
                self._guides = WalkGuides(self.work.spine, message.grid)
                self.logged.emit(f"Walking with {message.model} on {message.device}.")
            case Turn():
                self._show_one_layer()
            case Begun(memory=memory):
                if self._guides is not None:
                    self._guides.show_memory(memory)
            case Edited():
                self.work.apply_edits(message)
            case Told():
                self._follow(message)
            case Look():
                self._look()
            case Passed(progress=share):
                if self._progress is not None:
                    self._progress.tell(share)

    def _show_one_layer(self) -> None:
        """Make one of those that are not there: each takes the window a tenth of a second."""
        if self.work.spine.layer(Role.VERTEBRAE) is None:
            self.work.spine.show_vertebrae(self.work.chain)
        elif self._guides is not None:
            self._guides.show_one()

    def _keep_tape(self) -> None:
        if self.job is not None and self.job.tape is not None:
            self.tapes = [*self.tapes, self.job.tape][-_MOST_TAPES:]

    def _follow(self, told: Told) -> None:
        if self._guides is not None:
            self._guides.tell(told.event)
        if told.instance is not None and told.measures is not None:
            self.work.add(told.instance, told.measures, told.regrown)
        if isinstance(told.event, Withdrawn):
            self.work.withdraw(told.event.vertebrae, told.regrown)
        if self._guides is not None and isinstance(told.event, (VertebraFound, Withdrawn)):
            self._guides.refresh_memory()
        line = line_of(told, self.work.chain)
        if line:
            self.logged.emit(line)

    def _look(self) -> None:
        if self._guides is not None and self.follows:
            self._guides.follow()

    def _ended(self, ended: Ended) -> None:
        was_stopping = self.status is Status.STOPPING
        self._running = None
        self._look()  # who pauses at once has not seen the last patch
        if ended.error is not None:
            self.failed.emit(ended)
        if was_stopping or self.job is None or self.job.is_finished or self.job.walk is None:
            self._finish()
        else:
            self._become(Status.PAUSED)

    def _finish(self) -> None:
        if self._progress is not None:
            self._progress.close()
        if self._guides is not None:
            self._guides.rest()
        self._become(Status.IDLE)

    def _become(self, status: Status) -> None:
        self.status = status
        self.changed.emit()
