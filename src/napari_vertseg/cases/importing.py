"""A scan becomes a case: whole in a folder beside, then renamed into the project."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import CaseIncomplete
from .case import Case
from .clock import now
from .copies import refresh_copies
from .files import HistoryEntry, ModelRef
from .foreign_labels import ForeignLabels, Values, read_foreign
from .guard import guarded
from .history import with_history
from .intake import Intake, SpacingMm, copied_source, referenced_source, shown_name, take_in
from .layout import CaseFolder, ProjectFolder
from .new_file import new_snapshots
from .patients import patient_hash, with_patient
from .project import Project
from .project_record import ProjectRecord
from .proposing import proposed
from .records import read_as, write_record
from .saving import saved
from .states import Origin, PatientSource, Role, Verdict
from .vertebra import CaseVertebra

_NOT_YET = "case-0000"


@dataclass(frozen=True, eq=False)
class Imported:
    """A new case, and what its person should know."""

    case: Case
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskToImport:
    """A mask of another tool for a scan."""

    path: Path
    is_reference: bool = False
    """Accepted as it is, rather than a proposal to correct."""
    values: Values = "auto"
    known: Mapping[int, CaseVertebra] | None = None
    """What is known of each value already."""
    model: ModelRef | None = None
    """Whose walk it was, where it is our own."""


def import_scan(
    project: Project,
    path: Path,
    *,
    annotator: str,
    mask: MaskToImport | None = None,
    patient: str | None = None,
    role: Role | None = None,
    copy: bool | None = None,
    series: str | None = None,
    spacing_mm: SpacingMm | None = None,
) -> Imported:
    """Take a scan into a project.

    Parameters
    ----------
    path : Path
        Whatever ``read_scan`` reads.
    mask : MaskToImport, optional
        Its vertebrae, from another tool.
    patient : str, optional
        Anything that tells the patient from others, for files that do not say;
        only a salted hash of it is kept.
    role : Role, optional
        Not given: the patient's, or the proposed one.
    copy : bool, optional
        Copy the scan in; not given = as the project's settings have it.

    Raises
    ------
    ScanUnreadable
        Scan or mask cannot be read.
    CaseIncomplete
        The same voxels are in the project already, the patient was withdrawn or
        has another role, the mask does not fit.
    OutputRefused
        The project is not writable. In every case it is as it was.
    """
    intake = take_in(path, series=series, spacing_mm=spacing_mm)
    record = project.record
    is_copied = record.settings.copy_scans if copy is None else copy
    staging = CaseFolder(project.folder.cases / f".part-{secrets.token_hex(8)}")
    staging.versions.mkdir(parents=True)
    try:
        if is_copied:
            source = copied_source(intake, staging)
        else:
            source = referenced_source(intake, project.folder)
        case = Case(id=_NOT_YET, name="", source=source, patient="", role=Role.TRAIN)
        foreign = None if mask is None else _read(mask, intake)
        if mask is not None and foreign is not None:
            case = _with_mask(case, staging, mask, foreign, annotator)
        word, known_from, doubts = _whose(intake, patient, source.voxels_sha256)
        case = _place(project.folder, staging, case, intake, word, known_from, role, annotator)
    finally:
        shutil.rmtree(staging.path, ignore_errors=True)
    said = foreign.warnings if foreign else ()
    return Imported(case, (*intake.scan.warnings, *doubts, *said))


def _read(mask: MaskToImport, intake: Intake) -> ForeignLabels:
    return read_foreign(mask.path, intake.scan, values=mask.values, known=mask.known)


def _with_mask(
    case: Case, folder: CaseFolder, mask: MaskToImport, foreign: ForeignLabels, annotator: str
) -> Case:
    if not mask.is_reference:
        origin = Origin.MODEL if mask.model else Origin.MASK
        return proposed(
            case, folder, foreign.labels, foreign.vertebrae, origin=origin, model=mask.model
        )
    accepted = [replace(v, verdict=Verdict.ACCEPTED) for v in foreign.vertebrae]
    after = saved(
        case,
        folder,
        foreign.labels,
        accepted,
        annotator=annotator,
        ignore=None,
        minutes=0.0,
        based_on=None,
    )
    # It came with the file: nobody here spent work on it.
    versions = tuple(replace(v, voxels_changed=0) for v in after.versions)
    return replace(after, vertebrae=tuple(accepted), versions=versions)


def _whose(
    intake: Intake, stated: str | None, voxels_sha256: str
) -> tuple[str, PatientSource, tuple[str, ...]]:
    """What to hash, how it is known, and what to warn of."""
    number = intake.patient.number if intake.patient else None
    if number is not None:
        ignored = "The patient was taken from the DICOM files, not from what was stated."
        return number, PatientSource.DICOM, (ignored,) if stated else ()
    if stated is not None and stated.strip():
        return stated, PatientSource.STATED, ()
    doubt = (
        f"{intake.scan.name if intake.patient is None else 'The scan'} does not say whose it is, "
        "so it counts as the only scan of its patient; if there are more of the same patient, "
        "say so at import (--patient), or they may leak into validation."
    )
    return f"file {voxels_sha256}", PatientSource.FILE, (doubt,)


def _place(
    project: ProjectFolder,
    staging: CaseFolder,
    case: Case,
    intake: Intake,
    word: str,
    known_from: PatientSource,
    role: Role | None,
    annotator: str,
) -> Case:
    """Number, patient, role; then the folder gets its name. Only whole cases are ever seen."""
    with guarded(project.path):
        record = read_as(ProjectRecord, project.record)
        _refuse_twin(project, case)
        patient_id = patient_hash(record.salt, word)
        record, patient = with_patient(record, patient_id, known_from, role)
        number = max([record.next_case, *(int(i[5:]) + 1 for i in project.case_ids())])
        folder = project.case(f"case-{number:04d}")
        case = replace(
            case,
            id=folder.id,
            name=shown_name(intake, folder.id),
            patient=patient.id,
            role=patient.role,
        )
        case = _with_first_entry(case, annotator)
        entry = HistoryEntry(when=now(), who=annotator, what=f"imported {folder.id}")
        record = replace(record, next_case=number + 1, history=(*record.history, entry))
        for snapshot in new_snapshots(_bare(case), case):
            write_record(staging.versions / snapshot, case)
        write_record(staging.record, case, overwrite=False)
        refresh_copies(staging, case)
        write_record(project.record, record)
        staging.path.rename(folder.path)
    return case


def _with_first_entry(case: Case, annotator: str) -> Case:
    return with_history(_bare(case), case, annotator, f"imported as {case.role} of {case.patient}")


def _bare(case: Case) -> Case:
    return replace(case, vertebrae=(), predictions=(), versions=())


def _refuse_twin(project: ProjectFolder, case: Case) -> None:
    for case_id in project.case_ids():
        try:
            other = read_as(Case, project.case(case_id).record)
        except CaseIncomplete:
            continue  # a damaged case is told by the check
        if other.source.voxels_sha256 == case.source.voxels_sha256:
            raise CaseIncomplete(
                f"this scan is in the project already, as {other.id} ({other.name}): the same "
                "voxels twice could stand in training and in validation. Nothing was taken in."
            )
