"""Brushes that lay tissues into a volume: tubes, ellipsoids, curves, all in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .tissue import Tissue

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Canvas:
    """A tissue volume under construction; millimetres count from the first voxel's centre."""

    structures: NDArray[np.uint8]
    """(z, y, x) uint8 ``Tissue`` values, written in place."""
    spacing_mm: tuple[float, float, float]
    """Voxel size along (z, y, x)."""

    @property
    def slices_mm(self) -> Floats:
        """(z,) position of every slice."""
        return np.asarray(
            np.arange(self.structures.shape[0]) * self.spacing_mm[0], dtype=np.float64
        )

    def tube(
        self,
        tissue: Tissue,
        center: tuple[ArrayLike, ArrayLike],
        radius: tuple[ArrayLike, ArrayLike],
        *,
        over: tuple[Tissue, ...] | None = None,
        power: float = 2.0,
        wobble: float = 0.0,
        phase: float = 0.0,
    ) -> None:
        """Ellipses slice by slice.

        Parameters
        ----------
        tissue : Tissue
            What is laid.
        center, radius : pairs of (z,) or float
            Along (y, x) in mm, one value per slice; a radius of 0 or below skips the slice.
        over : tuple of Tissue, optional
            Only these are painted over; everything where not given.
        power : float
            Exponent of the superellipse.
        wobble, phase : float
            Irregularity of the outline and its seed.
        """
        depth = self.structures.shape[0]
        cy, cx, ry, rx = (np.broadcast_to(np.asarray(v, float), depth) for v in (*center, *radius))
        for z in np.flatnonzero((ry > 0) & (rx > 0)):
            rows = _span(cy[z], ry[z] * (1 + wobble), self.spacing_mm[1], self.structures.shape[1])
            cols = _span(cx[z], rx[z] * (1 + wobble), self.spacing_mm[2], self.structures.shape[2])
            if rows.stop <= rows.start or cols.stop <= cols.start:
                continue
            y = (np.arange(rows.start, rows.stop) * self.spacing_mm[1])[:, None]
            x = (np.arange(cols.start, cols.stop) * self.spacing_mm[2])[None, :]
            value = np.abs((y - cy[z]) / ry[z]) ** power + np.abs((x - cx[z]) / rx[z]) ** power
            if wobble:
                turn = phase + z * self.spacing_mm[0] / 21
                value = value + 2 * wobble * np.sin(y / 15 + turn) * np.sin(x / 13 - turn)
            self._lay(self.structures[z, rows, cols], value < 1, tissue, over)

    def ellipsoid(
        self,
        tissue: Tissue,
        center: tuple[float, float, float],
        radius: tuple[float, float, float],
        *,
        over: tuple[Tissue, ...] | None = None,
        wobble: float = 0.0,
        phase: float = 0.0,
    ) -> None:
        """One ellipsoid; centre and radii along (z, y, x) in mm."""
        height = 1 - ((self.slices_mm - center[0]) / max(radius[0], 1e-3)) ** 2
        share = np.sqrt(np.clip(height, 0, None))
        self.tube(
            tissue,
            (center[1], center[2]),
            (radius[1] * share, radius[2] * share),
            over=over,
            wobble=wobble,
            phase=phase,
        )

    def curve(
        self,
        tissue: Tissue,
        points: Floats,
        radius: ArrayLike,
        *,
        over: tuple[Tissue, ...] | None = None,
    ) -> None:
        """A round rod along a polyline.

        Parameters
        ----------
        tissue : Tissue
            What is laid.
        points : (n, 3)
            Corners along (z, y, x) in mm.
        radius : (n,) or float
            Of the rod, mm.
        over : tuple of Tissue, optional
            Only these are painted over.
        """
        spacing = np.array(self.spacing_mm)
        radii = np.broadcast_to(np.asarray(radius, float), len(points))
        for start, stop, reach in zip(points[:-1], points[1:], radii[:-1], strict=True):
            low = np.floor((np.minimum(start, stop) - reach) / spacing).astype(int)
            high = np.ceil((np.maximum(start, stop) + reach) / spacing).astype(int) + 1
            low, high = (np.clip(v, 0, self.structures.shape) for v in (low, high))
            if np.any(high <= low):
                continue
            box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
            gap = _segment_distance(box, spacing, start, stop)
            self._lay(self.structures[box], gap <= reach, tissue, over)

    @staticmethod
    def _lay(
        part: NDArray[np.uint8],
        mask: NDArray[np.bool_],
        tissue: Tissue,
        over: tuple[Tissue, ...] | None,
    ) -> None:
        if over is not None:
            free = part == over[0]
            for other in over[1:]:
                free |= part == other
            mask = mask & free
        part[mask] = tissue


def _span(center: float, reach: float, spacing: float, size: int) -> slice:
    low = int(np.floor((center - reach) / spacing))
    high = int(np.ceil((center + reach) / spacing)) + 1
    return slice(min(max(low, 0), size), max(min(high, size), 0))


def _segment_distance(
    box: tuple[slice, ...], spacing: Floats, start: Floats, stop: Floats
) -> Floats:
    """Distance in mm of every voxel of a box to a line segment."""
    line = stop - start
    squared = max(float(line @ line), 1e-9)
    offsets = []
    for axis in range(3):
        shape = [1, 1, 1]
        shape[axis] = -1
        values = np.arange(box[axis].start, box[axis].stop) * spacing[axis] - start[axis]
        offsets.append(values.reshape(shape))
    along = sum(o * v for o, v in zip(offsets, line, strict=True)) / squared
    along = np.clip(along, 0, 1)
    square = sum((o - along * v) ** 2 for o, v in zip(offsets, line, strict=True))
    return np.asarray(np.sqrt(square))
