"""Hounsfield units that the rest of the house agrees on."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

AIR_HU: Final = -1024
"""Lowest value kept inside a scan; scanners fill the corners with anything below."""

OUTSIDE_HU: Final = -2048
"""What a window shows where it overhangs the scan: distinct from air, so that a
network can tell a vertebra cut by the scan from one that ends in air."""


def floor_hu(voxels: NDArray[np.generic]) -> NDArray[np.int16]:
    """CT values as int16 with everything below air raised to air."""
    # Straight from int16: a detour through float would triple a big scan.
    whole = voxels if voxels.dtype == np.int16 else np.rint(voxels)
    clipped: NDArray[np.generic] = np.clip(whole, AIR_HU, np.iinfo(np.int16).max)
    return clipped.astype(np.int16)
