"""Resampling between grids that share their axes: separable, one axis at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .grid import Grid

_ROUNDING = 1e-6
"""Voxels that the affines' float arithmetic may be off."""


def resample_intensity(voxels: NDArray[Any], source: Grid, target: Grid) -> NDArray[np.float32]:
    """CT values on another spacing of the same box.

    Coarser axes average what each new voxel covers (no aliasing of noise),
    finer ones interpolate linearly.

    Parameters
    ----------
    voxels : (z, y, x)
        On ``source``.
    source, target : Grid
        Same axis directions (``target`` from ``Grid.resized``).

    Returns
    -------
    (z, y, x) float32
        On ``target``.
    """
    return _apply(voxels, [_weights(source, target, a, smooth=True) for a in range(3)])


def resample_linear(values: NDArray[Any], source: Grid, target: Grid) -> NDArray[np.float32]:
    """Linear interpolation between voxel centres; edge values are continued.

    Used for probabilities on the way back to the scan (P15): threshold the
    result at 0.5.
    """
    return _apply(values, [_weights(source, target, a, smooth=False) for a in range(3)])


def resample_nearest(labels: NDArray[Any], source: Grid, target: Grid) -> NDArray[Any]:
    """Nearest neighbour, for label maps; keeps the dtype."""
    index = []
    for axis in range(3):
        # Halves go up everywhere: rounding them to even would take every second voxel twice.
        nearest = np.floor(_positions(source, target, axis) + 0.5 + _ROUNDING)
        index.append(np.clip(nearest, 0, source.shape[axis] - 1).astype(np.intp))
    return np.ascontiguousarray(labels[np.ix_(*index)])


def _positions(source: Grid, target: Grid, axis: int) -> NDArray[np.float64]:
    """Source index of every target voxel centre along one axis."""
    ratio = target.spacing_mm[axis] / source.spacing_mm[axis]
    start = float(source.to_voxel(target.to_world((0, 0, 0)))[axis])
    return start + ratio * np.arange(target.shape[axis], dtype=np.float64)


def _weights(source: Grid, target: Grid, axis: int, *, smooth: bool) -> sparse.csr_matrix:
    """(target, source) matrix of one axis; every row sums to one."""
    position = _positions(source, target, axis)
    ratio = target.spacing_mm[axis] / source.spacing_mm[axis]
    # A triangle of half-width 1 is linear interpolation; widened to the new
    # voxel it is the usual anti-aliased reduction.
    half_width = max(ratio, 1.0) if smooth else 1.0
    reach = int(np.ceil(half_width)) + 1
    offsets = np.arange(-reach, reach + 1)
    columns = np.rint(position).astype(int)[:, None] + offsets
    distance = columns - position[:, None]
    weight = _centred(np.clip(1.0 - np.abs(distance) / half_width, 0.0, None), distance)
    columns = np.clip(columns, 0, source.shape[axis] - 1)
    rows = np.broadcast_to(np.arange(len(position))[:, None], columns.shape)
    matrix = sparse.csr_matrix(
        ((weight / weight.sum(axis=1, keepdims=True)).ravel(), (rows.ravel(), columns.ravel())),
        shape=(len(position), source.shape[axis]),
        dtype=np.float32,
    )
    matrix.eliminate_zeros()
    return matrix


def _centred(weight: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights tilted so that their centre of mass is the voxel asked for.

    A widened triangle on a grid it does not divide leans by up to 0.06 voxels,
    which would shift every mask by that much.
    """
    lean = (weight * distance).sum(axis=1, keepdims=True)
    spread = (weight * distance**2).sum(axis=1, keepdims=True)
    tilt: NDArray[np.float64] = 1.0 - distance * lean / np.maximum(spread, 1e-12)
    return weight * tilt


def _apply(values: NDArray[Any], weights: list[sparse.csr_matrix]) -> NDArray[np.float32]:
    """Reduce slice by slice in the plane first: a big scan never exists as float."""
    along_z, along_y, along_x = weights
    shape = (values.shape[0], along_y.shape[0], along_x.shape[0])
    in_plane = np.empty(shape, dtype=np.float32)
    for z, plane in enumerate(values):
        rows = along_y @ np.asarray(plane, dtype=np.float32)
        in_plane[z] = (along_x @ rows.T).T
    flat = along_z @ in_plane.reshape(shape[0], -1)
    return np.asarray(flat, dtype=np.float32).reshape(along_z.shape[0], *shape[1:])
