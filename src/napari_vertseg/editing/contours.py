"""Contours drawn in slices become the mask of a vertebra (P25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import bounding_slices
from .between import fill_between
from .index import around
from .labels import EditableLabels
from .live_wire import Contour
from .plane import Plane
from .proposal import Proposal
from .slicewise import claim_slices


def fill_contours(
    labels: EditableLabels,
    vertebra: int,
    contours: Mapping[int, Sequence[Contour]],
    plane: Plane = Plane.SAGITTAL,
    *,
    between: bool = True,
) -> Proposal:
    """A vertebra gets what its contours enclose, in empty or own voxels.

    In a drawn slice, and between drawn slices, it has what was drawn and nothing else; beyond
    them it stays as it is.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        Whose contours; may have no voxel yet.
    contours : mapping of int to sequence of Contour
        By slice number; several in one slice are united, body and spinous process say.
    plane : Plane
        In which slices was drawn.
    between : bool
        Whether slices between drawn ones are interpolated.

    Raises
    ------
    EditImpossible
        There is no contour, one lies outside of the scan, all enclosed voxels are taken, or the
        vertebra is locked.
    """
    labels.check_editable(vertebra)
    name = f"Contours of {labels.called(vertebra)}"
    depth, *shape = plane.stacked(labels.array).shape
    for number in contours:
        if not 0 <= number < depth:
            raise EditImpossible(f"{name}: the scan has slices 0 to {depth - 1}, not {number}")
    drawn = {n: _filled(given, (shape[0], shape[1])) for n, given in contours.items() if given}
    enclosed = [mask for mask in drawn.values() if mask.any()]
    if not enclosed or len(enclosed) < len(drawn):
        raise EditImpossible(f"{name}: a contour encloses nothing within the scan; draw it anew")
    rows, columns = _rectangle(labels, vertebra, plane, np.logical_or.reduce(enclosed))
    shapes = {n: mask[rows, columns] for n, mask in drawn.items()}
    if between:
        shapes |= fill_between(shapes, plane.spacing(labels.spacing_mm))
    box = plane.box(slice(0, depth), rows, columns)
    return claim_slices(labels, vertebra, plane, box, shapes, name)


def _filled(given: Sequence[Contour], shape: tuple[int, int]) -> NDArray[np.bool_]:
    filled: NDArray[np.bool_] = np.logical_or.reduce([c.mask(shape) for c in given])
    return filled


def _rectangle(
    labels: EditableLabels, vertebra: int, plane: Plane, mask: NDArray[np.bool_]
) -> tuple[slice, slice]:
    """Around what is drawn and what the vertebra has, since drawing replaces the latter."""
    drawn = bounding_slices(plane.unstacked(mask[None]))
    old = labels.index.box(vertebra)
    box = around(*(box for box in (drawn, old) if box is not None))
    return box[plane.axes[0]], box[plane.axes[1]]
