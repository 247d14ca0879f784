"""Random pose of a case on the working grid: rotation, scale, elastic deformation (P22)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.training import AugmentConfig
from napari_vertseg.volume import Grid, Zyx, ZyxFloat


@dataclass(frozen=True, eq=False)
class Warp:
    """Where every voxel of a working grid comes from in a case."""

    coordinates: NDArray[np.float32]
    """(3, z, y, x) real-valued voxel positions in the case."""
    inside: NDArray[np.bool_]
    """(z, y, x): the position lies in the case."""
    grid: Grid
    """Working grid that the coordinates describe."""
    scale: float
    """How much larger the anatomy became."""

    def labels(self, values: NDArray[Any]) -> NDArray[Any]:
        """Nearest neighbour; 0 outside. Labels are never interpolated."""
        index = np.rint(self.coordinates).astype(np.int32)
        for axis, size in enumerate(values.shape):
            np.clip(index[axis], 0, size - 1, out=index[axis])
        return np.where(self.inside, values[index[0], index[1], index[2]], 0).astype(values.dtype)

    def intensity(self, values: NDArray[Any], outside: float) -> NDArray[np.float32]:
        """Linear interpolation; ``outside`` beyond the case."""
        sampled = ndimage.map_coordinates(
            values, self.coordinates, output=np.float32, order=1, mode="nearest"
        )
        return np.where(self.inside, sampled, np.float32(outside))


def draw_warp(
    rng: np.random.Generator, case_grid: Grid, spacing_mm: float, config: AugmentConfig
) -> Warp:
    """Draw a pose; an untouched one in ``1 - warp_share`` of the draws."""
    is_warped = rng.random() < config.warp_share
    scale = float(np.exp(rng.uniform(*np.log(config.scale)))) if is_warped else 1.0
    angles = rng.normal(0, config.rotation_degrees / 2, 3) if is_warped else np.zeros(3)
    extent = np.array(case_grid.shape) * np.array(case_grid.spacing_mm) * scale
    shape = np.maximum(np.ceil(extent / spacing_mm + rng.random(3)), 8).astype(int)
    offsets = np.stack(
        np.meshgrid(
            *[(np.arange(n, dtype=np.float32) - (n - 1) / 2) * spacing_mm for n in shape],
            indexing="ij",
        )
    )
    if is_warped:
        offsets += _elastic(rng, tuple(int(n) for n in shape), config.elastic_mm)
    turn = (_rotation(np.deg2rad(angles)) / scale).astype(np.float32)
    position = np.einsum("ij,jzyx->izyx", turn, offsets)
    for axis in range(3):
        position[axis] /= case_grid.spacing_mm[axis]
        position[axis] += (case_grid.shape[axis] - 1) / 2
    inside = np.ones(position.shape[1:], dtype=bool)
    for axis, size in enumerate(case_grid.shape):
        inside &= (position[axis] >= -0.5) & (position[axis] <= size - 0.5)
    spacing = ZyxFloat(spacing_mm, spacing_mm, spacing_mm)
    grid = Grid.canonical(Zyx(*(int(n) for n in shape)), spacing)
    return Warp(coordinates=position, inside=inside, grid=grid, scale=scale)


def _rotation(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Product of the turns about x, y and z."""
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
    """Smooth random displacement, from about seven control points per axis."""
    field = np.empty((3, *shape), dtype=np.float32)
    points = (7, 6, 6)
    zoom = [n / p for n, p in zip(shape, points, strict=True)]
    for axis in range(3):
        coarse = rng.normal(0, amplitude_mm, points).astype(np.float32)
        coarse = ndimage.gaussian_filter(coarse, 0.6) * 1.8
        field[axis] = ndimage.zoom(coarse, zoom, order=1, mode="nearest", grid_mode=True)
    return field
