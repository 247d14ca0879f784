"""Masks from elsewhere become vertebrae: a re-segmentation, another program, a contour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import Zyx, bounding_slices
from .claim import claim
from .index import around
from .labels import EditableLabels
from .proposal import Proposal


def add_vertebra(
    labels: EditableLabels,
    new_id: int,
    mask: NDArray[np.bool_],
    start: Zyx,
    *,
    takes_from_others: bool = False,
) -> Proposal:
    """A mask becomes a new vertebra.

    Parameters
    ----------
    labels : EditableLabels
    new_id : int
        Unused.
    mask : (z, y, x) bool
        A crop on the grid of the labels.
    start : Zyx
        First voxel of the crop.
    takes_from_others : bool
        Whether unlocked vertebrae lose what the mask covers; else only empty voxels are taken.

    Raises
    ------
    EditImpossible
        The mask is empty, wholly taken or outside of the scan, or the id is in use.
    """
    labels.check_unused(new_id)
    name = f"Add {labels.called(new_id)}"
    _check_not_empty(name, mask)
    box = labels.placed(start, mask.shape)
    return claim(labels, new_id, box, mask, name, takes_from_others=takes_from_others)


def replace_vertebra(
    labels: EditableLabels,
    vertebra: int,
    mask: NDArray[np.bool_],
    start: Zyx,
    *,
    takes_from_others: bool = False,
) -> Proposal:
    """A vertebra gets another mask and gives up what the mask leaves out.

    Parameters as in ``add_vertebra``, of a vertebra that has voxels.

    Raises
    ------
    EditImpossible
        The mask is empty, outside of the scan or the very same, the vertebra has no voxel or is
        locked.
    """
    labels.check_editable(vertebra)
    name = f"Replace {labels.called(vertebra)}"
    _check_not_empty(name, mask)
    placed = labels.placed(start, mask.shape)
    box = around(labels.box(vertebra), placed)
    wanted = np.zeros([s.stop - s.start for s in box], dtype=bool)
    offset = (slice(p.start - b.start, p.stop - b.start) for p, b in zip(placed, box, strict=True))
    wanted[tuple(offset)] = mask
    return claim(labels, vertebra, box, wanted, name, takes_from_others=takes_from_others)


def _check_not_empty(name: str, mask: NDArray[np.bool_]) -> None:
    if bounding_slices(mask) is None:
        raise EditImpossible(f"{name}: the given mask is empty; nothing was found there")
