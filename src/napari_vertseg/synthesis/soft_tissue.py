"""Structure within soft tissues: fat streaks, strands, vessels, gas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special

from .appearance import Appearance
from .tissue import Tissue

Field = NDArray[np.float32]

_PLAQUE_HU = 550.0


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
    solid = np.ones(len(Tissue), dtype=np.float32)
    solid[[Tissue.AIR, Tissue.AIRWAY, Tissue.METAL, Tissue.TABLE]] = 0.0
    slow = 0.6 * fields.fine + 0.8 * fields.coarse
    volume += solid[structures] * appearance.soft_sd_hu * slow
    blobs, gas = _blob_edge, hu[Tissue.BOWEL_GAS]
    mixed = 0.85 * fields.fine + 0.53 * fields.coarse
    flat, tissues = volume.ravel(), structures.ravel()
    for tissue, share, score, edge_of, instead in (
        (Tissue.MUSCLE, appearance.muscle_fat, np.abs(mixed), _sheet_edge, hu[Tissue.FAT] + 25),
        (Tissue.FAT, appearance.fat_strands, np.abs(mixed), _sheet_edge, hu[Tissue.SOFT] - 20),
        (Tissue.LUNG, appearance.lung_vessels, None, _thread_edge, hu[Tissue.HEART] - 20),
        (Tissue.HEART, appearance.heart_wall, fields.coarse, blobs, hu[Tissue.SOFT] + 45),
        (Tissue.BOWEL, appearance.bowel_gas, fields.coarse, blobs, gas),
        (Tissue.DISC, appearance.disc_gas, fields.coarse, blobs, -700.0),
        (Tissue.DISC, appearance.disc_calcium, fields.fine, blobs, 450.0),
    ):
        place = np.flatnonzero(tissues == tissue)
        if not place.size or share <= 0.005:
            continue
        values = _threads(fields, place) if score is None else score.ravel()[place]
        flat[place] += _within(values, edge_of(share), edge_of(0.6 * share)) * (
            instead - flat[place]
        )


def calcify_arteries(
    volume: Field, structures: NDArray[np.uint8], fields: TextureFields, appearance: Appearance
) -> None:
    """Bright patches along the walls of arteries, in place; they lie close to the spine."""
    inner = structures == Tissue.ARTERY
    if appearance.plaque <= 0 or not inner.any():
        return
    wall = np.flatnonzero(inner & ~ndimage.binary_erosion(inner))
    edge = _blob_edge(appearance.plaque)
    weight = _within(fields.fine.ravel()[wall], edge, edge + 0.4)
    volume.ravel()[wall] += weight * np.float32(_PLAQUE_HU)


def _blob_edge(share: float) -> float:
    """Value that a standard normal field exceeds in ``share`` of its volume."""
    return float(special.ndtri(1 - share))


def _sheet_edge(share: float) -> float:
    """Amount below which a normal field stays in ``share`` of its volume: thin sheets."""
    return float(special.ndtri((1 + share) / 2))


def _thread_edge(share: float) -> float:
    """Amount below which a pair of normal fields stays: thin branching curves."""
    return float(np.sqrt(-2 * np.log1p(-share)))


def _threads(fields: TextureFields, place: NDArray[np.intp]) -> Field:
    return np.hypot(fields.fine.ravel()[place], fields.branching.ravel()[place])


def _within(values: Field, edge: float, inner: float) -> Field:
    """1 on the inner side of an edge, 0 on the other, with a soft step between."""
    return np.asarray(np.clip((values - edge) / (inner - edge) + 0.5, 0, 1), dtype=np.float32)
