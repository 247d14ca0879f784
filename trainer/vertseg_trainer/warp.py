"""Random pose of a case on the working grid: rotation, scale, elastic deformation (P22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.training import AugmentConfig
from napari_vertseg.volume import Grid, Zyx, ZyxFloat

_CONTROL_POINTS = (7, 6, 6)
"""Of the elastic deformation, along (z, y, x)."""
_FAR_SIGMAS = 2.0
"""Elastic displacement that is still counted as falling off the grid."""


@dataclass(frozen=True, eq=False)
class Warp:
    """Where every voxel of a working grid comes from in a case.

    A turned case reaches beyond the grid that is kept; the coordinates go on there,
    so that what falls off can be counted.
    """

    roomy: NDArray[np.float32]
    """(3, z, y, x) real-valued voxel positions in the case, on the grid and around it."""
    kept: tuple[slice, slice, slice]
    """The grid within ``roomy``."""
    grid: Grid
    """Working grid."""
    scale: float
    """How much larger the anatomy became."""
    case_shape: tuple[int, int, int]
    """Voxels of the case."""

    @property
    def coordinates(self) -> NDArray[np.float32]:
        """(3, z, y, x) positions of the working grid's voxels in the case."""
        return self.roomy[(slice(None), *self.kept)]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(z, y, x): the voxel comes from inside the case."""
        return _inside(self.coordinates, self.case_shape)

    def labels(self, values: NDArray[Any]) -> NDArray[Any]:
        """Nearest neighbour; 0 outside. Labels are never interpolated."""
        return _nearest(values, self.coordinates)

    def intensity(self, values: NDArray[Any], outside: float) -> NDArray[np.float32]:
        """Linear interpolation; ``outside`` beyond the case."""
        sampled = ndimage.map_coordinates(
            values, self.coordinates, output=np.float32, order=1, mode="nearest"
        )
        return np.where(self.inside, sampled, np.float32(outside))

    def counts(self, values: NDArray[np.uint8]) -> NDArray[np.intp]:
        """(256,) working voxels of each label, those beyond the grid's edge included."""
        return np.bincount(_nearest(values, self.roomy).ravel(), minlength=256)


def draw_warp(
    rng: np.random.Generator, case_grid: Grid, spacing_mm: float, config: AugmentConfig
) -> Warp:
    """Draw a pose; an untouched one, shifted by less than a voxel, where it is not warped."""
    is_warped = rng.random() < config.warp_share
    scale = float(np.exp(rng.uniform(*np.log(config.scale)))) if is_warped else 1.0
    angles = rng.normal(0, config.rotation_degrees / 2, 3) if is_warped else np.zeros(3)
    turn = _rotation(np.deg2rad(angles))
    extent = np.array(case_grid.shape) * np.array(case_grid.spacing_mm) * scale
    shape = np.maximum(np.ceil(extent / spacing_mm + rng.random(3)), 8).astype(int)
    room = np.zeros(3, dtype=int)
    if is_warped:
        reach = np.abs(turn.T) @ extent + 2 * _FAR_SIGMAS * config.elastic_mm
        room = np.maximum(np.ceil((reach / spacing_mm - shape) / 2), 0).astype(int)
    offsets = _offsets_mm(shape + 2 * room, spacing_mm)
    if is_warped:
        offsets += _elastic(rng, offsets.shape[1:], config.elastic_mm)
    position = np.einsum("ij,jzyx->izyx", (turn / scale).astype(np.float32), offsets)
    for axis in range(3):
        position[axis] /= case_grid.spacing_mm[axis]
        position[axis] += (case_grid.shape[axis] - 1) / 2
    kept = tuple(slice(int(r), int(r + n)) for r, n in zip(room, shape, strict=True))
    return Warp(
        roomy=position,
        kept=(kept[0], kept[1], kept[2]),
        grid=Grid.canonical(
            Zyx(*(int(n) for n in shape)), ZyxFloat(spacing_mm, spacing_mm, spacing_mm)
        ),
        scale=scale,
        case_shape=case_grid.shape,
    )


def _offsets_mm(shape: NDArray[np.intp], spacing_mm: float) -> NDArray[np.float32]:
    """(3, z, y, x) millimetres from the middle of a grid."""
    axes = [(np.arange(n, dtype=np.float32) - (n - 1) / 2) * spacing_mm for n in shape]
    return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)


def _nearest(values: NDArray[Any], coordinates: NDArray[np.float32]) -> NDArray[Any]:
    """Values at the nearest voxels, 0 beyond the array."""
    # Halves go up everywhere: rounded to even, half-way positions would repeat every second voxel.
    index = np.floor(coordinates + np.float32(0.5)).astype(np.int32)
    for axis, size in enumerate(values.shape):
        np.clip(index[axis], 0, size - 1, out=index[axis])
    picked = values[index[0], index[1], index[2]]
    return np.where(_inside(coordinates, values.shape), picked, 0).astype(values.dtype)


def _inside(coordinates: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    inside = np.ones(coordinates.shape[1:], dtype=bool)
    for position, size in zip(coordinates, shape, strict=True):
        inside &= (position >= -0.5) & (position <= size - 0.5)
    return inside


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Product of the turns about the three axes."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        a, b = [i for i in range(3) if i != axis]
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix


def _elastic(
    rng: np.random.Generator, shape: tuple[int, ...], amplitude_mm: float
) -> NDArray[np.float32]:
    """Smooth random displacement, from a few control points per axis."""
    field = np.empty((3, *shape), dtype=np.float32)
    zoom = [n / p for n, p in zip(shape, _CONTROL_POINTS, strict=True)]
    for axis in range(3):
        coarse = rng.normal(0, amplitude_mm, _CONTROL_POINTS).astype(np.float32)
        coarse = ndimage.gaussian_filter(coarse, 0.6) * 1.8
        field[axis] = ndimage.zoom(coarse, zoom, order=1, mode="nearest", grid_mode=True)
    return field
