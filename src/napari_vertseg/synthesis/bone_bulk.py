"""Where bone is thick: tells vertebral bodies from arches, processes and ribs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .anatomy_map import AnatomyMap
from .tissue import bone_mask

Field = NDArray[np.float32]

_GRID_MM = 4.0
"""Thickness varies slowly, so a coarse grid will do."""
_BLUR_MM = 3.5
"""Only parts much thicker than this keep a high value under the blur."""
_CORE_LEVEL = 0.83


@dataclass(frozen=True, eq=False)
class BoneBulk:
    """Thickness of bone in a whole volume, on a coarse grid."""

    bulk: Field
    """1 within vertebral bodies, 0 in thin parts."""
    rim: Field
    """1 at the surface of thick parts, 0 about 7 mm below."""
    step: tuple[int, int, int]
    """Voxels of the volume per coarse voxel along (z, y, x)."""

    @classmethod
    def of(cls, anatomy: AnatomyMap) -> BoneBulk:
        """Blur the bone, keep what stays dense, and let that grow back to the surface."""
        spacing = anatomy.grid.spacing_mm
        z, y, x = (max(1, round(_GRID_MM / s)) for s in spacing)
        coarse = _pooled(anatomy.structures, (z, y, x))
        sigma = [_BLUR_MM / (s * n) for s, n in zip(spacing, (z, y, x), strict=True)]
        wide = ndimage.gaussian_filter(coarse, sigma, truncate=2.5)
        core = np.clip((wide - _CORE_LEVEL) / 0.08, 0, 1)
        grown = ndimage.gaussian_filter(core, [1.5 * s for s in sigma], truncate=2.5)
        bulk = np.clip((grown - 0.02) / 0.15, 0, 1)
        return cls(bulk, np.clip((0.97 - wide) / 0.5, 0, 1), (z, y, x))

    def at(self, index: NDArray[np.intp], start_z: int = 0) -> tuple[Field, Field]:
        """Bulk and rim, (n,) each, at the (3, n) voxels of a slab that begins at a slice."""
        shift = np.array([start_z + 0.5, 0.5, 0.5])[:, None]
        place = (index + shift) / np.array(self.step)[:, None] - 0.5
        return (
            ndimage.map_coordinates(self.bulk, place, order=1, mode="nearest"),
            ndimage.map_coordinates(self.rim, place, order=1, mode="nearest"),
        )


def _pooled(structures: NDArray[np.uint8], step: tuple[int, int, int]) -> Field:
    """Share of bone in every block; the last blocks repeat the border."""
    layers = []
    pads = [(0, -size % n) for size, n in zip(structures.shape[1:], step[1:], strict=True)]
    for z in range(0, structures.shape[0], step[0]):
        mask = np.pad(bone_mask(structures[z : z + step[0]]), [(0, 0), *pads], mode="edge")
        rows, columns = mask.shape[1] // step[1], mask.shape[2] // step[2]
        blocks = mask.reshape(-1, rows, step[1], columns, step[2])
        layers.append(blocks.mean(axis=(0, 2, 4), dtype=np.float32))
    return np.stack(layers)
