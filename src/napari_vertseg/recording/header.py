"""What a recording belongs to: neither patient nor path, but enough to recognise the scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..traversal import TraversalConfig
from ..volume import Grid, Zyx
from ..volume import scan_sha256 as scan_sha256


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
