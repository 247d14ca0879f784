"""Stray pieces and holes."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from ..errors import EditImpossible
from ..volume.components import find_components
from .claim import claim
from .labels import EditableLabels
from .proposal import Proposal


def keep_largest(labels: EditableLabels, vertebra: int) -> Proposal:
    """Everything but the largest piece becomes background.

    Voxels that share a corner are one piece.

    Raises
    ------
    EditImpossible
        The vertebra has no voxel, is locked, or is one piece already.
    """
    labels.check_editable(vertebra)
    slices = labels.box(vertebra)
    own = labels.array[slices] == vertebra
    pieces = find_components(own)
    if len(pieces) < 2:
        raise EditImpossible(f"{labels.called(vertebra)} is one piece already; nothing to remove")
    kept = np.zeros_like(own)
    kept[pieces[0].slices] = pieces[0].mask
    return claim(
        labels, vertebra, slices, kept, f"Keep largest piece of {labels.called(vertebra)}"
    )


def fill_holes(labels: EditableLabels, vertebra: int) -> Proposal:
    """Background that a vertebra encloses on all sides becomes its own.

    Air reaches a hole through faces only. The canal is open above and below, so it stays open.

    Raises
    ------
    EditImpossible
        The vertebra has no voxel, is locked, or has no hole.
    """
    labels.check_editable(vertebra)
    slices = labels.box(vertebra)
    own = labels.array[slices] == vertebra
    filled = ndimage.binary_fill_holes(own)
    if np.array_equal(filled, own):
        raise EditImpossible(
            f"{labels.called(vertebra)} has no enclosed hole; one that is open to the outside "
            "closes by growing and shrinking"
        )
    return claim(labels, vertebra, slices, filled, f"Fill holes of {labels.called(vertebra)}")
