"""From a map of tissues to CT values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..volume import Grid, floor_hu
from .acquisition import acquire
from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .bone import bone_surface
from .bone_bulk import BoneBulk
from .bone_hu import draw_bone
from .metal import add_metal, add_streaks
from .soft_tissue import TextureFields, calcify_arteries, vary_soft_tissue
from .textures import Textures, draw_textures
from .tissue import Tissue

_SLAB_VOXELS = 6_000_000
"""Volumes are rendered in slabs of about this size, so that memory stays bounded."""
_HALO_MM = 12.0
"""Slabs overlap by what blur, slices and bone thickness can reach."""
_ROUND_FIELD_MM = 240.0
"""Fields smaller than this have no empty corners."""
_LARGEST_HU = 3071
"""Twelve bits end here, as in most scanners."""


def render(
    anatomy: AnatomyMap, appearance: Appearance, rng: np.random.Generator
) -> NDArray[np.int16]:
    """CT values of made anatomy.

    Parameters
    ----------
    anatomy : AnatomyMap
        Tissues and vertebrae.
    appearance : Appearance
        From ``draw_appearance``.
    rng : numpy.random.Generator
        Source of textures and noise.

    Returns
    -------
    (z, y, x) int16
        HU on the anatomy's grid.
    """
    anatomy = add_metal(anatomy, appearance, rng)
    textures = draw_textures(anatomy, appearance, rng)
    bulk = BoneBulk.of(anatomy)
    result = np.empty(anatomy.grid.shape, dtype=np.int16)
    for inner, outer in _slabs(anatomy):
        part = _cut(anatomy, outer)
        volume = _compose(part, appearance, textures, bulk, rng, outer.start)
        volume = acquire(volume, part.grid.spacing_mm, appearance, rng)
        keep = slice(inner.start - outer.start, inner.stop - outer.start)
        result[inner] = floor_hu(np.minimum(volume[keep], _LARGEST_HU))
    if appearance.is_field_round:
        _cut_corners(result, anatomy.grid.spacing_mm, rng)
    return result


def _slabs(anatomy: AnatomyMap) -> list[tuple[slice, slice]]:
    """Pairs of slices along z: what is kept, and what is computed for it."""
    depth, height, width = anatomy.grid.shape
    step = max(8, _SLAB_VOXELS // (height * width))
    if depth <= 2 * step:
        return [(slice(0, depth), slice(0, depth))]
    halo = int(np.ceil(_HALO_MM / anatomy.grid.spacing_mm.z))
    return [
        (slice(a, min(a + step, depth)), slice(max(a - halo, 0), min(a + step + halo, depth)))
        for a in range(0, depth, step)
    ]


def _cut(anatomy: AnatomyMap, slab: slice) -> AnatomyMap:
    """The part of the anatomy in a slab; only the spacing of its grid is true."""
    depth = slab.stop - slab.start
    if depth == anatomy.grid.shape.z:
        return anatomy
    return replace(
        anatomy,
        grid=Grid(anatomy.grid.shape._replace(z=depth), anatomy.grid.affine),
        structures=anatomy.structures[slab],
        vertebrae=anatomy.vertebrae[slab],
    )


def _compose(
    part: AnatomyMap,
    appearance: Appearance,
    textures: Textures,
    bulk: BoneBulk,
    rng: np.random.Generator,
    start_z: int,
) -> NDArray[np.float32]:
    """Ideal HU before the scanner."""
    shape, spacing = part.grid.shape, part.grid.spacing_mm
    table = np.array(appearance.tissue_hu, dtype=np.float32)
    volume = table[part.structures]
    fields = TextureFields(
        fine=textures.fine.on(shape, spacing, start_z),
        branching=textures.branching.on(shape, spacing, start_z),
        coarse=textures.coarse.on(shape, spacing, start_z),
    )
    vary_soft_tissue(volume, part.structures, fields, appearance)
    calcify_arteries(volume, part.structures, fields, appearance)
    surface = bone_surface(part, bulk, appearance.surface_mm, start_z)
    if surface is not None:
        draw_bone(volume, part, surface, appearance, textures, fields.fine, rng, start_z)
    metal = part.structures == Tissue.METAL
    if metal.any():
        volume[metal] = table[Tissue.METAL]
        add_streaks(volume, metal, spacing, appearance, rng)
    inside = part.structures != Tissue.AIR
    bias = textures.bias.on(shape, spacing, start_z)
    volume += appearance.shift_hu + appearance.bias_hu * bias * inside
    return volume


def _cut_corners(
    volume: NDArray[np.int16], spacing: tuple[float, float, float], rng: np.random.Generator
) -> None:
    """Air outside the reconstruction circle, in place."""
    _, height, width = volume.shape
    # Small fields are reconstructed inside a larger circle.
    if min(height * spacing[1], width * spacing[2]) < _ROUND_FIELD_MM:
        return
    y = (np.arange(height) - (height - 1) / 2)[:, None]
    x = (np.arange(width) - (width - 1) / 2)[None, :]
    radius = rng.uniform(0.52, 0.66) * max(height, width)
    volume[:, y**2 + x**2 > radius**2] = -1024
