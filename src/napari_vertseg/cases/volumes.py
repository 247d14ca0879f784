"""Label arrays of a case on the disk: on its scan's grid, without reading the scan."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete, ScanUnreadable
from ..io.formats import read_stored, write_stored
from ..volume import Grid, Zyx
from .case import Source
from .files import FileRecord

Ids = NDArray[np.uint16]
_SAME_PLACE_MM = 0.05
"""Single precision and quaternions in a NIfTI header move a corner by less."""


def write_ids(path: Path, labels: NDArray[Any], source: Source) -> FileRecord:
    """Write labels or a mask in the axis order of the scan.

    Parameters
    ----------
    path : Path
        ``….nii.gz``, not there yet.
    labels : (z, y, x) bool or integers in 0 … 65535
        On ``source.grid``.

    Raises
    ------
    OutputRefused
        Taken or not writable.
    """
    small = np.uint8 if labels.dtype == bool or int(labels.max(initial=0)) < 256 else np.uint16
    stored = source.orientation.undo(labels).astype(small)
    write_stored(path, stored, source.stored_grid.affine, overwrite=False)
    return FileRecord(name=path.name, sha256=file_sha256(path))


def read_ids(folder: Path, record: FileRecord, source: Source) -> Ids:
    """Labels of a case; what its record says is checked.

    Returns
    -------
    (z, y, x) uint16
        On ``source.grid``.

    Raises
    ------
    CaseIncomplete
        Missing, damaged, changed since it was saved, or on another grid.
    """
    path = folder / record.name
    if not path.is_file():
        raise _broken(path, "is missing")
    if file_sha256(path) != record.sha256:
        raise _broken(path, "is no longer what was saved")
    try:
        stored = read_stored(path)
    except ScanUnreadable as error:
        raise _broken(path, f"cannot be read ({error})") from None
    if not Grid(Zyx(*stored.voxels.shape), stored.affine).is_same(
        source.stored_grid, _SAME_PLACE_MM
    ):
        raise _broken(path, "lies on another grid than the scan")
    canonical = source.orientation.apply(stored.voxels)
    return np.ascontiguousarray(canonical, dtype=np.uint16)


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _broken(path: Path, reason: str) -> CaseIncomplete:
    case = path.parent.parent.name
    return CaseIncomplete(
        f"{path.name} of {case} {reason}; earlier versions are not touched. "
        "Take the file from a backup, or go on from an earlier version."
    )
