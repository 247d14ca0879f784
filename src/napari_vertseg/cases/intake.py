"""A scan on its way into a project: read, hashed, and found a place without showing a patient."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CaseIncomplete
from ..io import read_scan, write_scan
from ..io.dicom_slices import Slice
from ..volume import Scan, scan_sha256
from .case import Source
from .dicom_patient import DicomPatient, dicom_patient, dicom_slices
from .layout import CaseFolder, ProjectFolder
from .volumes import file_sha256

SpacingMm = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Intake:
    """A scan that was read."""

    path: Path
    scan: Scan
    slices: Sequence[Slice]
    """Of a DICOM series; empty for other formats."""
    patient: DicomPatient | None
    series: str | None
    spacing_mm: SpacingMm | None


def take_in(path: Path, *, series: str | None, spacing_mm: SpacingMm | None) -> Intake:
    """Read a scan and what it says about its patient.

    Raises
    ------
    ScanUnreadable
        As ``read_scan``.
    """
    scan = read_scan(path, series=series, spacing_mm=spacing_mm)
    slices = dicom_slices(path, series)
    return Intake(path, scan, slices, dicom_patient(slices), series, spacing_mm)


def copied_source(intake: Intake, folder: CaseFolder) -> Source:
    """Copy the scan in as ``scan.nii.gz``, without any tag of its file."""
    write_scan(folder.scan, intake.scan)
    scan = read_scan(folder.scan)
    if scan_sha256(scan.voxels) != scan_sha256(intake.scan.voxels):
        raise CaseIncomplete(
            f"{intake.path.name} does not come back the same from a copy (an axis near 45°); "
            "import it without copying."
        )
    return _source(scan, folder.scan.name, True, file_sha256(folder.scan), _size(folder.scan))


def referenced_source(intake: Intake, project: ProjectFolder) -> Source:
    """Refer to the scan by its path relative to the project.

    Raises
    ------
    CaseIncomplete
        It lies on another drive, or the path shows the patient.
    """
    path = _relative(intake.path, project)
    if intake.patient is not None and intake.patient.shows_in(path):
        raise CaseIncomplete(
            "The path of this scan contains the name or number of its patient, which must not "
            "stand in a project; copy the scan in (--copy), or rename its folder."
        )
    files = [s.file for s in intake.slices] or [intake.path]
    digest, size = _together(files)
    return _source(
        intake.scan, path, False, digest, size, series=intake.series, spacing_mm=intake.spacing_mm
    )


def shown_name(intake: Intake, case_id: str) -> str:
    """Name of the case: the scan's, unless that shows its patient."""
    name = intake.scan.name
    is_telling = intake.patient is not None and intake.patient.shows_in(name)
    return case_id if is_telling else name


def fingerprint(path: Path, series: str | None = None) -> tuple[str, int]:
    """SHA-256 and bytes of a scan file, or over the files of a DICOM series."""
    return _together([s.file for s in dicom_slices(path, series)] or [path])


def _together(files: Sequence[Path]) -> tuple[str, int]:
    size = sum(_size(file) for file in files)
    if len(files) == 1:
        return file_sha256(files[0]), size
    # In order of the hashes, so that renamed files of a series are the same series.
    digests = sorted(file_sha256(file) for file in files)
    return hashlib.sha256("".join(digests).encode()).hexdigest(), size


def _size(file: Path) -> int:
    return file.stat().st_size


def _relative(path: Path, project: ProjectFolder) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), project.path)).as_posix()
    except ValueError:
        raise CaseIncomplete(
            f"{path.name} lies on another drive than the project, so no relative path leads "
            "there; copy the scan in (--copy)."
        ) from None


def _source(
    scan: Scan,
    path: str,
    is_copied: bool,
    digest: str,
    size: int,
    *,
    series: str | None = None,
    spacing_mm: SpacingMm | None = None,
) -> Source:
    shape = scan.stored_grid.shape
    return Source(
        path=path,
        is_copied=is_copied,
        file_sha256=digest,
        bytes=size,
        voxels_sha256=scan_sha256(scan.voxels),
        stored_shape=(shape.z, shape.y, shape.x),
        stored_affine=tuple(tuple(float(v) for v in row) for row in scan.stored_grid.affine),
        series=series,
        spacing_mm=spacing_mm,
    )
