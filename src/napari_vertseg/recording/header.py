"""What a recording belongs to: neither patient nor path, but enough to recognise the scan."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..traversal import TraversalConfig
from ..volume import Grid, Zyx


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingHeader:
    """First line of a recording."""

    schema: Literal[1] = 1
    kind: Literal["napari-vertseg walk"] = "napari-vertseg walk"
    scan_sha256: str
    """Of the canonical voxels (``scan_sha256``), not of the file."""
    shape: Zyx
    """Of the working grid; windows and masks refer to it."""
    affine: tuple[tuple[float, ...], ...]
    """(4, 4) of the working grid: (z, y, x) voxel → RAS mm."""
    model_name: str
    model_sha256: str
    """Of the weights."""
    config: TraversalConfig

    @property
    def grid(self) -> Grid:
        """The working grid."""
        return Grid(self.shape, np.array(self.affine))

    @classmethod
    def of(
        cls,
        *,
        scan_sha256: str,
        grid: Grid,
        model_name: str,
        model_sha256: str,
        config: TraversalConfig,
    ) -> RecordingHeader:
        """Header for a walk on a grid."""
        rows = tuple(tuple(float(v) for v in row) for row in grid.affine)
        return cls(
            scan_sha256=scan_sha256,
            shape=grid.shape,
            affine=rows,
            model_name=model_name,
            model_sha256=model_sha256,
            config=config,
        )


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
