"""The spine's place in every slice of a volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .spine_frame import SpineFrame

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SpinePlace:
    """A spine frame at every slice; all arrays (z,), lengths in mm."""

    z: Floats
    rank: Floats
    y: Floats
    x: Floats
    half_width: Floats
    half_depth: Floats

    def shown(self, first: float, last: float, soft: float = 0.6) -> Floats:
        """0 outside a range of ranks, rising to 1 within ``soft`` ranks."""
        rise = np.clip((self.rank - first) / soft, 0, 1)
        fall = np.clip((last - self.rank) / soft, 0, 1)
        return np.asarray(np.sqrt(np.minimum(rise, fall)))

    def by_rank(self, ranks: ArrayLike, values: ArrayLike) -> Floats:
        """Values given at ranks, interpolated to the slices."""
        known = np.asarray(ranks, dtype=float), np.asarray(values, dtype=float)
        return np.asarray(np.interp(self.rank, *known), dtype=float)

    def height_of(self, rank: float) -> float:
        """Z in mm of a rank, continued beyond the volume."""
        step = float(np.mean(np.diff(self.rank))) if len(self.rank) > 1 else 0.05
        spacing = float(self.z[1] - self.z[0]) if len(self.z) > 1 else 1.0
        pitch = spacing / max(step, 1e-3)
        if rank < self.rank[0]:
            return float(self.z[0] - (self.rank[0] - rank) * pitch)
        if rank > self.rank[-1]:
            return float(self.z[-1] + (rank - self.rank[-1]) * pitch)
        return float(np.interp(rank, self.rank, self.z))

    @classmethod
    def of(cls, frame: SpineFrame, slices_mm: Floats) -> SpinePlace:
        """The frame at the heights of slices."""
        return cls(slices_mm, *frame.at(slices_mm))
