"""The rows and pictures of the open project, kept up to date beside the window."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from psygnal import Signal

from ..cases import Project
from .project_rows import HERE, CaseRow, rows_of
from .project_thumbnail import thumbnail_of
from .retrain_place import Workplace
from .running import Ended, Running, Starter


class ProjectLook:
    """Looks at the folder when it is asked to; one look at a time.

    Parameters
    ----------
    place : Workplace
        Has the project.
    start : Starter
        Runs work beside the window.
    """

    changed = Signal()
    pictured = Signal(str)
    """A case has a new thumbnail."""
    failed = Signal(object)
    """An ``Ended`` with an error."""

    def __init__(self, place: Workplace, start: Starter) -> None:
        self.rows: list[CaseRow] = []
        self.copies_scans = False
        """Whether the project copies scans in unless told otherwise."""
        self.here: str | None = None
        """The case that is open for changes in this viewer."""
        self._place, self._start = place, start
        self._is_looking = self._looks_again = self._is_picturing = False
        self._picturing: Running | None = None
        self._pictured: set[str] = set()
        """Cases that were seen to: their picture is there, or cannot be made."""

    def refresh(self) -> None:
        """Look at the project again."""
        project = self._place.project
        if project is None:
            self.rows = []
            self.changed.emit()
        elif self._is_looking:
            self._looks_again = True
        else:
            self._is_looking = True
            self._place.ask(lambda: _look(project), self._take, self._fail, self._looked)

    def forget(self) -> None:
        """Another project is shown."""
        self._pictured.clear()

    def renew(self, case_id: str) -> None:
        """The labels of a case may have changed: so may its picture."""
        self._pictured.discard(case_id)

    def close(self) -> None:
        """Nobody listens any more."""
        if self._picturing is not None:
            self._picturing.abandon()

    def _take(self, look: tuple[list[CaseRow], bool]) -> None:
        rows, self.copies_scans = look
        self.rows = [replace(r, open_for=HERE) if r.id == self.here else r for r in rows]
        self.changed.emit()

    def _looked(self) -> None:
        self._is_looking = False
        if self._looks_again:
            self._looks_again = False
            self.refresh()
        else:
            self._picture()

    def _picture(self) -> None:
        """Make the thumbnails that are missing, one after the other."""
        project = self._place.project
        wanted = [r.id for r in self.rows if not r.trouble and r.id not in self._pictured]
        if project is None or self._is_picturing or not wanted:
            return
        self._pictured.update(wanted)
        self._is_picturing = True

        def pictures() -> Generator[str, None, None]:
            for case_id in wanted:
                if thumbnail_of(project, case_id) is not None:
                    yield case_id

        def ended(how: Ended) -> None:
            self._is_picturing = False
            self._picture()

        self._picturing = self._start(pictures, self._tell_picture, ended)

    def _tell_picture(self, case_id: str) -> None:
        self.pictured.emit(case_id)

    def _fail(self, ended: Ended) -> None:
        self.failed.emit(ended)


def _look(project: Project) -> tuple[list[CaseRow], bool]:
    return rows_of(project), project.record.settings.copy_scans
