"""Contours drawn with the live wire, slice by slice; free of Qt and napari."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..editing import Contour, LiveWire, Plane
from ..errors import EditImpossible
from ..volume import Zyx, ZyxFloat

Voxels = NDArray[np.float64]
"""(n, 3) voxels of the scan, (z, y, x)."""


class WireTool:
    """One contour in the making, and those that are closed.

    Parameters
    ----------
    voxels : (z, y, x) int16 HU
        The scan.
    spacing_mm : ZyxFloat
    """

    plane = Plane.SAGITTAL

    def __init__(self, voxels: NDArray[np.int16], spacing_mm: ZyxFloat) -> None:
        self._voxels, self._spacing_mm = voxels, spacing_mm
        self._wire: LiveWire | None = None
        self._slice = 0
        self._anchors: list[Zyx] = []
        self._closed: dict[int, list[Contour]] = {}

    def anchor(self, voxel: Zyx) -> None:
        """Lead the wire to a voxel.

        Raises
        ------
        EditImpossible
            The voxel lies in another slice than the open contour, or out of reach.
        """
        self._in(voxel[self.plane]).anchor(self._in_slice(voxel))
        self._anchors.append(voxel)

    def draw(self, voxels: Sequence[Zyx]) -> None:
        """Go on by free hand, straight from voxel to voxel; the last is the new anchor.

        Raises
        ------
        EditImpossible
            The voxels lie in another slice than the open contour.
        """
        wire = self._in(voxels[0][self.plane])
        through = [self._in_slice(voxel) for voxel in (*self._anchors[-1:], *voxels)]
        first = [] if self._anchors else [np.array(through[:1], dtype=np.float64)]
        line = [_straight(start, end) for start, end in pairwise(through)]
        wire.draw(np.concatenate([*first, *line]))
        self._anchors.append(voxels[-1])

    def back(self) -> None:
        """Take the last anchor away, or else the contour that was closed last."""
        if self._anchors and self._wire is not None:
            self._wire.back()
            self._anchors.pop()
            if not self._anchors:
                self._wire = None
        elif self._closed:
            number = next(reversed(self._closed))
            self._closed[number].pop()
            if not self._closed[number]:
                del self._closed[number]

    def close(self, *, straight: bool = False) -> None:
        """Lead the wire home.

        Parameters
        ----------
        straight : bool
            By a straight line.

        Raises
        ------
        EditImpossible
            It encloses nothing yet.
        """
        if self._wire is None:
            raise EditImpossible("there is no open contour; click along the edge first")
        contour = self._wire.close_straight() if straight else self._wire.close()
        # Taken out and put in again, so that the one closed last comes last.
        closed = self._closed.pop(self._slice, [])
        self._closed[self._slice] = [*closed, contour]
        self._wire = None
        self._anchors.clear()

    def contours(self) -> Mapping[int, tuple[Contour, ...]]:
        """Closed contours by slice number."""
        return {number: tuple(given) for number, given in self._closed.items()}

    def anchors(self) -> list[Zyx]:
        """Voxels of the open contour's anchors."""
        return list(self._anchors)

    def lines(self) -> Voxels:
        """All lines, voxel by voxel."""
        lines = [self._in_scan(c.points, n) for n, given in self._closed.items() for c in given]
        if self._wire is not None:
            lines.append(self._in_scan(self._wire.points, self._slice))
        return np.concatenate(lines) if lines else np.empty((0, 3))

    def with_way_to(self, voxel: Zyx) -> Voxels:
        """All lines, and the way that the wire would take to a voxel."""
        if self._wire is None or voxel[self.plane] != self._slice:
            return self.lines()
        try:
            way = self._wire.way_to(self._in_slice(voxel))
        except EditImpossible:  # out of reach: nothing to show
            return self.lines()
        return np.concatenate([self.lines(), self._in_scan(way, self._slice)])

    def _in(self, number: int) -> LiveWire:
        """The wire of a slice: the open one, or a new one."""
        if self._wire is None:
            image = self.plane.stacked(self._voxels)[number]
            self._wire, self._slice = LiveWire(image, self.plane.spacing(self._spacing_mm)), number
        elif number != self._slice:
            raise EditImpossible(
                f"the open contour lies in slice {self._slice}; close it or take it back first"
            )
        return self._wire

    def _in_slice(self, voxel: Zyx) -> tuple[int, int]:
        rows, columns = self.plane.axes
        return voxel[rows], voxel[columns]

    def _in_scan(self, points: NDArray[np.float64], number: int) -> Voxels:
        return np.insert(points, int(self.plane), number, axis=1)


def _straight(start: tuple[int, int], end: tuple[int, int]) -> NDArray[np.float64]:
    """(n, 2) pixels after the start up to the end."""
    count = max(abs(a - b) for a, b in zip(start, end, strict=True))
    return np.rint(np.linspace(start, end, max(count, 1) + 1)[1:])
