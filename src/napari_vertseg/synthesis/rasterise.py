"""Shapes onto a lattice: vertebrae that never share voxels, counted beyond the view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .shape_parts import Field
from .spine_curve import Pose

Floats = NDArray[np.float64]
Bounds = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, eq=False)
class Shape:
    """One bone to be rasterised."""

    value: int
    """Label."""
    pose: Pose
    """Where; ``center_mm`` counts from the view's first voxel centre."""
    extent_mm: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
    """Bounds along local (h, p, s)."""
    distance: Callable[[Field, Field, Field], Field]
    """Signed distance in mm at local coordinates."""


@dataclass(frozen=True, eq=False)
class Rasterised:
    """Labels in view and how much of each bone is there."""

    labels: NDArray[np.uint8]
    """(z, y, x) uint8."""
    visible_share: dict[int, float]
    """Per label: voxels in view over voxels of the whole bone."""


def rasterise(
    shapes: list[Shape],
    view: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    gap_mm: float,
) -> Rasterised:
    """Label map of all shapes that reach into a view.

    Parameters
    ----------
    shapes : list of Shape
        Head to foot; an earlier one wins where two would touch.
    view : (z, y, x)
        Voxels in view.
    spacing_mm : (z, y, x)
        Voxel size.
    gap_mm : float
        Clearance kept between consecutive shapes.

    Notes
    -----
    The lattice is continued beyond the view as far as the bones that are cut,
    so that the visible share is exact on it.
    """
    spacing = np.array(spacing_mm)
    bounds = [_bounds(shape, spacing) for shape in shapes]
    seen = [k for k, b in enumerate(bounds) if _touches(b, view)]
    first = np.min([bounds[k][0] for k in seen] + [np.zeros(3, dtype=np.intp)], axis=0)
    last = np.max([bounds[k][1] for k in seen] + [np.array(view, dtype=np.intp)], axis=0)
    labels = np.zeros(tuple(last - first), dtype=np.uint8)
    fields: dict[int, Field] = {}
    for k in seen:
        field = _field(shapes[k], bounds[k], spacing)
        for j in (k - 1, k - 2):
            if j in fields:
                _keep_clear(field, bounds[k], fields[j], bounds[j], gap_mm)
        mask = _largest(field < 0)
        part = labels[_slices(bounds[k], first)]
        part[mask & (part == 0)] = shapes[k].value
        fields[k] = field
        fields.pop(k - 2, None)
    inside = labels[_slices((np.zeros(3, dtype=np.intp), np.array(view)), first)]
    whole = np.bincount(labels.ravel(), minlength=256)
    kept = np.bincount(inside.ravel(), minlength=256)
    share = {int(v): float(kept[v] / whole[v]) for v in np.flatnonzero(kept[1:]) + 1}
    return Rasterised(np.ascontiguousarray(inside), share)


def _bounds(shape: Shape, spacing: Floats) -> Bounds:
    """First and one-past-last voxel of a shape's box, unclipped."""
    corners = np.array(np.meshgrid(*shape.extent_mm, indexing="ij")).reshape(3, -1).T
    world = (shape.pose.center_mm + corners @ shape.pose.axes) / spacing
    low = np.floor(world.min(axis=0)).astype(np.intp)
    return low, np.ceil(world.max(axis=0)).astype(np.intp) + 1


def _touches(bounds: Bounds, view: tuple[int, int, int]) -> bool:
    return bool(np.all(bounds[1] > 0) and np.all(bounds[0] < np.array(view)))


def _slices(bounds: Bounds, first: NDArray[np.intp]) -> tuple[slice, ...]:
    return tuple(slice(int(a), int(b)) for a, b in zip(*(v - first for v in bounds), strict=True))


def _field(shape: Shape, bounds: Bounds, spacing: Floats) -> Field:
    """Signed distance on a shape's box."""
    offsets = []
    for axis in range(3):
        line = np.arange(bounds[0][axis], bounds[1][axis]) * spacing[axis]
        line = line - shape.pose.center_mm[axis]
        form = [1, 1, 1]
        form[axis] = -1
        offsets.append(line.astype(np.float32).reshape(form))
    local = [
        offsets[0] * np.float32(a[0])
        + offsets[1] * np.float32(a[1])
        + offsets[2] * np.float32(a[2])
        for a in shape.pose.axes
    ]
    return shape.distance(*local)


def _keep_clear(field: Field, mine: Bounds, other: Field, theirs: Bounds, gap_mm: float) -> None:
    """Push a field outside wherever a neighbour is nearer than the gap, in place."""
    low, high = np.maximum(mine[0], theirs[0]), np.minimum(mine[1], theirs[1])
    if np.any(high <= low):
        return
    part = field[_slices((low, high), mine[0])]
    np.maximum(part, gap_mm - other[_slices((low, high), theirs[0])], out=part)


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest piece: clearance may cut off a tip."""
    pieces, count = ndimage.label(mask)
    if count <= 1:
        return mask
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    return np.asarray(pieces == sizes.argmax())
