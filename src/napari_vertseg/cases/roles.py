"""Another role for a patient, as long as nothing was submitted."""

from __future__ import annotations

from dataclasses import replace

from .history import with_history
from .ledger import change_project
from .lock import CaseLock
from .patients import with_role
from .project import Project
from .records import write_record
from .states import Role


def set_role(project: Project, patient: str, role: Role, *, who: str) -> None:
    """Give a patient, and so every case of that patient, a role.

    Raises
    ------
    CaseIncomplete
        Unknown patient, or a case was submitted already, which fixes the role.
    CaseLocked
        Somebody has a case of the patient open; nothing was changed.
    """
    with_role(project.record, patient, role)  # refuse before anything is locked
    cases = [case for case in project.cases() if case.patient == patient]
    locks: list[CaseLock] = []
    try:
        for case in cases:
            locks.append(CaseLock.take(project.folder.case(case.id), who))
        what = f"role of {patient} is {role}"
        change_project(project.folder, lambda p: with_role(p, patient, role), who=who, what=what)
        # A crash from here on leaves a contradiction, which reading refuses and repair ends.
        for case in cases:
            after = with_history(case, replace(case, role=role), who)
            write_record(project.folder.case(case.id).record, after)
    finally:
        for lock in locks:
            lock.release()
