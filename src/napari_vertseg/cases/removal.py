"""A patient withdraws: the scans and labels go, and it is said which models have seen them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace

from ..errors import CaseLocked, OutputRefused
from .case import Case
from .clock import now
from .guard import guarded
from .layout import ProjectFolder
from .ledger import change_project
from .lock import CaseLock
from .project import Project
from .project_record import ProjectRecord
from .rounds_read import models_that_saw, read_rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What goes, or went, with a patient."""

    patient: str
    cases: tuple[str, ...]
    models: tuple[str, ...]
    """Trained on the patient, or on from such a model; not touched."""
    referenced: tuple[str, ...]
    """Scans outside the project, which are left to whoever owns them."""


def plan_removal(project: Project, case_id: str) -> Withdrawal:
    """What ``remove_patient`` would do; changes nothing.

    Raises
    ------
    CaseIncomplete
        No such case, or a damaged record of a round.
    """
    patient = project.case(case_id).patient
    cases = [case for case in project.cases() if case.patient == patient]
    return Withdrawal(
        patient=patient,
        cases=tuple(case.id for case in cases),
        models=models_that_saw(read_rounds(project.folder), patient),
        referenced=tuple(c.source.path for c in cases if not c.source.is_copied),
    )


def remove_patient(project: Project, case_id: str, *, who: str) -> Withdrawal:
    """Withdraw the patient of a case: all cases of that patient are deleted.

    The hash stays, so that the patient is not taken in again; models and
    rounds stay, since they are named and whoever decides about them must know.

    Raises
    ------
    CaseLocked
        Somebody works on one of the cases; nothing was removed.
    """
    plan = plan_removal(project, case_id)
    locks = _take_all(project, plan, who)
    what = f"withdrew {plan.patient}: {', '.join(plan.cases)}"
    if plan.models:
        what += f"; trained on it: {', '.join(plan.models)}"
    try:
        # First the decision, then the deed: a crash in between is finished by the repair.
        change_project(project.folder, lambda p: _withdrawn(p, plan.patient), who=who, what=what)
        for case in plan.cases:
            erase(project.folder, case)
    finally:
        for lock in locks:
            lock.release()
    return plan


def erase(project: ProjectFolder, case_id: str) -> None:
    """Delete a case folder: out of sight by one rename, then gone."""
    folder = project.case(case_id).path
    for compared in project.rounds.glob(f"*/masks*/{case_id}"):
        shutil.rmtree(compared, ignore_errors=True)
    with guarded(project.path):
        gone = project.cases / f".part-{case_id}-withdrawn"
        folder.rename(gone)
    try:
        shutil.rmtree(gone)
    except OSError as error:
        raise OutputRefused(
            f"{case_id} is withdrawn, but its files could not be deleted ({error.strerror}); "
            "run vertseg cases repair, or delete the folder cases/.part-… by hand."
        ) from error
    _erase_set_aside(project, case_id)


def _erase_set_aside(project: ProjectFolder, case_id: str) -> None:
    if project.set_aside.is_dir():
        for path in project.set_aside.glob(f"{case_id}-*"):
            path.unlink()


def _take_all(project: Project, plan: Withdrawal, who: str) -> list[CaseLock]:
    locks: list[CaseLock] = []
    try:
        for case_id in plan.cases:
            locks.append(CaseLock.take(project.folder.case(case_id), who))
    except CaseLocked:
        for lock in locks:
            lock.release()
        raise
    return locks


def _withdrawn(project: ProjectRecord, patient: str) -> ProjectRecord:
    at = now()
    return replace(
        project,
        patients=tuple(
            replace(p, withdrawn=at) if p.id == patient else p for p in project.patients
        ),
    )


def withdrawn_cases(project: ProjectRecord, cases: tuple[Case, ...]) -> tuple[str, ...]:
    """Cases that should be gone: their patient was withdrawn, then something stopped."""
    gone = {p.id for p in project.patients if p.withdrawn is not None}
    return tuple(case.id for case in cases if case.patient in gone)
