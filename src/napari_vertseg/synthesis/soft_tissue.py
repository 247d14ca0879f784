"""Structure within soft tissues: fat streaks, strands, vessels, gas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .appearance import Appearance
from .tissue import Tissue

Field = NDArray[np.float32]

_PLAQUE_HU = 550.0
_CALCIUM_HU = 450.0
_VACUUM_HU = -700.0
_LEAST_SHARE = 0.005


@dataclass(frozen=True, eq=False)
class TextureFields:
    """Unit-variance fields on one slab, each (z, y, x) float32."""

    fine: Field
    """See ``Textures.fine``."""
    branching: Field
    """See ``Textures.branching``."""
    coarse: Field
    """See ``Textures.coarse``."""


def vary_soft_tissue(
    volume: Field, structures: NDArray[np.uint8], fields: TextureFields, appearance: Appearance
) -> None:
    """Make soft tissues uneven, in place.

    Parameters
    ----------
    volume : (z, y, x) float32
        HU.
    structures : (z, y, x) uint8
        ``Tissue`` values.
    fields : TextureFields
        On the same slab.
    appearance : Appearance
        How much of each.
    """
    hu = appearance.tissue_hu
    fine, coarse = fields.fine, fields.coarse
    solid = np.full(len(Tissue), appearance.soft_sd_hu, dtype=np.float32)
    solid[[Tissue.AIR, Tissue.AIRWAY, Tissue.METAL, Tissue.TABLE]] = 0.0
    volume += solid[structures] * (np.float32(0.6) * fine + np.float32(0.8) * coarse)
    sheets = np.abs(np.float32(0.85) * fine + np.float32(0.53) * coarse)
    streaks = (
        Mixture(Tissue.MUSCLE, appearance.muscle_fat, hu[Tissue.FAT] + 25),
        Mixture(Tissue.FAT, appearance.fat_strands, hu[Tissue.SOFT] - 20),
    )
    _mix(volume, structures, sheets, _sheet_edge, streaks)
    lumps = (
        Mixture(Tissue.HEART, appearance.heart_wall, hu[Tissue.SOFT] + 45),
        Mixture(Tissue.BOWEL, appearance.bowel_gas, hu[Tissue.BOWEL_GAS]),
        Mixture(Tissue.DISC, appearance.disc_gas, _VACUUM_HU),
    )
    _mix(volume, structures, coarse, _blob_edge, lumps)
    if appearance.disc_calcium > _LEAST_SHARE:
        calcium = (Mixture(Tissue.DISC, appearance.disc_calcium, _CALCIUM_HU),)
        _mix(volume, structures, fine, _blob_edge, calcium)
    vessels = (Mixture(Tissue.LUNG, appearance.lung_vessels, hu[Tissue.HEART] - 20),)
    if (structures == Tissue.LUNG).any():
        _mix(volume, structures, np.hypot(fine, fields.branching), _thread_edge, vessels)


@dataclass(frozen=True)
class Mixture:
    """A second substance within a tissue."""

    tissue: Tissue
    """Where."""
    share: float
    """How much of it, 0 to 1."""
    hu: float
    """Of the second substance."""


def _mix(
    volume: Field,
    structures: NDArray[np.uint8],
    score: Field,
    edge_of: Callable[[float], float],
    mixtures: tuple[Mixture, ...],
) -> None:
    """Replace each tissue where the score lies on the inner side of an edge, in place.

    Tables by tissue keep this to a few passes over the volume.
    """
    scale, offset, instead = np.zeros((3, len(Tissue)), dtype=np.float32)
    offset[:] = -1.0
    for mixture in mixtures:
        if mixture.share > _LEAST_SHARE:
            edge, inner = edge_of(mixture.share), edge_of(0.6 * mixture.share)
            scale[mixture.tissue] = 1 / (inner - edge)
            offset[mixture.tissue] = 0.5 - edge / (inner - edge)
            instead[mixture.tissue] = mixture.hu
    weight = scale[structures]
    weight *= score
    weight += offset[structures]
    np.clip(weight, 0, 1, out=weight)
    volume += weight * (instead[structures] - volume)


def calcify_arteries(
    volume: Field, structures: NDArray[np.uint8], fields: TextureFields, appearance: Appearance
) -> None:
    """Bright patches along the walls of arteries, in place; they lie close to the spine."""
    inner = structures == Tissue.ARTERY
    if appearance.plaque <= 0 or not inner.any():
        return
    wall = np.flatnonzero(inner & (_neighbours(inner) < 6))
    edge = _blob_edge(appearance.plaque)
    weight = np.clip((fields.fine.ravel()[wall] - edge) / 0.4 + 0.5, 0, 1)
    volume.ravel()[wall] += weight * np.float32(_PLAQUE_HU)


def _neighbours(mask: NDArray[np.bool_]) -> NDArray[np.int8]:
    """How many of the six neighbours of each voxel are in the mask."""
    count = np.zeros(mask.shape, dtype=np.int8)
    for axis in range(3):
        near, far = (np.moveaxis(a, axis, 0) for a in (mask, count))
        far[1:] += near[:-1]
        far[:-1] += near[1:]
    return count


def _blob_edge(share: float) -> float:
    """Value that a standard normal field exceeds in ``share`` of its volume."""
    return float(special.ndtri(1 - share))


def _sheet_edge(share: float) -> float:
    """Amount below which a normal field stays in ``share`` of its volume: thin sheets."""
    return float(special.ndtri((1 + share) / 2))


def _thread_edge(share: float) -> float:
    """Amount below which a pair of normal fields stays: thin branching curves."""
    return float(np.sqrt(-2 * np.log1p(-share)))
