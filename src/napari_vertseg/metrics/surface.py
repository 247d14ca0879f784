"""How far two surfaces lie apart, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..volume import Slices, ZyxFloat


@dataclass(frozen=True, eq=False, slots=True)
class SurfaceDistances:
    """From every surface voxel of each mask to the nearest of the other, unordered."""

    there_mm: NDArray[np.float64]
    """From the first mask to the second."""
    back_mm: NDArray[np.float64]
    """From the second mask to the first."""

    @property
    def mean_mm(self) -> float:
        """Mean absolute symmetric surface distance: the mean over both surfaces pooled."""
        total = self.there_mm.sum() + self.back_mm.sum()
        return float(total / (self.there_mm.size + self.back_mm.size))

    @property
    def hausdorff95_mm(self) -> float:
        """The larger of the two directed 95th percentiles."""
        return float(max(np.percentile(self.there_mm, 95), np.percentile(self.back_mm, 95)))

    def dice(self, tolerance_mm: float) -> float:
        """Share of both surfaces that lies within a distance of the other."""
        near = (self.there_mm <= tolerance_mm).sum() + (self.back_mm <= tolerance_mm).sum()
        return float(near / (self.there_mm.size + self.back_mm.size))


def surface_distances(
    first: NDArray[np.bool_], second: NDArray[np.bool_], spacing_mm: ZyxFloat
) -> SurfaceDistances:
    """Distances between the surfaces of two masks.

    A surface voxel has a face neighbour outside its mask; the border of the
    array counts as outside, so a cut vertebra is closed where it is cut. Every
    surface voxel weighs the same, as in the field's usual tools (MONAI, MedPy).

    Parameters
    ----------
    first, second : (z, y, x) bool
        Same box, with all voxels of both masks; neither is empty.
    spacing_mm : ZyxFloat
        Voxel size.

    Raises
    ------
    ValueError
        A mask is empty: there is no distance to nothing.
    """
    surfaces = surface_of(first), surface_of(second)
    if not (surfaces[0].any() and surfaces[1].any()):
        raise ValueError("no surface distance to an empty mask")
    return SurfaceDistances(
        _distances(surfaces[0], surfaces[1], spacing_mm),
        _distances(surfaces[1], surfaces[0], spacing_mm),
    )


def label_surface_distances(
    first: tuple[NDArray[Any], int, Slices],
    second: tuple[NDArray[Any], int, Slices],
    spacing_mm: ZyxFloat,
) -> SurfaceDistances:
    """``surface_distances`` of a label in each of two maps, on the box of both only.

    Parameters
    ----------
    first, second : (labels, value, box)
        Label map (z, y, x), the value in it, and the bounding box of that value.
    spacing_mm : ZyxFloat
        Voxel size.
    """
    box = _union(first[2], second[2])
    masks = [np.asarray(labels[box] == value) for labels, value, _ in (first, second)]
    return surface_distances(masks[0], masks[1], spacing_mm)


def surface_of(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(z, y, x) voxels of a mask that have a face neighbour outside it."""
    inner = mask.copy()
    for axis in range(3):
        along, of_mask = np.moveaxis(inner, axis, 0), np.moveaxis(mask, axis, 0)
        along[1:] &= of_mask[:-1]
        along[:-1] &= of_mask[1:]
        along[0] = False
        along[-1] = False
    return mask & ~inner


def _distances(
    start: NDArray[np.bool_], target: NDArray[np.bool_], spacing_mm: ZyxFloat
) -> NDArray[np.float64]:
    """Nearest distance per voxel of ``start``; voxels of both surfaces are 0 without a search."""
    distances = np.zeros(int(start.sum()))
    apart = ~target[start]
    if apart.any():
        # Median splits are slow on a lattice with its many equal coordinates.
        tree = cKDTree(np.argwhere(target) * spacing_mm, balanced_tree=False)
        distances[apart] = tree.query((np.argwhere(start) * spacing_mm)[apart])[0]
    return distances


def _union(first: Slices, second: Slices) -> Slices:
    z, y, x = (
        slice(min(a.start, b.start), max(a.stop, b.stop))
        for a, b in zip(first, second, strict=True)
    )
    return z, y, x
