"""One thing at a time is done to a project, and its end is told."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from psygnal import Signal

from ..errors import VertsegError
from .retrain_place import Workplace
from .running import Ended, Running, Starter


class ProjectTasks:
    """What every wish about a project needs: begun only if nothing else is under way.

    Parameters
    ----------
    place : Workplace
        Asks short questions.
    start : Starter
        Runs longer work beside the window.
    """

    changed = Signal()
    """Project, rows, case or what is under way."""
    failed = Signal(object)
    """An ``Ended`` with an error."""

    def __init__(self, place: Workplace, start: Starter) -> None:
        self.place = place
        self.busy = ""
        """What is under way; no other change begins meanwhile."""
        self._start = start
        self._working: Running | None = None

    def refresh(self) -> None:
        """Look at the project again; those that keep something of it do."""

    def _over(self, how: Ended) -> None:
        """Something that was begun has ended."""
        self.busy = ""
        if how.error is not None:
            self._fail(how)
        self.refresh()
        self._tell()

    def _begin(
        self,
        words: str,
        begin: Callable[[Callable[[Ended], None]], object],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        def over(how: Ended) -> None:
            self._over(how)
            if how.error is None:
                then()

        self.busy = words
        self._tell()
        try:
            begin(over)
        except VertsegError as error:
            over(Ended(error))

    def _ask(
        self,
        words: str,
        question: Callable[[], Any],
        answer: Callable[[Any], None] = lambda value: None,
    ) -> None:
        """One thing at a time; the project is looked at again afterwards."""

        def always() -> None:
            self.busy = ""
            self.refresh()
            self._tell()

        self.busy = words
        self._tell()
        self.place.ask(question, answer, self._fail, always)

    def _do(
        self,
        words: str,
        work: Callable[[], Generator[Any, None, None]],
        told: Callable[[Any], None],
        then: Callable[[], None],
    ) -> None:
        def ended(how: Ended) -> None:
            self._over(how)
            then()

        self.busy = words
        self._tell()
        self._working = self._start(work, told, ended)

    def _may(self, reason_against: str | None) -> bool:
        if reason_against is not None:
            self._fail(Ended(VertsegError(reason_against)))
        return reason_against is None

    def _fail(self, ended: Ended) -> None:
        self.failed.emit(ended)

    def _tell(self) -> None:
        self.changed.emit()
