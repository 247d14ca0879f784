"""Smooth random fields, defined in millimetres so that slabs of a volume fit together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SmoothField:
    """Random field of unit variance: cubic B-splines over a coarse lattice of normals."""

    knots: NDArray[np.float32]
    """(z, y, x) lattice values, three more along each axis than intervals."""
    knot_mm: tuple[float, float, float]
    """Distance between knots along (z, y, x)."""

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        extent_mm: tuple[float, float, float],
        length_mm: float | tuple[float, float, float],
    ) -> SmoothField:
        """Field over a box of ``extent_mm`` whose features measure about ``length_mm``."""
        lengths = np.broadcast_to(np.asarray(length_mm, dtype=float), (3,))
        counts = np.ceil(np.asarray(extent_mm) / lengths).astype(int) + 4
        knots = rng.standard_normal(counts, dtype=np.float32)
        z, y, x = (float(v) for v in lengths)
        return cls(knots, (z, y, x))

    def on(
        self,
        shape: tuple[int, int, int],
        spacing_mm: tuple[float, float, float],
        start_z: int = 0,
    ) -> NDArray[np.float32]:
        """Values on a grid of ``shape`` whose first slice is slice ``start_z`` of the box."""
        starts = (start_z, 0, 0)
        weights = [
            _spline_weights((np.arange(n) + s) * (mm / knot), self.knots.shape[a])
            for a, (n, s, mm, knot) in enumerate(
                zip(shape, starts, spacing_mm, self.knot_mm, strict=True)
            )
        ]
        plane = np.tensordot(weights[0], self.knots, axes=(1, 0))
        plane = np.matmul(weights[1][None], plane)
        return np.asarray(np.matmul(plane, weights[2].T), dtype=np.float32)


def _spline_weights(position: NDArray[np.floating[Any]], knots: int) -> NDArray[np.float32]:
    """(position, knot) cubic B-spline weights, scaled to unit variance on average."""
    distance = np.abs(position[:, None] + 1.0 - np.arange(knots)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    weight = np.where(distance < 1, near, far)
    # Mean over a cell of the sum of squared weights is 151/315.
    return np.asarray(weight / np.sqrt(151 / 315), dtype=np.float32)
