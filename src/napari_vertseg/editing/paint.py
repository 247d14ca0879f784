"""One stroke of the brush, held to a range of CT values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import Zyx
from .claim import claim
from .labels import EditableLabels
from .proposal import Proposal


def paint(
    labels: EditableLabels,
    vertebra: int,
    stroke: NDArray[np.bool_],
    start: Zyx,
    image: NDArray[np.int16] | None = None,
    hu_range: tuple[float, float] | None = None,
    *,
    takes_from_others: bool = False,
) -> Proposal:
    """Add the voxels of a stroke whose CT value lies in a range.

    Parameters
    ----------
    labels : EditableLabels
    vertebra : int
        Who is painted; may have no voxel yet.
    stroke : (z, y, x) bool
        What the brush touched.
    start : Zyx
        First voxel of the stroke's box in the volume.
    image : (z, y, x) int16 HU, optional
        The scan on the grid of the labels; needed with a range.
    hu_range : (low, high), optional
        Values that may be painted, both included.
    takes_from_others : bool
        Whether unlocked vertebrae lose what is painted over; else only empty voxels are taken.

    Raises
    ------
    EditImpossible
        No touched voxel is in range or free, the range is upside down, the stroke lies outside
        of the scan, or the vertebra is locked.
    """
    name = f"Paint {labels.called(vertebra)}"
    box, wanted = _limited(labels, name, stroke, start, image, hu_range)
    return claim(
        labels,
        vertebra,
        box,
        wanted,
        name,
        region=wanted,
        takes_from_others=takes_from_others,
    )


def erase(
    labels: EditableLabels,
    vertebra: int,
    stroke: NDArray[np.bool_],
    start: Zyx,
    image: NDArray[np.int16] | None = None,
    hu_range: tuple[float, float] | None = None,
) -> Proposal:
    """Remove the voxels of a stroke whose CT value lies in a range; parameters as in ``paint``.

    Raises
    ------
    EditImpossible
        As in ``paint``, or the stroke touches nothing of the vertebra.
    """
    name = f"Erase {labels.called(vertebra)}"
    box, touched = _limited(labels, name, stroke, start, image, hu_range)
    return claim(labels, vertebra, box, np.zeros_like(touched), name, region=touched)


def _limited(
    labels: EditableLabels,
    name: str,
    stroke: NDArray[np.bool_],
    start: Zyx,
    image: NDArray[np.int16] | None,
    hu_range: tuple[float, float] | None,
) -> tuple[tuple[slice, slice, slice], NDArray[np.bool_]]:
    box = labels.placed(start, stroke.shape)
    if hu_range is None:
        return box, stroke
    low, high = hu_range
    if image is None or low > high:
        raise EditImpossible(
            f"{name}: a range of CT values needs a scan, and its lower end first; got {low:g} to "
            f"{high:g} HU"
        )
    wanted = stroke & (image[box] >= low) & (image[box] <= high)
    if not wanted.any():
        raise EditImpossible(
            f"{name}: no voxel under the brush lies between {low:g} and {high:g} HU; widen the "
            "range or move the brush"
        )
    return box, wanted
