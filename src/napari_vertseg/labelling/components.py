"""Which pieces of a vertebra's mask are kept (P16)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..volume.components import Component, find_components


def keep_components(
    mask: NDArray[np.bool_],
    *,
    is_complete: bool,
    voxel_mm3: float,
    fragment_min_mm3: float = 500.0,
) -> NDArray[np.bool_]:
    """The mask without stray pieces (P16).

    A vertebra that is completely visible is one piece: the largest stays. One
    that is cut can fall apart, body and spinous process say: every piece of at
    least ``fragment_min_mm3`` stays, and the largest in any case.

    Parameters
    ----------
    mask : (z, y, x) bool
        One vertebra, on any grid.
    is_complete : bool
        As the network judged it.
    voxel_mm3 : float
        Volume of one voxel of that grid.
    fragment_min_mm3 : float
        Smallest piece of an incomplete vertebra that is kept.

    Returns
    -------
    (z, y, x) bool
        A new array; empty where the mask is.
    """
    pieces = find_components(mask)
    kept = pieces[:1]
    if not is_complete:
        kept += [p for p in pieces[1:] if p.voxels * voxel_mm3 >= fragment_min_mm3]
    return _joined(kept, mask.shape)


def _joined(pieces: list[Component], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, dtype=bool)
    for piece in pieces:
        mask[piece.slices] |= piece.mask
    return mask
