"""The visible surface of a mask by parallel projection, in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..volume import Grid, Zyx
from .colours import Rgb

Image = NDArray[np.float32]

_SMOOTH_MM: Final = 0.8
_SMOOTH_VOXELS: Final = 0.6
"""At least so much, or thick slices become stairs."""
_LEVEL: Final = 0.45
"""Surface of the smoothed mask; below a half, or thin arches would vanish."""
_LAMP: Final = np.array([-0.45, -0.35, -0.82], dtype=np.float32)
"""Towards the lamp, (down, right, away), length 1: from above, from the left, from the viewer."""
_AMBIENT: Final = 0.3
_GLOW: Final = 0.7
"""The same for half transparent surfaces: their rims shall not be dark."""
_DEPTH_MM: Final = 1.0
"""Distance of samples along the way one looks; the surface is found between them."""
_GLASS: Final = (0.4, 0.95)
"""Opacity of half transparent surfaces, seen straight on and edge on: the rims of glass show."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where one looks from: unit vectors of the patient's space (RAS)."""

    title: str
    down: tuple[float, float, float]
    """Down in the picture."""
    right: tuple[float, float, float]
    """To the right in the picture."""
    away: tuple[float, float, float]
    """The way one looks."""
    sides: tuple[str, str]
    """Letters for the left and the right border of the picture."""

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3): columns are down, right, away."""
        return np.array([self.down, self.right, self.away], dtype=np.float64).T


FROM_LEFT: Final = Viewpoint(
    "from the patient's left", (0, 0, -1), (0, -1, 0), (1, 0, 0), ("A", "P")
)
FROM_FRONT: Final = Viewpoint("from the front", (0, 0, -1), (-1, 0, 0), (0, -1, 0), ("R", "L"))


@dataclass(frozen=True, eq=False, slots=True)
class Relief:
    """The visible surface of one mask, as a picture."""

    corner: tuple[int, int]
    """Row and column of its first pixel; pixels are counted from the world's origin."""
    depth_mm: Image
    """(row, column) distance along the way one looks; infinite beside the mask."""
    shade: Image
    """(row, column) brightness, 0 … 1."""
    opacity: Image
    """(row, column) of the surface; 1 for solid ones."""
    colour: Rgb
    is_glass: bool
    """Half transparent."""


def relief_of(
    mask: NDArray[np.bool_],
    start: Zyx,
    grid: Grid,
    view: Viewpoint,
    pixel_mm: float,
    *,
    colour: Rgb,
    is_glass: bool = False,
) -> Relief:
    """Project one mask; only its own box is ever sampled.

    Parameters
    ----------
    mask : (z, y, x) bool
        Crop of one vertebra.
    start : Zyx
        First voxel of the crop on ``grid``.
    grid : Grid
        Any spacing and direction.
    view : Viewpoint
    pixel_mm : float
        Of the picture.
    colour : Rgb
    is_glass : bool
    """
    field, first = _smoothed(mask, start, grid)
    samples, corner = _sampled(field, first, grid, view, pixel_mm)
    is_hit = (samples > _LEVEL).any(axis=2)
    index = np.maximum((samples > _LEVEL).argmax(axis=2), 1)
    outward = _outward(samples, index, pixel_mm)
    depth = (_crossing(samples, index) + corner[2]) * _DEPTH_MM
    return Relief(
        corner=(corner[0], corner[1]),
        depth_mm=np.where(is_hit, depth, np.inf).astype(np.float32),
        shade=_shade(outward, _GLOW if is_glass else _AMBIENT),
        opacity=_opacity(outward) if is_glass else np.ones(index.shape, dtype=np.float32),
        colour=colour,
        is_glass=is_glass,
    )


def _smoothed(mask: NDArray[np.bool_], start: Zyx, grid: Grid) -> tuple[Image, NDArray[np.int64]]:
    """The mask as a smooth field with a rim of nothing, and its first voxel."""
    sigma = [max(_SMOOTH_MM / mm, _SMOOTH_VOXELS) for mm in grid.spacing_mm]
    rim = [int(np.ceil(3 * s)) + 1 for s in sigma]
    padded = np.pad(mask, [(n, n) for n in rim]).astype(np.float32)
    return ndimage.gaussian_filter(padded, sigma), np.subtract(start, rim)


def _sampled(
    field: Image, first: NDArray[np.int64], grid: Grid, view: Viewpoint, pixel_mm: float
) -> tuple[Image, tuple[int, int, int]]:
    """(row, column, depth) samples of a field, and the first pixel's place."""
    ends = np.array([first, first + field.shape - 1])
    corners = np.array([[ends[i, 0], ends[j, 1], ends[k, 2]] for i, j, k in np.ndindex(2, 2, 2)])
    steps_mm = np.array([pixel_mm, pixel_mm, _DEPTH_MM])
    seen = grid.to_world(corners) @ view.axes / steps_mm
    low, high = np.floor(seen.min(axis=0)), np.ceil(seen.max(axis=0)) + 1
    to_voxel = np.linalg.inv(grid.affine[:3, :3])
    matrix = to_voxel @ view.axes * steps_mm
    offset = to_voxel @ (view.axes @ (low * steps_mm) - grid.affine[:3, 3]) - first
    shape = tuple(int(n) for n in high - low)
    samples = ndimage.affine_transform(field, matrix, offset, shape, order=1, cval=0.0)
    row, column, depth = (int(n) for n in low)
    return samples, (row, column, depth)


def _crossing(samples: Image, index: NDArray[np.intp]) -> Image:
    """Where the field passes the level, between two samples."""
    rows, columns = np.ogrid[: index.shape[0], : index.shape[1]]
    before, after = samples[rows, columns, index - 1], samples[rows, columns, index]
    rise = np.maximum(after - before, 1e-6)
    crossed: Image = index - np.clip((after - _LEVEL) / rise, 0, 1)
    return crossed


def _outward(samples: Image, index: NDArray[np.intp], pixel_mm: float) -> Image:
    """(down, right, away) unit normals of the surface, from the slope of the field."""
    places: list[Any] = [*np.ogrid[: index.shape[0], : index.shape[1]], index]
    outward = np.empty((3, *index.shape), dtype=np.float32)
    for axis in range(3):
        ahead, behind = list(places), list(places)
        ahead[axis] = np.minimum(places[axis] + 1, samples.shape[axis] - 1)
        behind[axis] = np.maximum(places[axis] - 1, 0)
        outward[axis] = samples[tuple(behind)] - samples[tuple(ahead)]
    outward[2] *= pixel_mm / _DEPTH_MM
    unit: Image = outward / np.maximum(np.linalg.norm(outward, axis=0), 1e-6)
    return unit


def _shade(outward: Image, ambient: float) -> Image:
    """Lambert's law."""
    facing = np.tensordot(_LAMP, outward, axes=1).clip(0, 1)
    return np.asarray(ambient + (1 - ambient) * facing, dtype=np.float32)


def _opacity(outward: Image) -> Image:
    straight_on, edge_on = _GLASS
    turned_away = 1.0 - np.abs(outward[2])
    return np.asarray(straight_on + (edge_on - straight_on) * turned_away**2, dtype=np.float32)
