"""Tools that work slice by slice: interpolate, copy a neighbour."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import Slices
from .between import fill_between
from .claim import claim
from .labels import EditableLabels
from .plane import Plane
from .proposal import Proposal


def interpolate(
    labels: EditableLabels,
    vertebra: int,
    plane: Plane,
    drawn: Collection[int] | None = None,
) -> Proposal:
    """Fill the slices between drawn ones, in empty or own voxels.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        Whose slices.
    plane : Plane
        Which slices were drawn.
    drawn : collection of int, optional
        Numbers of the slices that count; those between lose what they have for what is
        interpolated. If not given: every slice where the vertebra is, so that only gaps are
        filled.

    Raises
    ------
    EditImpossible
        Fewer than two slices are drawn, a named one is empty, no slice lies between, or the
        vertebra has no voxel or is locked.
    """
    labels.check_editable(vertebra)
    slices = labels.box(vertebra)
    name = f"Interpolate {labels.called(vertebra)}"
    own = plane.stacked(labels.array[slices] == vertebra)
    first = slices[plane].start
    shapes = {first + int(i): own[i] for i in np.flatnonzero(own.any(axis=(1, 2)))}
    if drawn is not None:
        shapes = _chosen(name, shapes, drawn)
    if len(shapes) < 2:
        raise EditImpossible(f"{name}: two drawn slices are needed, there is one; draw another")
    made = fill_between(shapes, plane.spacing(labels.spacing_mm))
    if not made:
        raise EditImpossible(f"{name}: no slice lies between the drawn ones")
    return claim_slices(labels, vertebra, plane, slices, made, name)


def copy_slice(
    labels: EditableLabels, vertebra: int, plane: Plane, source: int, target: int
) -> Proposal:
    """A vertebra gets the outline of another slice, in empty or own voxels.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        Whose outline; what it has in the target slice is replaced.
    plane : Plane
        Which slices.
    source, target : int
        Numbers of the slice to copy and of the one to draw.

    Raises
    ------
    EditImpossible
        The source slice is empty, the target lies outside of the scan, or the vertebra has no
        voxel or is locked.
    """
    labels.check_editable(vertebra)
    box = labels.box(vertebra)
    name = f"Copy slice of {labels.called(vertebra)}"
    depth = labels.array.shape[plane]
    if not (0 <= target < depth and 0 <= source < depth):
        raise EditImpossible(
            f"{name}: the scan has slices 0 to {depth - 1}, not {source}, {target}"
        )
    rows, columns = (box[axis] for axis in plane.axes)
    shape = plane.stacked(labels.array[plane.box(slice(source, source + 1), rows, columns)])[0]
    if not (shape == vertebra).any():
        raise EditImpossible(f"{name}: it has nothing in slice {source}; choose another slice")
    return claim_slices(labels, vertebra, plane, box, {target: shape == vertebra}, name)


def claim_slices(
    labels: EditableLabels,
    vertebra: int,
    plane: Plane,
    rectangle: Slices,
    shapes: Mapping[int, NDArray[np.bool_]],
    name: str,
) -> Proposal:
    """A vertebra gets outlines in some slices and keeps what it has in others.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
    plane : Plane
    rectangle : tuple of slice
        A box; its extent across the slices does not matter.
    shapes : mapping of int to (rows, columns) bool
        By slice number, each of the rectangle's size; at least one.
    name : str
        Of the undo step.
    """
    numbers = slice(min(shapes), max(shapes) + 1)
    rows, columns = (rectangle[axis] for axis in plane.axes)
    size = (numbers.stop - numbers.start, rows.stop - rows.start, columns.stop - columns.start)
    wanted, region = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for number, shape in shapes.items():
        wanted[number - numbers.start] = shape
        region[number - numbers.start] = True
    return claim(
        labels,
        vertebra,
        plane.box(numbers, rows, columns),
        plane.unstacked(wanted),
        name,
        region=plane.unstacked(region),
    )


def _chosen(
    name: str, shapes: Mapping[int, NDArray[np.bool_]], drawn: Collection[int]
) -> dict[int, NDArray[np.bool_]]:
    for number in drawn:
        if number not in shapes:
            raise EditImpossible(f"{name}: it has nothing in slice {number}; draw it there first")
    return {number: shapes[number] for number in drawn}
