"""One way in and one way out for all file formats."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputRefused, ScanUnreadable
from .atomic import atomic_path, writing
from .checks import check_volume
from .dicom import read_dicom
from .itk import read_itk, write_itk
from .kinds import Kind, kind_of, reading
from .nifti import read_nifti, write_nifti
from .stored import StoredVolume
from .tiff import SpacingMm, read_tiff

_WRITERS = {
    ".nii.gz": write_nifti,
    ".nii": write_nifti,
    ".nrrd": write_itk,
    ".mha": write_itk,
}


def read_stored(
    path: Path, *, spacing_mm: SpacingMm | None = None, series: str | None = None
) -> StoredVolume:
    """Volume of any known format, geometry checked, values not judged.

    Raises
    ------
    ScanUnreadable
        With one sentence that names the file, the reason and what to do.
    """
    kind = kind_of(path)
    if spacing_mm is not None and kind is not Kind.TIFF:
        raise ScanUnreadable(
            f"{path.name} is {kind.value}, which states its own spacing; "
            "leave out the spacing option, it is for TIFF stacks."
        )
    if series is not None and kind is not Kind.DICOM:
        raise ScanUnreadable(
            f"{path.name} is {kind.value} and holds one volume; "
            "leave out the series option, it is for folders of DICOM."
        )
    with reading(path, kind.value):
        stored = _read(path, kind, spacing_mm, series)
        check_volume(path.name, stored)
    return stored


def write_stored(
    path: str | os.PathLike[str],
    voxels: NDArray[Any],
    affine: NDArray[np.float64],
    *,
    overwrite: bool,
) -> None:
    """Write a volume in file order, atomically, in the format of the suffix.

    Raises
    ------
    OutputRefused
        Unknown suffix, existing file without ``overwrite``, place not writable.
    """
    target = Path(path)
    for suffix, write in _WRITERS.items():
        if target.name.lower().endswith(suffix):
            with atomic_path(target, overwrite) as beside, writing(target):
                write(beside, voxels, affine)
            return
    raise OutputRefused(
        f"{target.name} has no suffix of a format that can be written; "
        f"end it with one of {', '.join(_WRITERS)}."
    )


def _read(
    path: Path, kind: Kind, spacing_mm: SpacingMm | None, series: str | None
) -> StoredVolume:
    if kind is Kind.NIFTI:
        return read_nifti(path)
    if kind is Kind.TIFF:
        return read_tiff(path, spacing_mm)
    if kind is Kind.DICOM:
        return read_dicom(path, series)
    return read_itk(path, kind)
