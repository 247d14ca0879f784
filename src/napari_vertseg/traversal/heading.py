"""Which way the walk faces: upward walks see the scan turned upside down (P12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..segmentation import Direction
from ..volume import Window, Zyx
from .fragment import Fragment


@dataclass(frozen=True, slots=True)
class Heading:
    """Between the scan and the scan as it is walked, where every walk goes towards +z.

    Every method is its own inverse and leaves a downward walk as it is.
    """

    direction: Direction
    depth: int
    """Number of slices of the scan."""

    @property
    def _is_upward(self) -> bool:
        return self.direction == "up"

    def array(self, array: NDArray[Any]) -> NDArray[Any]:
        """View of a volume or of a patch, turned along z."""
        return array[::-1] if self._is_upward else array

    def copied(self, array: NDArray[Any]) -> NDArray[Any]:
        """The same as an array of its own."""
        return np.array(self.array(array), order="C", copy=True)

    def window(self, window: Window) -> Window:
        """The same place, seen the other way."""
        if not self._is_upward:
            return window
        start = window.start._replace(z=self.depth - window.stop.z)
        return Window.from_start(start, window.shape)

    def voxel(self, voxel: Zyx) -> Zyx:
        """The same voxel."""
        return voxel._replace(z=self.depth - 1 - voxel.z) if self._is_upward else voxel

    def fragment(self, fragment: Fragment, window_shape: Zyx) -> Fragment:
        """The same voxels, as an array of their own."""
        offset = fragment.offset
        if self._is_upward:
            offset = offset._replace(z=window_shape.z - offset.z - fragment.mask.shape[0])
        return Fragment(offset, self.copied(fragment.mask))
