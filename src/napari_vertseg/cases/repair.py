"""Put a project in order after a crash, a move or a change by hand; no work is deleted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import CaseIncomplete, VertsegError
from .case import Case
from .copies import expected_copies, is_copy, refresh_copies
from .history import with_history
from .layout import CaseFolder
from .leftovers import dead_lock, half_files, stalled_imports, unlisted
from .lock import CaseLock
from .new_file import set_aside
from .project import Project
from .records import read_as, write_record
from .relink import found_again
from .removal import erase
from .scan_source import source_path
from .volumes import file_sha256


def repair_project(
    project: Project, *, who: str, scans: Path | None = None
) -> Iterator[tuple[str | None, str]]:
    """Repair what can be repaired, and say each deed: (case or None, sentence).

    Cases that somebody has open are left alone, which is said too. Drain it.

    Parameters
    ----------
    scans : Path, optional
        Folder to look through for scans that were moved.
    """
    for path in stalled_imports(project.folder):
        shutil.rmtree(path, ignore_errors=True)
        yield None, f"removed {path.name}, an import or removal that was not finished"
    for case_id in project.ids():
        try:
            for deed in _repair_case(project, case_id, who, scans):
                yield case_id, deed
        except VertsegError as error:
            yield case_id, f"left as it is: {error}"


def _repair_case(project: Project, case_id: str, who: str, scans: Path | None) -> Iterator[str]:
    folder = project.folder.case(case_id)
    if dead_lock(folder):
        yield "let go of the lock of a program that is gone"
    lock = CaseLock.take(folder, who)
    try:
        case, said = _sound_record(project, folder, who)
        yield from said
        patient = project.record.patient(case.patient)
        if patient is not None and patient.withdrawn is not None:
            erase(project.folder, case_id)
            yield "removed, as its patient was withdrawn"
            return
        yield from _tidy(folder, case)
        yield from _relink(project, folder, case, who, scans)
    finally:
        lock.release()


def _sound_record(project: Project, folder: CaseFolder, who: str) -> tuple[Case, list[str]]:
    said = []
    try:
        case = read_as(Case, folder.record)
    except CaseIncomplete as error:
        case = _from_snapshot(folder, error)
        if folder.record.exists():
            set_aside(folder, folder.record)
        kept = f"version {len(case.versions)}" if case.versions else "the prediction"
        said.append(f"took case.json from {kept}; changes of the table since then are lost")
        case = with_history(case, case, who, said[0])
        write_record(folder.record, case)
    patient = project.record.patient(case.patient)
    if patient is not None and patient.role is not case.role:
        said.append(f"took the role {patient.role} of its patient in place of {case.role}")
        case = with_history(case, replace(case, role=patient.role), who, "repaired")
        write_record(folder.record, case)
    return case, said


def _from_snapshot(folder: CaseFolder, reason: CaseIncomplete) -> Case:
    """The case as its newest whole version, or else its newest prediction, kept it."""
    snapshots = [p for p in folder.versions.glob("*.json") if p.stem.isdecimal()]
    older = sorted(folder.versions.glob("prediction-*.json"), reverse=True)
    for path in [*sorted(snapshots, reverse=True), *older]:
        try:
            case = read_as(Case, path)
        except CaseIncomplete:
            continue
        if case.id == folder.id:
            return case
    raise reason


def _tidy(folder: CaseFolder, case: Case) -> Iterator[str]:
    for path in half_files(folder):
        path.unlink()
        yield f"removed {path.name}, a file that was not finished"
    for path in unlisted(folder, case):
        yield f"moved {path.name} to set-aside/{set_aside(folder, path).name}"
    known = {p.labels.sha256 for p in case.predictions}
    known |= {v.labels.sha256 for v in case.versions}
    known |= {v.ignore.sha256 for v in case.versions if v.ignore}
    wrong = [
        (path, record)
        for path, record in expected_copies(folder, case)
        if (path.exists() if record is None else not is_copy(path, record))
    ]
    for path, _ in wrong:
        if path.exists() and file_sha256(path) not in known:
            # Somebody changed it with another program: that may be work.
            yield f"moved a changed {path.name} to set-aside/{set_aside(folder, path).name}"
    if wrong:
        refresh_copies(folder, case)
        yield f"made {', '.join(path.name for path, _ in wrong)} anew from versions/"


def _relink(
    project: Project, folder: CaseFolder, case: Case, who: str, scans: Path | None
) -> Iterator[str]:
    if scans is None or source_path(project.folder, case).exists():
        return
    source = found_again(project.folder, case, scans)
    if source is None:
        yield f"did not find its scan in {scans.name}"
        return
    after = with_history(case, replace(case, source=source), who, "the scan was moved")
    write_record(folder.record, after)
    yield f"found its scan again at {source.path}"
