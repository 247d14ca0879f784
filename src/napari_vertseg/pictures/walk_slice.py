"""A slice along the spine that a walk found, through the scan at its own resolution."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..volume import Grid, Scan
from .panel import pixel_mm
from .planes import View
from .sheet import ViewSize
from .walk_story import WalkStory

_PICTURE_MM: Final = 1.0
"""Pixels of the CT; the masks have those of the working grid."""


def curved_slice(scan: Scan, story: WalkStory, view: View) -> NDArray[np.float32]:
    """CT values along the spine, sampled where they are shown: the scan is not resampled."""
    grid, planes = story.grid, story.planes
    size = size_of(grid, view)
    rows = np.arange(max(round(size.height_mm / _PICTURE_MM), 1))
    columns = np.arange(max(round(size.width_mm / _PICTURE_MM), 1))
    down_mm, across_mm = pixel_mm(grid.spacing_mm, view)
    z = (rows + 0.5) * size.height_mm / rows.size / down_mm - 0.5
    across = (columns + 0.5) * size.width_mm / columns.size / across_mm - 0.5
    curve = np.interp(z, np.arange(grid.shape.z), planes.x if view == "sagittal" else planes.y)
    points = np.empty((rows.size, columns.size, 3))
    points[..., 0] = z[:, None]
    points[..., 1], points[..., 2] = (
        (across[None], curve[:, None]) if view == "sagittal" else (curve[:, None], across[None])
    )
    voxels = np.moveaxis(scan.grid.to_voxel(grid.to_world(points)), -1, 0)
    picture: NDArray[np.float32] = ndimage.map_coordinates(
        scan.voxels, voxels, output=np.float32, order=1, mode="nearest"
    )
    return picture


def shape_of(grid: Grid, view: View) -> tuple[int, int]:
    """Rows and columns of a view in voxels of a grid."""
    return grid.shape.z, grid.shape.y if view == "sagittal" else grid.shape.x


def size_of(grid: Grid, view: View) -> ViewSize:
    """Millimetres of a view of a whole grid."""
    rows, columns = shape_of(grid, view)
    down_mm, across_mm = pixel_mm(grid.spacing_mm, view)
    return ViewSize(columns * across_mm, rows * down_mm)
