"""Which scan comes next, as the Queue panel asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from psygnal import Signal

from ..cases import Project
from ..rounds.queue import QueueEntry, queue, read_queue, skip, snooze, wake
from .models import Loader, ModelShelf
from .project_control import ProjectControl
from .project_rows import HERE
from .queue_ahead import Ahead, walk_ahead
from .running import Ended, Running


class Rest(StrEnum):
    """How long a scan is left out of the queue."""

    HOUR = "one hour"
    DAY = "one day"
    WEEK = "one week"


_LENGTH: Final = {
    Rest.HOUR: timedelta(hours=1),
    Rest.DAY: timedelta(days=1),
    Rest.WEEK: timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Line:
    """The queue as it is now."""

    entries: tuple[QueueEntry, ...] = ()
    """The next one first."""
    put_off: tuple[str, ...] = ()
    """Cases that were skipped or are snoozed."""


def line_of(project: Project) -> Line:
    """Read the queue of a project; not for the window's thread."""
    waiting = read_queue(project).waiting
    return Line(tuple(queue(project)), tuple(word.case for word in waiting))


def until(rest: Rest, now: datetime) -> str:
    """When a snoozed scan comes back, as the project writes times."""
    return (now + _LENGTH[rest]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class QueueControl:
    """Keeps the queue of the open project up to date, and puts scans off.

    Parameters
    ----------
    project : ProjectControl
        Opens cases, and knows who has which one open.
    load : Loader, optional
        Loads the model that proposes ahead; not the one of the viewer's walks.
    """

    changed = Signal()
    failed = Signal(object)
    """An ``Ended`` with an error."""

    def __init__(self, project: ProjectControl, load: Loader | None = None) -> None:
        self.project = project
        self.line = Line()
        self._is_looking = self._looks_again = False
        self._seen: object = None
        self._place: Project | None = None
        self.ahead = ""
        """How the proposals made ahead go on; empty where none are made."""
        self._load = load or ModelShelf().load
        self._running: Running | None = None
        project.session.closed.connect(self._on_closed)
        project.changed.connect(self._on_project)

    @property
    def next(self) -> QueueEntry | None:
        """The first scan that nobody has open, this window included."""
        return next((e for e in self.line.entries if not self.held_by(e.case)), None)

    def held_by(self, case_id: str) -> str:
        """Who has a case open; empty where nobody does."""
        case = self.project.open_case
        if case is not None and case.id == case_id:
            return HERE
        return next((row.open_for for row in self.project.rows if row.id == case_id), "")

    def refresh(self) -> None:
        """Read the queue again."""
        project = self.project.project
        if project is None:
            self.line = Line()
            self.changed.emit()
        elif self._is_looking:
            self._looks_again = True
        else:
            self._is_looking = True
            self.project.place.ask(lambda: line_of(project), self._take, self._fail, self._looked)

    def skip(self, case_id: str) -> None:
        """Put a scan to the end."""
        self._say(lambda project: skip(project, case_id))

    def snooze(self, case_id: str, rest: Rest) -> None:
        """Leave a scan out for a while."""
        back = until(rest, datetime.now(UTC))
        self._say(lambda project: snooze(project, case_id, back))

    def wake_all(self) -> None:
        """Take back what was put off."""
        put_off = self.line.put_off

        def deed(project: Project) -> None:
            for case_id in put_off:
                wake(project, case_id)

        self._say(deed)

    @property
    def is_ahead(self) -> bool:
        """Whether proposals are being made."""
        return self._running is not None

    def propose_ahead(self) -> None:
        """Walk the scans that have no proposal, beside the window, so that opening is instant."""
        project = self.project.project
        if project is None or self._running is not None:
            return
        session, who = self.project.session, self.project.annotator
        is_over = False

        def ended(how: Ended) -> None:
            nonlocal is_over
            is_over, self._running, self.ahead = True, None, ""
            if how.error is not None:
                self._fail(how)
            self.project.refresh()
            self.changed.emit()

        self.ahead = "Looking for scans without a proposal."
        running = session.start(
            lambda: walk_ahead(project, self._load, who, session.is_walking),
            self._take_ahead,
            ended,
        )
        if not is_over:  # some starters work at once
            self._running = running
        self.changed.emit()

    def stop_ahead(self) -> None:
        """End after the patch under way; a walk that is not finished is forgotten."""
        if self._running is not None:
            self._running.stop()

    def _take_ahead(self, step: Ahead) -> None:
        if step.words:
            self.ahead = step.words
            self.project.said.emit(step.words)
            self.changed.emit()
        if step.is_proposed:
            self.project.refresh()

    def _on_closed(self) -> None:
        if self._running is not None:
            self._running.abandon()

    def _say(self, deed: Callable[[Project], None]) -> None:
        project = self.project.project
        if project is not None:
            self.project.place.ask(lambda: deed(project), lambda _: None, self._fail, self.refresh)

    def _on_project(self) -> None:
        seen = (self.project.project, tuple(self.project.rows))
        if seen != self._seen:
            if self._seen is not None and self.project.project != self._place:
                self.stop_ahead()
            self._seen, self._place = seen, self.project.project
            self.refresh()
        else:
            self.changed.emit()

    def _take(self, line: Line) -> None:
        self.line = line
        self.changed.emit()

    def _looked(self) -> None:
        self._is_looking = False
        if self._looks_again:
            self._looks_again = False
            self.refresh()

    def _fail(self, ended: Ended) -> None:
        self.failed.emit(ended)
