"""Curved planes along the spine, so that a scoliotic one stays in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..volume import Grid, Zyx
from .drawn import DrawnVertebra

View = Literal["sagittal", "coronal"]


@dataclass(frozen=True, eq=False, slots=True)
class SpinePlanes:
    """For every slice of a scan, where the spine lies in it."""

    y: NDArray[np.intp]
    """(z,) row that the coronal plane passes: the vertebral bodies."""
    x: NDArray[np.intp]
    """(z,) column that the sagittal plane passes: the midline of the vertebrae."""

    @classmethod
    def through(cls, vertebrae: Sequence[DrawnVertebra], grid: Grid) -> SpinePlanes:
        """Planes through all vertebrae; the middle of the scan where there are none.

        The midline follows the centroids (C1 has no body), the coronal plane
        the bodies: centroids lie in the spinal canal.
        """
        return cls(
            _curve([(v.body.z, v.body.y) for v in vertebrae], grid.shape.z, grid.shape.y),
            _curve([(v.centroid.z, v.centroid.x) for v in vertebrae], grid.shape.z, grid.shape.x),
        )

    def cut(self, volume: NDArray[Any], view: View) -> NDArray[Any]:
        """(z, y) sagittal or (z, x) coronal picture of a volume on the whole grid."""
        return self.cut_crop(volume, Zyx(0, 0, 0), view)

    def cut_crop(self, crop: NDArray[Any], start: Zyx, view: View) -> NDArray[Any]:
        """The same of a crop that begins at ``start``; 0 where the plane misses it."""
        rows = np.arange(crop.shape[0])
        if view == "sagittal":
            at, size = self.x[rows + start.z] - start.x, crop.shape[2]
            picture = crop[rows, :, np.clip(at, 0, size - 1)]
        else:
            at, size = self.y[rows + start.z] - start.y, crop.shape[1]
            picture = crop[rows, np.clip(at, 0, size - 1), :]
        is_hit = (at >= 0) & (at < size)
        return np.asarray(np.where(is_hit[:, None], picture, np.zeros_like(picture)))


def _curve(points: Sequence[tuple[float, float]], rows: int, size: int) -> NDArray[np.intp]:
    """Position in every row: straight between the points, constant beyond them."""
    if not points:
        return np.full(rows, size // 2, dtype=np.intp)
    height, position = np.array(sorted(points)).T
    line = np.interp(np.arange(rows), height, position)
    nearest: NDArray[np.intp] = np.rint(line).astype(np.intp)
    return np.asarray(nearest.clip(0, size - 1))
