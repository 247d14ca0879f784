"""From any axis order to the canonical one and exactly back, by flips and permutations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .grid import Grid
from .zyx import Zyx

_CANONICAL_RAS_AXIS = (2, 1, 0)
"""World axis (0 = R, 1 = A, 2 = S) that the array axes z, y, x follow, all downwards."""


@dataclass(frozen=True)
class Orientation:
    """How a stored array is turned to canonical (z, y, x) order; 48 are possible."""

    axes: tuple[int, int, int]
    """Stored axis that becomes z, y and x."""
    flips: tuple[bool, bool, bool]
    """Whether z, y, x run against the stored direction."""

    @classmethod
    def of(cls, affine: NDArray[np.float64]) -> Orientation:
        """The nearest turn to canonical order for an affine of stored axes → RAS mm."""
        directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        # Assigned as a whole: taking the largest entry per axis fails near 45 degrees.
        world, stored = linear_sum_assignment(-np.abs(directions))
        stored_of = dict(zip(world.tolist(), stored.tolist(), strict=True))
        axes = tuple(stored_of[w] for w in _CANONICAL_RAS_AXIS)
        flips = tuple(
            bool(directions[w, a] > 0) for w, a in zip(_CANONICAL_RAS_AXIS, axes, strict=True)
        )
        return cls((axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]))

    def apply(self, stored: NDArray[Any]) -> NDArray[Any]:
        """View of a stored 3D array in canonical order."""
        return np.transpose(stored, self.axes)[self._flip_slices()]

    def undo(self, canonical: NDArray[Any]) -> NDArray[Any]:
        """View of a canonical array in the stored order; the inverse of ``apply``."""
        return np.transpose(canonical[self._flip_slices()], np.argsort(self.axes))

    def apply_to_grid(self, stored: Grid) -> Grid:
        """The canonical grid of a stored grid: same voxels, same places."""
        shape = Zyx(*(stored.shape[a] for a in self.axes))
        turn = np.zeros((4, 4))
        turn[3, 3] = 1.0
        for new_axis, (old_axis, flip) in enumerate(zip(self.axes, self.flips, strict=True)):
            turn[old_axis, new_axis] = -1.0 if flip else 1.0
            turn[old_axis, 3] = shape[new_axis] - 1 if flip else 0.0
        return Grid(shape, stored.affine @ turn)

    def _flip_slices(self) -> tuple[slice, slice, slice]:
        z, y, x = (slice(None, None, -1) if flip else slice(None) for flip in self.flips)
        return z, y, x
