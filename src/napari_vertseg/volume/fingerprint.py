"""How a scan is recognised, whatever its file is called."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray


def scan_sha256(voxels: NDArray[np.int16]) -> str:
    """Hash of a scan's canonical voxels: the same however the file was stored.

    Parameters
    ----------
    voxels : (z, y, x) int16 HU
        Shape and values count, in little-endian order.
    """
    digest = sha256(np.array(voxels.shape, dtype="<i8").tobytes())
    for plane in voxels:  # never a second copy of the whole scan
        digest.update(np.ascontiguousarray(plane, dtype="<i2").tobytes())
    return digest.hexdigest()
