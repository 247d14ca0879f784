"""The cases of a project as rows of a table, and which of them are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..cases import Case, Project, Role, Status
from ..cases.leftovers import dead_lock
from ..cases.lock import holder
from ..errors import CaseIncomplete
from ..rounds.queue import suspicion_of
from ..suspicion import SuspicionRules

HERE: Final = "this window"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case, as its files say."""

    id: str
    name: str
    status: Status | None = None
    """None for a damaged case."""
    role: Role | None = None
    annotator: str = ""
    """Of the newest version; empty where nobody has saved one."""
    vertebrae: int = 0
    settled: int = 0
    """Accepted or ignored."""
    versions: int = 0
    minutes: float = 0.0
    worst: float | None = None
    """Suspicion of the worst vertebra by what the walk said; None where no walk was."""
    open_for: str = ""
    """Who has it open now, and where; ``HERE`` for the case in this viewer."""
    trouble: str = ""
    """Why a damaged case cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which rows are shown; what is empty lets all through."""

    text: str = ""
    """In id, name or annotator; case does not count."""
    status: Status | None = None
    role: Role | None = None
    annotator: str = ""

    def lets_through(self, row: CaseRow) -> bool:
        """Whether a row is shown; a damaged case always is."""
        if row.trouble:
            return True
        words = f"{row.id} {row.name} {row.annotator}".casefold()
        return (
            self.text.casefold().strip() in words
            and self.status in (None, row.status)
            and self.role in (None, row.role)
            and self.annotator in ("", row.annotator)
        )


def rows_of(project: Project) -> list[CaseRow]:
    """All cases, oldest first; damaged ones say what is wrong."""
    rows = []
    for case_id in project.ids():
        try:
            rows.append(row_of_case(project, project.case(case_id)))
        except CaseIncomplete as error:
            rows.append(CaseRow(id=case_id, name=case_id, trouble=str(error)))
    return rows


def row_of_case(project: Project, case: Case) -> CaseRow:
    """One case."""
    rules = SuspicionRules()
    doubts = [suspicion_of(v, rules) for v in case.vertebrae if v.walk is not None]
    return CaseRow(
        id=case.id,
        name=case.name,
        status=case.status,
        role=case.role,
        annotator=case.version.annotator if case.version else "",
        vertebrae=len(case.vertebrae),
        settled=sum(v.verdict.is_settled for v in case.vertebrae),
        versions=len(case.versions),
        minutes=case.minutes,
        worst=max(doubts, default=None),
        open_for=_open_for(project, case.id),
    )


def summary(rows: Sequence[CaseRow]) -> str:
    """The whole project in a line."""
    if not rows:
        return "No scans yet: import some."
    parts = [f"{len(rows)} scan{'s' if len(rows) > 1 else ''}"]
    for status in Status:
        many = sum(row.status is status for row in rows)
        if many:
            parts.append(f"{many} {words_of(status)}")
    return " · ".join(parts)


def words_of(status: Status | None) -> str:
    """A status for people."""
    return "damaged" if status is None else status.value.replace("_", " ")


def _open_for(project: Project, case_id: str) -> str:
    folder = project.folder.case(case_id)
    there = holder(folder)
    return "" if there is None or dead_lock(folder) else there.describe()
