"""Label maps from files, and back onto the grid of the scan they belong to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete, ScanUnreadable
from ..volume import Grid, Orientation, Scan, Zyx
from .formats import read_stored, write_stored

Labels = NDArray[np.uint8] | NDArray[np.uint16]
_SAME_PLACE_MM = 1e-2
_WHOLE_WITHIN = 1e-3
"""Scaled files hold 3 as 2.9999998."""


def read_labels(path: str | os.PathLike[str], like: Scan | None = None) -> tuple[Labels, Grid]:
    """Read a label map in canonical orientation.

    Parameters
    ----------
    path : path
        NIfTI, MetaImage or NRRD with whole numbers; an empty map (all 0) is one.
    like : Scan, optional
        The scan it belongs to; its grid is required to within 0.01 mm. The
        axis order of the two files may differ.

    Returns
    -------
    labels : (z, y, x) uint8, or uint16 where a value exceeds 255
    grid : Grid
        Canonical grid of the labels.

    Raises
    ------
    ScanUnreadable
        The file is no volume, or not one of labels.
    CaseIncomplete
        Labels and scan lie on different grids.
    """
    source = Path(path)
    stored = read_stored(source)
    labels = _whole_numbers(source.name, stored.voxels)
    orientation = Orientation.of(stored.affine)
    stored_grid = Grid(Zyx(*labels.shape), stored.affine)
    if like is not None and stored_grid.is_same(like.stored_grid, _SAME_PLACE_MM):
        # Near 45 degrees a rounding would turn the two files differently.
        orientation = like.orientation
    grid = orientation.apply_to_grid(stored_grid)
    if like is not None and not grid.is_same(like.grid, _SAME_PLACE_MM):
        raise CaseIncomplete(
            f"labels {source.name} ({_described(grid)}) do not lie on the grid of scan "
            f"{like.name} ({_described(like.grid)}); give the labels of this very scan, "
            "or resample them onto it."
        )
    return np.ascontiguousarray(orientation.apply(labels)), grid


def write_labels(
    path: str | os.PathLike[str],
    labels: NDArray[Any],
    scan: Scan,
    *,
    overwrite: bool = False,
) -> None:
    """Write a canonical label map on the scan's own grid and in its axis order.

    Parameters
    ----------
    path : path
        ``.nii.gz``, ``.nii``, ``.nrrd`` or ``.mha``.
    labels : (z, y, x) bool or integer
        On ``scan.grid``; stored as uint8, or uint16 where a value exceeds 255.
    scan : Scan
        Tells grid and axis order.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OutputRefused
        Unknown suffix, existing file without ``overwrite``, place not writable.
    ValueError
        Labels of another shape than the scan, or not whole numbers from 0.
    """
    if labels.shape != tuple(scan.grid.shape):
        raise ValueError(f"labels {labels.shape} do not fit scan {tuple(scan.grid.shape)}")
    if labels.dtype.kind not in "bui":
        raise ValueError(f"labels are {labels.dtype}, not whole numbers")
    if labels.size and not 0 <= int(labels.min()) <= int(labels.max()) <= np.iinfo(np.uint16).max:
        raise ValueError(f"labels from {labels.min()} to {labels.max()} do not fit 16 bits")
    stored = scan.orientation.undo(_smallest(labels))
    write_stored(path, stored, scan.stored_grid.affine, overwrite=overwrite)


def _whole_numbers(name: str, voxels: NDArray[Any]) -> Labels:
    if voxels.dtype.kind == "f":
        whole = np.rint(voxels)
        if float(np.abs(voxels - whole).max()) > _WHOLE_WITHIN:
            raise ScanUnreadable(
                f"{name} is no label map: it holds numbers that are not whole, perhaps after "
                "linear resampling; resample labels by nearest neighbour."
            )
        voxels = whole
    if voxels.min() < 0 or voxels.max() > np.iinfo(np.uint16).max:
        raise ScanUnreadable(
            f"{name} is no label map: its values run from {voxels.min():g} to {voxels.max():g}; "
            "give whole numbers from 0 to 65535."
        )
    return _smallest(voxels)


def _smallest(labels: NDArray[Any]) -> Labels:
    if int(labels.max()) > np.iinfo(np.uint8).max:
        return labels.astype(np.uint16)
    return labels.astype(np.uint8)


def _described(grid: Grid) -> str:
    shape = " × ".join(str(n) for n in grid.shape)
    spacing = " × ".join(f"{v:.3g}" for v in grid.spacing_mm)
    corner = ", ".join(f"{v:.1f}" for v in grid.to_world((0, 0, 0)))
    return f"{shape} voxels of {spacing} mm from ({corner}) mm"
