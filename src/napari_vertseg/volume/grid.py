"""Where the voxels of an array lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .zyx import Zyx, ZyxFloat


@dataclass(frozen=True, eq=False)
class Grid:
    """Shape of an array and its place in the world.

    In canonical orientation (see ``docs/conventions.md``) the axes run
    superior → inferior, anterior → posterior, right → left.
    """

    shape: Zyx
    """Number of voxels along (z, y, x)."""
    affine: NDArray[np.float64]
    """(4, 4): homogeneous (z, y, x) voxel index → RAS millimetres."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", Zyx(*(int(n) for n in self.shape)))
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or min(self.shape) < 1:
            raise ValueError(f"not a grid: shape {self.shape}, affine {affine.shape}")
        affine.flags.writeable = False
        object.__setattr__(self, "affine", affine)

    @classmethod
    def canonical(
        cls, shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]
    ) -> Grid:
        """Upright grid whose first voxel lies at the world's origin."""
        return cls(Zyx(*shape), canonical_affine(ZyxFloat(*spacing_mm)))

    @cached_property
    def spacing_mm(self) -> ZyxFloat:
        """Distance between neighbouring voxel centres along (z, y, x)."""
        return ZyxFloat(*(float(v) for v in np.linalg.norm(self.affine[:3, :3], axis=0)))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_mm))

    def to_world(self, voxel: ArrayLike) -> NDArray[np.float64]:
        """RAS millimetres of voxel positions ``(..., 3)`` given as (z, y, x)."""
        points = np.asarray(voxel, dtype=np.float64)
        return points @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_voxel(self, world_mm: ArrayLike) -> NDArray[np.float64]:
        """Real-valued (z, y, x) voxel positions of RAS millimetres ``(..., 3)``."""
        points = np.asarray(world_mm, dtype=np.float64) - self.affine[:3, 3]
        voxels = np.linalg.solve(self.affine[:3, :3], points[..., None])[..., 0]
        return np.asarray(voxels, dtype=np.float64)

    def resized(self, spacing_mm: ZyxFloat) -> Grid:
        """Grid over the same box of space with another spacing.

        Axes keep their directions, so an oblique grid stays oblique. The outer
        face of the first voxel stays where it is; the last voxel may reach up
        to one voxel beyond the box.
        """
        old = np.array(self.spacing_mm)
        new = np.array(spacing_mm, dtype=np.float64)
        shape = np.maximum(np.ceil(np.array(self.shape) * old / new - 1e-6), 1).astype(int)
        affine = self.affine.copy()
        affine[:3, :3] *= new / old
        affine[:3, 3] = self.to_world(0.5 * new / old - 0.5)
        return Grid(Zyx(*shape), affine)

    def is_same(self, other: Grid, tolerance_mm: float = 1e-3) -> bool:
        """Whether both grids put every voxel at the same place."""
        if self.shape != other.shape:
            return False
        corners = np.array([(0, 0, 0), tuple(n - 1 for n in self.shape)])
        corners = np.vstack([corners, np.diag(self.shape)])
        gap = self.to_world(corners) - other.to_world(corners)
        return bool(np.abs(gap).max() <= tolerance_mm)


def canonical_affine(
    spacing_mm: ZyxFloat, origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> NDArray[np.float64]:
    """Affine of an upright grid: z to inferior, y to posterior, x to left."""
    affine = np.zeros((4, 4))
    affine[2, 0] = -spacing_mm.z
    affine[1, 1] = -spacing_mm.y
    affine[0, 2] = -spacing_mm.x
    affine[:3, 3] = origin_mm
    affine[3, 3] = 1.0
    return affine
