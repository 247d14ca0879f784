"""What must be said about a case before a model may learn from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ..anatomy import head_to_foot_rank
from ..errors import CaseIncomplete
from .arrays import current_labels_of, ignore_of
from .case import Case
from .clock import now
from .files import VersionRecord
from .layout import CaseFolder, ProjectFolder
from .ledger import change_project
from .project_record import ProjectRecord
from .states import Status


def submitted(project: ProjectFolder, folder: CaseFolder, case: Case, annotator: str) -> Case:
    """The case with a version marked as submitted; fixes the role of its patient.

    Raises
    ------
    CaseIncomplete
        One sentence that names everything that is missing.
    """
    lacking = list(missing_for_training(case))
    if lacking:
        raise CaseIncomplete(
            f"{case.id} cannot be submitted yet: {'; '.join(lacking)}. "
            "Nothing was changed; put it right and submit again."
        )
    _check_labels(folder, case)
    _fix_role(project, case, annotator)
    before = case.version
    labels = before.labels if before else case.predictions[-1].labels
    version = VersionRecord(
        number=len(case.versions) + 1,
        saved=now(),
        annotator=annotator,
        based_on=before.number if before else None,
        labels=labels,
        ignore=before.ignore if before else None,
        minutes=0.0,
        voxels_changed=0,
        is_submitted=True,
    )
    return replace(case, status=Status.DONE, versions=(*case.versions, version))


def missing_for_training(case: Case) -> Iterator[str]:
    """One clause for each thing that is missing; nothing for a case that can be submitted."""
    if case.status is Status.EXCLUDED:
        yield "it is excluded"
    if not case.vertebrae:
        yield "no vertebra is in its table"
    open_ones = [v for v in case.vertebrae if not v.verdict.is_settled]
    if open_ones:
        names = ", ".join(f"{v.name} is {v.verdict}" for v in open_ones)
        yield f"{names} (accept or ignore each)"
    yield from _level_faults(case)
    yield from _range_faults(case)


def _level_faults(case: Case) -> Iterator[str]:
    levels = [v.anatomical for v in case.vertebrae]
    known = [level for level in levels if level is not None]
    twice = [level.name for level, count in Counter(known).items() if count > 1]
    if twice:
        yield f"two vertebrae are called {', '.join(twice)}"
    ranks = [head_to_foot_rank(int(level)) for level in known]
    if not twice and ranks != sorted(ranks):
        yield f"the levels do not run head to foot ({', '.join(level.name for level in known)})"


def _range_faults(case: Case) -> Iterator[str]:
    reviewed = case.reviewed
    if reviewed is None:
        yield "the reviewed range is not stated (between which vertebrae was none missed?)"
        return
    ends = [end for end in (reviewed.first, reviewed.last) if end is not None]
    found = [v for v in map(case.vertebra, ends) if v is not None]
    if len(found) < len(ends):
        yield "the reviewed range ends at a vertebra that is not in the table"
    elif len(found) == 2 and found[0].order > found[1].order:
        yield "the reviewed range runs from foot to head"


def _check_labels(folder: CaseFolder, case: Case) -> None:
    """Reading them proves that the files are whole; a missing or changed scan shows later."""
    current_labels_of(folder, case)
    ignore_of(folder, case)


def _fix_role(project: ProjectFolder, case: Case, annotator: str) -> None:
    def fix(record: ProjectRecord) -> ProjectRecord:
        patients = tuple(
            replace(p, is_role_fixed=True) if p.id == case.patient else p for p in record.patients
        )
        return replace(record, patients=patients)

    change_project(
        project, fix, who=annotator, what=f"role {case.role} of {case.patient} is fixed"
    )
