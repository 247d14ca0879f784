"""Removal of dark voxels from a vertebra's surface (P14)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST_LOSS = 0.10
"""Where more than this share of a vertebra would go, the step is not taken: bone that
thick slices, fat or osteoporosis make dark is still bone."""


def refine_surface(
    mask: NDArray[np.bool_], voxels_hu: NDArray[np.int16], below_hu: float
) -> NDArray[np.bool_]:
    """Take voxels below a value from the one-voxel, 6-connected shell of a mask.

    Parameters
    ----------
    mask : (z, y, x) bool
        One vertebra, at the scan's own resolution.
    voxels_hu : (z, y, x) int16
        CT values of the same box.
    below_hu : float
        The paper uses 200 HU.

    Returns
    -------
    (z, y, x) bool
        A refined copy, or the very array given where more than a tenth would go.
    """
    refined: NDArray[np.bool_] = mask & ~(shell(mask) & (voxels_hu < below_hu))
    lost = np.count_nonzero(mask) - np.count_nonzero(refined)
    return mask if lost > _LARGEST_LOSS * np.count_nonzero(mask) else refined


def shell(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Voxels of a mask with a face neighbour outside it; the array's edge is not outside."""
    padded = np.pad(mask, 1, mode="edge")
    core = mask.copy()
    inner = slice(1, -1)
    for axis in range(3):
        for shifted in (slice(None, -2), slice(2, None)):
            place = [inner, inner, inner]
            place[axis] = shifted
            core &= padded[tuple(place)]
    return mask & ~core
