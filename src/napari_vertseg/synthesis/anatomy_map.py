"""Anatomy as a map of tissues: what the renderer turns into a CT."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..volume import Grid


@dataclass(frozen=True, eq=False)
class AnatomyMap:
    """Which tissue and which vertebra every voxel belongs to."""

    grid: Grid
    """Canonical grid of both arrays."""
    structures: NDArray[np.uint8]
    """(z, y, x) uint8 ``Tissue`` values."""
    vertebrae: NDArray[np.uint8]
    """(z, y, x) uint8 VerSe values, 0 elsewhere; 26 is the sacrum with S1."""
    is_complete: Mapping[int, bool] = field(default_factory=dict)
    """Per VerSe value in ``vertebrae``: whether the vertebra lies wholly in the field of view."""

    def __post_init__(self) -> None:
        for array in (self.structures, self.vertebrae):
            if array.shape != tuple(self.grid.shape):
                raise ValueError(f"array {array.shape} does not fit grid {self.grid.shape}")
        object.__setattr__(self, "is_complete", MappingProxyType(dict(self.is_complete)))
