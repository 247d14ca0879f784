"""A CT scan in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .grid import Grid
from .orientation import Orientation

_AS_STORED = Orientation((0, 1, 2), (False, False, False))


@dataclass(frozen=True, eq=False)
class Scan:
    """CT values in canonical orientation, with the way back to the file."""

    voxels: NDArray[np.int16]
    """(z, y, x) int16 HU; nothing below ``AIR_HU``."""
    grid: Grid
    """Canonical grid of ``voxels``."""
    stored_grid: Grid
    """Grid in the axis order of the file; its axes are called (z, y, x) only by position."""
    orientation: Orientation = _AS_STORED
    """Turns a stored array to canonical order and back."""
    name: str = "scan"
    """Stem of the file or folder; never a path, never a patient."""
    warnings: tuple[str, ...] = field(default=())
    """Sentences for the user about doubtful but walkable input."""

    def __post_init__(self) -> None:
        if self.voxels.shape != tuple(self.grid.shape):
            raise ValueError(f"voxels {self.voxels.shape} do not fit grid {self.grid.shape}")

    @classmethod
    def from_canonical(cls, voxels: NDArray[np.int16], grid: Grid, name: str = "scan") -> Scan:
        """Scan whose file order is the canonical one."""
        return cls(voxels=voxels, grid=grid, stored_grid=grid, name=name)
