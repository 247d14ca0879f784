"""Surfaces in one picture: each pixel shows the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .relief import Image, Relief

_HAZE: Final = 0.35
"""What is furthest away is darker by so much."""


def composed(reliefs: Sequence[Relief]) -> Image:
    """Reliefs in one picture, each pixel from the nearest surface.

    Half transparent ones are a layer of their own, laid over the opaque ones
    where it is nearer: within it too the nearest surface alone is seen.

    Returns
    -------
    (row, column, rgb) float32
        0 … 1, black where nothing is; just large enough.
    """
    low = np.min([r.corner for r in reliefs], axis=0)
    high = np.max([np.add(r.corner, r.shade.shape) for r in reliefs], axis=0)
    solid = _Layer.of([r for r in reliefs if not r.is_glass], low, high)
    glass = _Layer.of([r for r in reliefs if r.is_glass], low, high)
    opacity = np.where(glass.depth_mm < solid.depth_mm, glass.opacity, np.float32(0))
    picture = solid.picture + opacity[..., None] * (glass.picture - solid.picture)
    nearest = np.minimum(solid.depth_mm, glass.depth_mm)
    hazy: Image = picture * _haze(nearest)[..., None]
    return hazy


@dataclass(frozen=True, eq=False, slots=True)
class _Layer:
    """Several reliefs, of which each pixel shows the nearest."""

    depth_mm: Image
    picture: Image
    opacity: Image

    @classmethod
    def of(
        cls, reliefs: Sequence[Relief], low: NDArray[np.int64], high: NDArray[np.int64]
    ) -> _Layer:
        """Within the pixels from ``low`` up to ``high``."""
        shape = tuple(int(n) for n in high - low)
        layer = cls(
            np.full(shape, np.inf, dtype=np.float32),
            np.zeros((*shape, 3), dtype=np.float32),
            np.zeros(shape, dtype=np.float32),
        )
        for relief in reliefs:
            layer._take(relief, low)
        return layer

    def _take(self, relief: Relief, low: NDArray[np.int64]) -> None:
        (row, column), shape = np.subtract(relief.corner, low), relief.shade.shape
        part = np.s_[row : row + shape[0], column : column + shape[1]]
        is_nearer = relief.depth_mm < self.depth_mm[part]
        lit = relief.shade[..., None] * np.array(relief.colour, dtype=np.float32)
        self.depth_mm[part][is_nearer] = relief.depth_mm[is_nearer]
        self.picture[part][is_nearer] = lit[is_nearer]
        self.opacity[part][is_nearer] = relief.opacity[is_nearer]


def _haze(depth_mm: Image) -> Image:
    """Brightness by depth; 1 at the nearest surface."""
    is_hit = np.isfinite(depth_mm)
    if not is_hit.any():
        return np.ones_like(depth_mm)
    near, far = depth_mm[is_hit].min(), depth_mm[is_hit].max()
    share = (np.where(is_hit, depth_mm, near) - near) / max(float(far - near), 1.0)
    return np.asarray(1.0 - _HAZE * share, dtype=np.float32)
