"""The scan of a case: found, read, and recognised by its voxels."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import CaseIncomplete, ScanUnreadable
from ..io import read_scan
from ..volume import Scan, scan_sha256
from .case import Case, Source
from .layout import ProjectFolder


def source_path(project: ProjectFolder, case: Case) -> Path:
    """Where the scan of a case should lie."""
    base = project.case(case.id).path if case.source.is_copied else project.path
    return Path(os.path.normpath(base / case.source.path))


def read_source(project: ProjectFolder, case: Case) -> Scan:
    """The scan of a case.

    Raises
    ------
    CaseIncomplete
        It is missing, unreadable, or its voxels are no longer those that were imported.
    """
    path = source_path(project, case)
    if not path.exists():
        raise missing(case)
    try:
        scan = read_like(path, case.source)
    except ScanUnreadable as error:
        raise CaseIncomplete(f"the scan of {case.id} cannot be read: {error}") from None
    if not is_same_scan(scan, case.source):
        raise CaseIncomplete(
            f"the scan of {case.id} ({path.name}) has changed since it was imported, so its "
            "labels may not fit any more; put the old file back, or import the new one as a "
            "case of its own."
        )
    return scan


def read_like(path: Path, source: Source) -> Scan:
    """A scan file read as the source of a case was."""
    return read_scan(path, spacing_mm=source.spacing_mm, series=source.series)


def is_same_scan(scan: Scan, source: Source) -> bool:
    """Whether it is the scan of a case: same voxels at the same place."""
    return (
        scan.grid.shape == source.grid.shape
        and scan.grid.is_same(source.grid, tolerance_mm=0.05)
        and scan_sha256(scan.voxels) == source.voxels_sha256
    )


def missing(case: Case) -> CaseIncomplete:
    """What to say of a scan that is not where it was."""
    return CaseIncomplete(
        f"the scan of {case.id} is not at {case.source.path} any more; put it back, or tell "
        "vertseg cases repair with --scans in which folder it is now. The labels are all there."
    )
