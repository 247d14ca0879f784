"""A box of fixed shape that may overhang the array: one object crops and pastes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .zyx import Zyx

Slices = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Window:
    """Where a patch lies in a (z, y, x) array.

    The mask predicted in a window is pasted through the same window; pasting at
    a moved centre is a bug other implementations shipped.
    """

    center: Zyx
    """Voxel of the array that is voxel ``shape // 2`` of the patch."""
    shape: Zyx
    """Patch shape in voxels."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", Zyx(*(int(v) for v in self.center)))
        object.__setattr__(self, "shape", Zyx(*(int(v) for v in self.shape)))

    @classmethod
    def from_start(cls, start: Zyx, shape: Zyx) -> Window:
        """Window whose first voxel is ``start``."""
        return cls(Zyx(*(a + n // 2 for a, n in zip(start, shape, strict=True))), shape)

    @property
    def start(self) -> Zyx:
        """First voxel of the window; negative where it overhangs."""
        return Zyx(*(c - n // 2 for c, n in zip(self.center, self.shape, strict=True)))

    @property
    def stop(self) -> Zyx:
        """One past the last voxel."""
        return Zyx(*(a + n for a, n in zip(self.start, self.shape, strict=True)))

    def inside(self, array_shape: tuple[int, ...]) -> Slices:
        """Slices of the array that the window covers; empty where it misses it."""
        return self._slices(array_shape, lambda lo, hi, start: slice(lo, hi))

    def inside_patch(self, array_shape: tuple[int, ...]) -> Slices:
        """Slices of the patch that lie inside the array."""
        return self._slices(array_shape, lambda lo, hi, start: slice(lo - start, hi - start))

    def crop(self, array: NDArray[Any], fill: float = 0) -> NDArray[Any]:
        """Patch of the window's shape, ``fill`` where it overhangs; always a copy."""
        patch = np.full(self.shape, fill, dtype=array.dtype)
        patch[self.inside_patch(array.shape)] = array[self.inside(array.shape)]
        return patch

    def paste(self, array: NDArray[Any], patch: NDArray[Any]) -> None:
        """Write a patch into the array in place; what overhangs is dropped."""
        array[self.inside(array.shape)] = patch[self.inside_patch(array.shape)]

    def _slices(
        self, array_shape: tuple[int, ...], make: Callable[[int, int, int], slice]
    ) -> Slices:
        bounds = []
        for start, stop, size in zip(self.start, self.stop, array_shape, strict=True):
            lo = min(max(start, 0), size)
            hi = max(min(stop, size), lo)
            bounds.append(make(lo, hi, start))
        return bounds[0], bounds[1], bounds[2]


def bounding_slices(mask: NDArray[np.bool_], margin: int = 0) -> Slices | None:
    """Slices of the smallest box around the true voxels, or None for an empty mask."""
    bounds = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        hits = np.flatnonzero(mask.any(axis=others))
        if hits.size == 0:
            return None
        lo = max(int(hits[0]) - margin, 0)
        bounds.append(slice(lo, min(int(hits[-1]) + 1 + margin, mask.shape[axis])))
    return bounds[0], bounds[1], bounds[2]
