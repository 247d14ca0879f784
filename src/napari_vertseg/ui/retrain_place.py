"""Which project the panels of a viewer work in, and short tasks on its folder."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary, ref

from psygnal import Signal

from ..cases import Project
from ..errors import CaseIncomplete, VertsegError
from .running import Ended

if TYPE_CHECKING:
    from .running import Running, Starter
    from .session import Session

Answer = TypeVar("Answer")

SHIPPED_FIRST: Final = "starter"
"""The model in use until another is promoted."""


class Workplace:
    """The open project of one viewer.

    Everything that reads or writes its folder goes through ``ask``: the folder may lie on a
    disk that takes its time, and the window does not wait for it.
    """

    changed = Signal()
    """Another project, or none."""
    moved = Signal()
    """Models or rounds of the project are no longer what they were."""
    model_offered = Signal(str)
    """Folder of a model that walks should use from now on."""

    def __init__(self, start: Starter, annotator: Callable[[], str] | None = None) -> None:
        self._start = start
        self.annotator = annotator or who
        """Whose name stands in the history."""
        self._running: dict[object, Running] = {}
        self.project: Project | None = None

    def show(self, project: Project | None) -> None:
        """Work in a project from now on."""
        if project != self.project:
            self.project = project
            self.changed.emit()
            if project is not None:
                self.ask(lambda: model_to_walk_with(project), self.model_offered.emit, _ignore)

    def open(self, path: Path, failed: Callable[[Ended], None]) -> None:
        """Open a project folder."""
        self.ask(lambda: Project.open(path), self.show, failed)

    def ask(
        self,
        question: Callable[[], Answer],
        answer: Callable[[Answer], None],
        failed: Callable[[Ended], None],
        always: Callable[[], None] = lambda: None,
    ) -> None:
        """Do something beside the window.

        Parameters
        ----------
        question : callable
            Called in another thread.
        answer, failed, always : callable
            Called in the window's thread: with the value, with the error, at the end.
        """

        def work() -> Generator[Any, None, None]:
            try:
                yield question()
            except VertsegError:
                raise
            except OSError as error:
                raise CaseIncomplete(_unreachable(error)) from error
            except Exception as error:
                raise CaseIncomplete(_fault(error)) from error

        token, is_over = object(), False

        def ended(how: Ended) -> None:
            nonlocal is_over
            is_over = True
            self._running.pop(token, None)
            if how.error is not None:
                cause = how.error.__cause__
                details = how.details or (f"{type(cause).__name__}: {cause}" if cause else "")
                failed(Ended(how.error, details))
            always()

        running = self._start(work, answer, ended)
        if not is_over:  # some starters work at once
            self._running[token] = running

    def close(self) -> None:
        """Nobody listens any more."""
        for running in self._running.values():
            running.abandon()


_PLACES: Final[WeakKeyDictionary[Session, Workplace]] = WeakKeyDictionary()


def workplace_of(session: Session) -> Workplace:
    """The workplace of a session, which its panels share."""
    if session not in _PLACES:
        place = Workplace(session.start, _annotator_of(ref(session)))
        session.closed.connect(place.close)
        _PLACES[session] = place
    return _PLACES[session]


def who() -> str:
    """For the history of rounds and models."""
    try:
        return os.environ.get("VERTSEG_ANNOTATOR") or getpass.getuser()
    except (OSError, KeyError):  # a container without users
        return "unnamed"


def model_to_walk_with(project: Project) -> str:
    """The model in use as the Walk panel names it: a folder, or the name of a shipped one."""
    name = project.record.active_model
    if name is None:
        return SHIPPED_FIRST
    own = project.folder.models / name
    return str(own) if own.is_dir() else name


def _annotator_of(session: ref[Session]) -> Callable[[], str]:
    """By a weak reference: a workplace that held its session would keep both for ever."""

    def annotator() -> str:
        there = session()
        return (there.settings.annotator if there is not None else "") or who()

    return annotator


def _ignore(ended: Ended) -> None:
    """The panels say it when they read the project."""


def _unreachable(error: OSError) -> str:
    return (
        f"A file of the project could not be read or written ({error.strerror or error}). "
        "Nothing was lost; look whether its disk is there and has space, and try again."
    )


def _fault(error: Exception) -> str:
    return (
        f"That did not work because of a fault in the program ({type(error).__name__}). Your "
        "scans and models are as they were; please report it if it comes again."
    )
