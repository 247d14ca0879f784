"""From a vertebra on the working grid to one on the scan's grid (P14, P15, P16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..labelling import keep_components
from ..segmentation import VertebraInstance
from ..traversal import FoundVertebra
from ..volume import (
    Grid,
    Scan,
    Slices,
    Zyx,
    bounding_slices,
    resample_linear,
    resample_nearest,
)
from .surface import refine_surface


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """How masks return to the scan; settings of the model."""

    resampling: Literal["probability", "nearest"] = "probability"
    """``probability`` (threshold after interpolation) or ``nearest`` (the paper)."""
    probability_threshold: float = 0.5
    refine_below_hu: float | None = None
    """200 in the paper; None = off."""


def to_scan_grid(
    found: FoundVertebra,
    scan: Scan,
    working: Grid,
    way: WayBack,
    taken: NDArray[np.unsignedinteger[Any]] | None = None,
) -> VertebraInstance | None:
    """One vertebra at the scan's own resolution.

    Only the box of the vertebra is ever interpolated.

    Parameters
    ----------
    found : FoundVertebra
        On ``working``.
    scan : Scan
        Whose canonical grid the result lies on.
    taken : (z, y, x) unsigned, optional
        Voxels of the scan that are not 0 belong to vertebrae found before and
        are left to them (P10).

    Returns
    -------
    VertebraInstance or None
        None where nothing is left at the scan's resolution.
    """
    box = _box_on_scan(found, scan.grid, working)
    mask = _resampled(found, _part(working, found.slices), _part(scan.grid, box), way)
    if taken is not None:
        mask &= taken[box] == 0
    mask, is_refined = _refined(mask, scan.voxels[box], way)
    mask = keep_components(mask, is_complete=found.is_complete, voxel_mm3=scan.grid.voxel_mm3)
    tight = bounding_slices(mask)
    if tight is None:
        return None
    start = Zyx(*(a.start + b.start for a, b in zip(box, tight, strict=True)))
    return _instance(found, start, mask[tight].copy(), is_refined)


def _refined(
    mask: NDArray[np.bool_], voxels_hu: NDArray[np.int16], way: WayBack
) -> tuple[NDArray[np.bool_], bool | None]:
    """The mask without its dark surface, and whether that step was taken."""
    if way.refine_below_hu is None:
        return mask, None
    refined = refine_surface(mask, voxels_hu, way.refine_below_hu)
    return refined, refined is not mask


def _instance(
    found: FoundVertebra, start: Zyx, mask: NDArray[np.bool_], is_refined: bool | None
) -> VertebraInstance:
    """What the walk knows, with the mask on another grid."""
    return VertebraInstance(
        id=found.id,
        start=start,
        mask=mask,
        completeness=found.completeness,
        is_complete=found.is_complete,
        confidence=found.confidence,
        entropy=found.entropy,
        last_overlap=found.last_overlap,
        steps=found.steps,
        is_cut_by_patch=found.is_cut_by_patch,
        direction=found.direction,
        is_refined=is_refined,
    )


def _box_on_scan(found: FoundVertebra, scan: Grid, working: Grid) -> Slices:
    """Voxels of the scan whose centres lie in the crop's box."""
    low = np.array([s.start for s in found.slices]) - 0.5
    high = np.array([s.stop for s in found.slices]) - 0.5
    first = np.ceil(scan.to_voxel(working.to_world(low)) - 1e-6)
    last = np.floor(scan.to_voxel(working.to_world(high)) + 1e-6)
    limit = np.array(scan.shape)
    lows = np.clip(first, 0, limit - 1).astype(int)
    highs = np.clip(last, lows, limit - 1).astype(int) + 1
    z, y, x = (slice(int(a), int(b)) for a, b in zip(lows, highs, strict=True))
    return z, y, x


def _part(grid: Grid, box: Slices) -> Grid:
    """The grid of a box of voxels."""
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world([s.start for s in box])
    return Grid(Zyx(*(s.stop - s.start for s in box)), affine)


def _resampled(
    found: FoundVertebra, source: Grid, target: Grid, way: WayBack
) -> NDArray[np.bool_]:
    if way.resampling == "nearest":
        return np.asarray(resample_nearest(found.mask, source, target), dtype=bool)
    certain = resample_linear(found.probability, source, target)
    # Less the rounding of float32, so that equal grids give the walk's own mask.
    return np.asarray(certain >= way.probability_threshold * 255 - 1e-3)
