"""The scan on the model's isotropic grid (P1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SegmentationFailed
from ..volume import AIR_HU, Grid, Scan, Zyx, ZyxFloat, resample_intensity


@dataclass(frozen=True, eq=False)
class WorkingImage:
    """CT values that the walk sees."""

    voxels: NDArray[np.int16]
    """(z, y, x) int16 HU, nothing below air."""
    grid: Grid
    """Isotropic, same axis directions as the scan's canonical grid."""


def to_working_grid(scan: Scan, spacing_mm: float) -> WorkingImage:
    """Resample a scan for the network: averaged where it is finer, linear where coarser.

    Parameters
    ----------
    scan : Scan
        Any spacing.
    spacing_mm : float
        Isotropic voxel size of the model.
    """
    grid = scan.grid.resized(ZyxFloat(spacing_mm, spacing_mm, spacing_mm))
    hu = resample_intensity(scan.voxels, scan.grid, grid)
    np.clip(np.rint(hu, out=hu), AIR_HU, np.iinfo(np.int16).max, out=hu)
    return WorkingImage(voxels=hu.astype(np.int16), grid=grid)


def working_voxel(scan: Scan, working: Grid, voxel: tuple[int, int, int]) -> Zyx:
    """The working-grid voxel that holds a (z, y, x) voxel of the canonical scan.

    Raises
    ------
    SegmentationFailed
        The scan has no such voxel.
    """
    shape = tuple(scan.grid.shape)
    if any(not 0 <= v < n for v, n in zip(voxel, shape, strict=True)):
        raise SegmentationFailed(
            f"The start {tuple(voxel)} lies outside the scan, which has {shape} voxels along "
            "(z, y, x); choose a voxel inside, counted from 0."
        )
    position = working.to_voxel(scan.grid.to_world(voxel))
    limit = np.array(working.shape) - 1
    return Zyx(*(int(v) for v in np.clip(np.rint(position), 0, limit)))
