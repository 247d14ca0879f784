"""Bone as a cortical shell around trabecular bone, finer than the voxels it is drawn on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .bone_bulk import BoneBulk
from .tissue import Tissue, bone_mask

Spacing = tuple[float, float, float]

_EDGE_VOXELS = 0.65
_EDGE_MM = 0.8
"""The surface is smoothed by the larger of both: hides the stairs of the label map."""


@dataclass(frozen=True, eq=False)
class BoneSurface:
    """What the shell needs to know about each voxel near bone."""

    voxels: NDArray[np.intp]
    """(n,) flat indices of the voxels that hold some bone."""
    occupancy: NDArray[np.float32]
    """(n,) share of the voxel that is bone."""
    depth_mm: NDArray[np.float32]
    """(n,) distance below the surface, reliable near it; negative outside."""
    reach_mm: NDArray[np.float32]
    """(n,) extent of the voxel along the surface normal."""
    facing_z: NDArray[np.float32]
    """(n,) how far the surface faces up or down, 0 to 1."""
    bulk: NDArray[np.float32]
    """(n,) 1 within vertebral bodies, 0 in thin parts."""
    rim: NDArray[np.float32]
    """(n,) 1 at the surface of thick parts, 0 about 7 mm below."""


def bone_surface(
    anatomy: AnatomyMap, bulk_of_volume: BoneBulk, surface_mm: float = 0.0, start_z: int = 0
) -> BoneSurface | None:
    """Sub-voxel geometry of all bone, or None where there is none.

    Parameters
    ----------
    anatomy : AnatomyMap
        Tissues and vertebrae of a slab.
    bulk_of_volume : BoneBulk
        Of the volume that the slab is from.
    surface_mm : float
        How far bone ends below its labelled surface.
    start_z : int
        Slice of the volume that is the slab's first.
    """
    mask = bone_mask(anatomy.structures)
    if not mask.any():
        return None
    spacing = anatomy.grid.spacing_mm
    soft = mask.astype(np.float32)
    soft[_joints(anatomy, mask)] = 0.45
    sigma = [max(_EDGE_VOXELS, _EDGE_MM / s) for s in spacing]
    edge = ndimage.gaussian_filter(soft, sigma, truncate=3.0)
    voxels = np.flatnonzero(edge > 0.03)
    bulk, rim = bulk_of_volume.at(np.stack(np.unravel_index(voxels, mask.shape)), start_z)
    normal = _gradient(edge, voxels, spacing)
    along = np.sqrt(np.einsum("an,a->n", normal**2, (np.array(sigma) * spacing) ** 2))
    reach = np.sqrt(np.einsum("an,a->n", normal**2, np.array(spacing) ** 2))
    level = np.clip(edge.ravel()[voxels], 0.004, 0.996)
    depth = (np.sqrt(2) * along * special.erfinv(2 * level - 1)).astype(np.float32)
    depth -= np.float32(surface_mm)
    inside = soft.ravel()[voxels]
    # A plate of one voxel never reaches half: keep what the label map calls bone.
    occupancy = np.maximum(np.clip(depth / reach + 0.5, 0, 1), 0.65 * inside)
    return BoneSurface(
        voxels=voxels,
        occupancy=occupancy.astype(np.float32),
        depth_mm=depth,
        reach_mm=reach.astype(np.float32),
        facing_z=np.abs(normal[0]).astype(np.float32),
        bulk=bulk,
        rim=rim,
    )


def shell_share(
    surface: BoneSurface, appearance: Appearance, wear: NDArray[np.float32] | float = 1.0
) -> NDArray[np.float32]:
    """(n,) share of each voxel's bone that is compact bone of the shell.

    Parameters
    ----------
    surface : BoneSurface
        Geometry.
    appearance : Appearance
        Shell thickness and how it varies.
    wear : (n,) float32 or float
        Local factor of the thickness.
    """
    gain = appearance.posterior_gain + surface.bulk * (1.0 - appearance.posterior_gain)
    ends = 1.0 + (appearance.endplate_gain - 1.0) * surface.facing_z * surface.bulk
    thickness = appearance.cortical_mm * gain * ends * wear
    top = np.clip(surface.depth_mm + surface.reach_mm / 2, 1e-3, None)
    bottom = np.clip(surface.depth_mm - surface.reach_mm / 2, 0, None)
    within = np.clip(np.minimum(top, thickness) - bottom, 0, None)
    return np.asarray(within / np.maximum(top - bottom, 1e-3), dtype=np.float32)


def _joints(anatomy: AnatomyMap, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bone voxels that touch another bone: the gap of the joint runs through them."""
    keys = anatomy.vertebrae.astype(np.uint8)
    ribs = mask & (keys == 0)
    keys = np.where(ribs, np.uint8(200) + anatomy.structures, keys)
    joint = np.zeros(mask.shape, dtype=bool)
    for axis in range(3):
        here = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        there = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        touch = (keys[here] != keys[there]) & mask[here] & mask[there]
        joint[here] |= touch
        joint[there] |= touch
    return joint


def _gradient(
    edge: NDArray[np.float32], voxels: NDArray[np.intp], spacing: Spacing
) -> NDArray[np.float32]:
    """(3, n) unit normals of the smoothed surface at flat indices."""
    place = np.unravel_index(voxels, edge.shape)
    parts = []
    for axis in range(3):
        forth, back = list(place), list(place)
        forth[axis] = np.minimum(place[axis] + 1, edge.shape[axis] - 1)
        back[axis] = np.maximum(place[axis] - 1, 0)
        parts.append((edge[tuple(forth)] - edge[tuple(back)]) / spacing[axis])
    normal = np.stack(parts)
    length = np.sqrt((normal**2).sum(axis=0))
    flat = length < 1e-4
    normal[:, flat] = np.float32(1 / np.sqrt(3))
    length[flat] = 1.0
    return np.asarray(normal / length, dtype=np.float32)


SPONGY_GAIN = {
    Tissue.VERTEBRA: 1.0,
    Tissue.SACRUM: 0.75,
    Tissue.RIB: 0.8,
    Tissue.OTHER_BONE: 0.9,
    Tissue.SKULL: 3.0,
}
"""Trabecular HU of a bone relative to the vertebral bodies."""
