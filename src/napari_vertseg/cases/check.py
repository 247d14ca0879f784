"""Is a project sound: everything that is not as the records say, each in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CaseIncomplete, VertsegError
from .case import Case, Source
from .copies import expected_copies, is_copy
from .files import FileRecord
from .intake import fingerprint
from .layout import CaseFolder
from .leftovers import dead_lock, half_files, has_lost_edits, is_at_work, stalled_imports, unlisted
from .project import Project
from .removal import withdrawn_cases
from .rounds_read import read_rounds
from .scan_source import is_same_scan, missing, read_like, source_path
from .volumes import file_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be."""

    case: str | None
    """None: of the project as a whole."""
    what: str
    can_be_repaired: bool
    """By ``repair_project``; otherwise the sentence says what a person can do."""


def check_project(project: Project, *, is_thorough: bool = True) -> tuple[Finding, ...]:
    """Everything that is wrong with a project; changes nothing.

    Parameters
    ----------
    is_thorough : bool
        Read every scan and every version. Otherwise only look whether they are there.

    Raises
    ------
    CaseIncomplete
        ``vertseg.json`` itself cannot be read.
    """
    found = list(_project_findings(project))
    sound = []
    for case_id in project.ids():
        try:
            sound.append(project.case(case_id))
        except CaseIncomplete as error:
            found.append(Finding(case=case_id, what=str(error), can_be_repaired=True))
    for case in sound:
        found += _case_findings(project, case, is_thorough)
    found += _twins(sound)
    for case_id in withdrawn_cases(project.record, tuple(sound)):
        what = "its patient was withdrawn, yet it is still there"
        found.append(Finding(case=case_id, what=what, can_be_repaired=True))
    return tuple(found)


def _project_findings(project: Project) -> Iterator[Finding]:
    for path in stalled_imports(project.folder):
        what = f"{path.name} is an import or a removal that was not finished"
        yield Finding(case=None, what=what, can_be_repaired=True)
    try:
        read_rounds(project.folder)
    except CaseIncomplete as error:
        yield Finding(case=None, what=str(error), can_be_repaired=False)


def _case_findings(project: Project, case: Case, is_thorough: bool) -> Iterator[Finding]:
    folder = project.folder.case(case.id)
    # Somebody at work may be writing them at this moment.
    strays = [] if is_at_work(folder) else [*unlisted(folder, case), *half_files(folder)]
    for path in strays:
        what = f"{path.name} is in no record, as after a crash in mid-save"
        yield Finding(case=case.id, what=what, can_be_repaired=True)
    if dead_lock(folder):
        what = "lock.json was left by a program that is gone"
        yield Finding(case=case.id, what=what, can_be_repaired=True)
    if has_lost_edits(folder, case):
        what = "its journal holds edits that were never saved; open the case to get them back"
        yield Finding(case=case.id, what=what, can_be_repaired=False)
    for path, record in expected_copies(folder, case):
        if path.exists() if record is None else not is_copy(path, record):
            what = f"{path.name} is not the newest version of it"
            yield Finding(case=case.id, what=what, can_be_repaired=True)
    for what in (*_bad_files(folder, case, is_thorough), *_bad_scan(project, case, is_thorough)):
        yield Finding(case=case.id, what=what, can_be_repaired=False)


def _bad_files(folder: CaseFolder, case: Case, is_thorough: bool) -> Iterator[str]:
    records: list[FileRecord] = [p.labels for p in case.predictions]
    for version in case.versions:
        records += [version.labels, *([version.ignore] if version.ignore else [])]
        if not (folder.versions / version.snapshot).is_file():
            yield f"{version.snapshot} is missing; take it from a backup"
    for record in dict.fromkeys(records):
        path = folder.versions / record.name
        if not path.is_file():
            yield f"{record.name} is missing; take it from a backup"
        elif is_thorough and file_sha256(path) != record.sha256:
            yield f"{record.name} is no longer what was saved; take it from a backup"


def _bad_scan(project: Project, case: Case, is_thorough: bool) -> Iterator[str]:
    path = source_path(project.folder, case)
    try:
        if not path.exists():
            yield str(missing(case))
        elif is_thorough and _has_changed(path, case.source):
            yield (
                f"the scan at {case.source.path} has changed since it was imported; put the old "
                "file back, or import the new one as a case of its own"
            )
    except VertsegError as error:
        yield f"its scan cannot be read: {error}"


def _has_changed(path: Path, source: Source) -> bool:
    if fingerprint(path, source.series)[0] == source.file_sha256:
        return False
    return not is_same_scan(read_like(path, source), source)  # packed anew, perhaps


def _twins(cases: list[Case]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for case in cases:
        twin = seen.setdefault(case.source.voxels_sha256, case.id)
        if twin != case.id:
            what = f"it is the same scan as {twin}; exclude one of them"
            yield Finding(case=case.id, what=what, can_be_repaired=False)
