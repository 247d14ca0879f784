"""CT scans from files, upright and in Hounsfield units, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..volume import Grid, Orientation, Scan, Zyx, floor_hu
from .checks import check_not_constant, spacing_warnings
from .ct_values import check_ct_values
from .formats import read_stored, write_stored
from .kinds import name_of


def read_scan(
    path: str | os.PathLike[str],
    *,
    spacing_mm: tuple[float, float, float] | None = None,
    series: str | None = None,
    check_ct: bool = True,
) -> Scan:
    """Read a CT scan; the format is told by the content.

    Parameters
    ----------
    path : path
        NIfTI, MetaImage, NRRD, TIFF stack, folder of DICOM, or one DICOM file
        of a series.
    spacing_mm : (z, y, x) floats, optional
        For a TIFF stack that does not state it: between pages, rows, columns.
    series : str, optional
        Number of the DICOM series, as the error about several of them lists it.
    check_ct : bool
        Refuse values that are not Hounsfield units. False for volumes made so
        on purpose, such as bone on an empty ground.

    Returns
    -------
    Scan
        (z, y, x) int16 HU in canonical orientation, turned by flips and
        permutations only. ``stored_grid`` keeps the file's own axes (i, j, k);
        for DICOM and TIFF these are (column, row, slice).

    Raises
    ------
    ScanUnreadable
        One sentence: what is wrong with the file and what to do.
    """
    source = Path(path)
    stored = read_stored(source, spacing_mm=spacing_mm, series=series)
    check_not_constant(source.name, stored.voxels)
    if check_ct:
        check_ct_values(source.name, stored.voxels)
    orientation = Orientation.of(stored.affine)
    stored_grid = Grid(Zyx(*stored.voxels.shape), stored.affine)
    return Scan(
        voxels=_floored(orientation.apply(stored.voxels)),
        grid=orientation.apply_to_grid(stored_grid),
        stored_grid=stored_grid,
        orientation=orientation,
        name=name_of(source),
        warnings=stored.warnings + spacing_warnings(source.name, stored_grid.spacing_mm),
    )


def write_scan(path: str | os.PathLike[str], scan: Scan, *, overwrite: bool = False) -> None:
    """Write a scan as int16 HU in the axis order of its file.

    Parameters
    ----------
    path : path
        ``.nii.gz``, ``.nii``, ``.nrrd`` or ``.mha``.
    scan : Scan
        For example a phantom.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OutputRefused
        Unknown suffix, existing file without ``overwrite``, place not writable.
    """
    stored = scan.orientation.undo(scan.voxels)
    write_stored(path, stored, scan.stored_grid.affine, overwrite=overwrite)


def _floored(canonical: NDArray[Any]) -> NDArray[np.int16]:
    """HU slice by slice: a whole-body scan never exists as float."""
    voxels = np.empty(canonical.shape, dtype=np.int16)
    for out, plane in zip(voxels, canonical, strict=True):
        out[:] = floor_hu(plane)
    return voxels
