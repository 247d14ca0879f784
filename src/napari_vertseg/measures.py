"""What can be read off one vertebra: volume, density, place, extent, contact with the border."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .segmentation import Segmentation, VertebraInstance
from .volume import Grid, Scan, Slices, ZyxFloat, bounding_slices
from .volume.components import find_components


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraMeasures:
    """Measures of one mask on one grid."""

    volume_mm3: float
    mean_hu: float | None
    """Mean CT value inside the mask; None without a scan."""
    centroid_voxel: ZyxFloat
    """Centre of mass, (z, y, x) voxels of the grid."""
    centroid_mm: tuple[float, float, float]
    """Centre of mass, RAS millimetres."""
    extent_mm: ZyxFloat
    """Size of the bounding box along the axes of the grid."""
    components: int
    """Parts that touch by not even a corner; 1 for a healthy mask."""
    touches_border: bool
    """The mask reaches one of the six faces of the grid."""


def measure(
    instance: VertebraInstance, grid: Grid, voxels: NDArray[np.int16] | None = None
) -> VertebraMeasures:
    """Measure one vertebra.

    Parameters
    ----------
    instance : VertebraInstance
        Lies within ``grid``; its mask is not empty.
    grid : Grid
        What the instance's voxels mean in the world.
    voxels : (z, y, x) int16 HU, optional
        The scan on ``grid``, for the mean CT value.
    """
    mask = instance.mask
    count = int(np.count_nonzero(mask))
    place = ZyxFloat(*(float(v) for v in _center(mask) + instance.start))
    right, anterior, superior = (float(v) for v in grid.to_world(place))
    return VertebraMeasures(
        volume_mm3=count * grid.voxel_mm3,
        mean_hu=None if voxels is None else float(voxels[instance.slices][mask].mean()),
        centroid_voxel=place,
        centroid_mm=(right, anterior, superior),
        extent_mm=_extent_mm(mask, grid),
        components=len(find_components(mask)),
        touches_border=_touches_border(instance, grid),
    )


def measure_all(
    segmentation: Segmentation, scan: Scan | None = None
) -> list[tuple[int, VertebraMeasures]]:
    """Measures of every vertebra with its number in the label map.

    Raises
    ------
    ValueError
        The scan lies on another grid than the segmentation.
    """
    if scan is not None and not scan.grid.is_same(segmentation.grid):
        raise ValueError(f"{scan.name}: scan and segmentation lie on different grids")
    voxels = None if scan is None else scan.voxels
    return [
        (number, measure(instance, segmentation.grid, voxels))
        for number, instance in segmentation.numbered()
    ]


def _center(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Centre of mass in voxels of the crop, from one profile per axis."""
    others = ((1, 2), (0, 2), (0, 1))
    profiles = [np.count_nonzero(mask, axis=axes) for axes in others]
    return np.array([np.average(np.arange(p.size), weights=p) for p in profiles])


def _extent_mm(mask: NDArray[np.bool_], grid: Grid) -> ZyxFloat:
    # The crop may be wider than the mask: a window, or one with removed voxels.
    box = _box(mask)
    return ZyxFloat(*((s.stop - s.start) * mm for s, mm in zip(box, grid.spacing_mm, strict=True)))


def _touches_border(instance: VertebraInstance, grid: Grid) -> bool:
    box = _box(instance.mask)
    return any(
        start + s.start <= 0 or start + s.stop >= size
        for s, start, size in zip(box, instance.start, grid.shape, strict=True)
    )


def _box(mask: NDArray[np.bool_]) -> Slices:
    return cast(Slices, bounding_slices(mask))  # an instance's mask is never empty
