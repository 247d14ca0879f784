"""From a map of tissues to CT values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..volume import floor_hu
from .acquisition import acquire
from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .bone import SPONGY_GAIN, BoneSurface, bone_surface, shell_share
from .fields import SmoothField
from .metal import add_metal, add_streaks
from .tissue import Tissue

_SLAB_VOXELS = 6_000_000
"""Volumes are rendered in slabs of about this size, so that memory stays bounded."""
_HALO_MM = 12.0
"""Slabs overlap by what blur, slices and bone thickness can reach."""


@dataclass(frozen=True, eq=False)
class Textures:
    """Random fields and per-vertebra values that all slabs of one volume share."""

    fine: SmoothField
    """Features of about 7 mm: fat streaks, vessels, strands."""
    coarse: SmoothField
    """Features of about 25 mm: bowel content, organs."""
    bias: SmoothField
    """Features of about 120 mm: beam hardening."""
    spongy_hu: NDArray[np.float32]
    """(256,) trabecular HU by VerSe value."""
    spots: NDArray[np.float64]
    """(n, 5) lesions: centre (z, y, x) mm, radius mm, HU added."""


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
    result = np.empty(anatomy.grid.shape, dtype=np.int16)
    for inner, outer in _slabs(anatomy):
        part = _cut(anatomy, outer)
        volume = _compose(part, appearance, textures, rng, outer.start)
        volume = acquire(volume, part.grid.spacing_mm, appearance, rng)
        keep = slice(inner.start - outer.start, inner.stop - outer.start)
        result[inner] = floor_hu(np.minimum(volume[keep], 3071))
    if appearance.is_field_round:
        _cut_corners(result, rng)
    return result


def draw_textures(
    anatomy: AnatomyMap, appearance: Appearance, rng: np.random.Generator
) -> Textures:
    """Everything random that must fit together across slabs."""
    extent = np.array(anatomy.grid.shape) * np.array(anatomy.grid.spacing_mm)
    box = (float(extent[0]), float(extent[1]), float(extent[2]))
    spongy = appearance.trabecular_hu + appearance.level_sd_hu * rng.standard_normal(256)
    return Textures(
        fine=SmoothField.draw(rng, box, (9.0, 5.5, 5.5)),
        coarse=SmoothField.draw(rng, box, 22.0),
        bias=SmoothField.draw(rng, box, 110.0),
        spongy_hu=np.clip(spongy, 5, 500).astype(np.float32),
        spots=_draw_spots(anatomy, appearance, rng),
    )


def _draw_spots(
    anatomy: AnatomyMap, appearance: Appearance, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Lesions at random voxels of vertebrae."""
    count = appearance.sclerotic_lesions + appearance.lytic_lesions
    places = np.flatnonzero(anatomy.vertebrae) if count else np.empty(0, dtype=int)
    if places.size == 0:
        return np.empty((0, 5))
    chosen = np.array(np.unravel_index(rng.choice(places, count), anatomy.grid.shape)).T
    spots = np.empty((count, 5))
    spots[:, :3] = chosen * np.array(anatomy.grid.spacing_mm)
    spots[:, 3] = rng.uniform(2.0, 7.0, count)
    spots[:, 4] = rng.uniform(200, 700, count)
    spots[appearance.sclerotic_lesions :, 4] = rng.uniform(-200, -60, appearance.lytic_lesions)
    return spots


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
    """The part of the anatomy in a slab; only its spacing is used afterwards."""
    if slab.stop - slab.start == anatomy.grid.shape.z:
        return anatomy
    grid = type(anatomy.grid)(
        anatomy.grid.shape._replace(z=slab.stop - slab.start), anatomy.grid.affine
    )
    return AnatomyMap(grid, anatomy.structures[slab], anatomy.vertebrae[slab])


def _compose(
    part: AnatomyMap,
    appearance: Appearance,
    textures: Textures,
    rng: np.random.Generator,
    start_z: int,
) -> NDArray[np.float32]:
    """Ideal HU before the scanner."""
    shape, spacing = part.grid.shape, part.grid.spacing_mm
    table = np.array(appearance.tissue_hu, dtype=np.float32)
    volume = table[part.structures]
    fine = textures.fine.on(shape, spacing, start_z)
    coarse = textures.coarse.on(shape, spacing, start_z)
    _vary_soft_tissue(volume, part.structures, fine, coarse, appearance)
    surface = bone_surface(part, appearance.surface_mm)
    if surface is not None:
        _draw_bone(volume, part, surface, appearance, textures, fine, rng, start_z)
    metal = part.structures == Tissue.METAL
    if metal.any():
        volume[metal] = table[Tissue.METAL]
        add_streaks(volume, metal, spacing, appearance, rng)
    inside = part.structures != Tissue.AIR
    bias = textures.bias.on(shape, spacing, start_z)
    volume += appearance.shift_hu + appearance.bias_hu * bias * inside
    return volume


def _vary_soft_tissue(
    volume: NDArray[np.float32],
    structures: NDArray[np.uint8],
    fine: NDArray[np.float32],
    coarse: NDArray[np.float32],
    appearance: Appearance,
) -> None:
    """Fat streaks, strands, gas and vessels, in place."""
    hu = appearance.tissue_hu
    solid = np.ones(len(Tissue), dtype=np.float32)
    solid[[Tissue.AIR, Tissue.AIRWAY, Tissue.METAL, Tissue.TABLE]] = 0.0
    volume += solid[structures] * appearance.soft_sd_hu * (0.6 * fine + 0.8 * coarse)
    mixed = 0.85 * fine + 0.53 * coarse
    for tissue, share, field, instead in (
        (Tissue.MUSCLE, appearance.muscle_fat, mixed, hu[Tissue.FAT] + 25),
        (Tissue.FAT, appearance.fat_strands, -np.abs(mixed), hu[Tissue.SOFT] - 20),
        (Tissue.LUNG, appearance.lung_vessels, _threads(fine), hu[Tissue.HEART] - 20),
        (Tissue.BOWEL, appearance.bowel_gas, coarse, hu[Tissue.BOWEL_GAS]),
        (Tissue.DISC, appearance.disc_gas, coarse, -700.0),
    ):
        place = np.flatnonzero(structures == tissue)
        if place.size and share > 0.005:
            rank = _excess(field.ravel()[place], share)
            volume.ravel()[place] += rank * (instead - volume.ravel()[place])


def _threads(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highest along thin branching curves: where a field and its shifted self both vanish."""
    return np.asarray(-np.hypot(field, np.roll(field, (7, 11, 13), axis=(0, 1, 2))))


def _excess(field: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """1 in the highest ``share`` of a field, 0 below, with a soft step between."""
    sample = field[:: max(1, field.size // 20000)]
    edge, above = np.quantile(sample, [1 - share, 1 - 0.6 * share])
    step = max(float(above - edge), 0.02)
    return np.asarray(np.clip((field - edge) / step + 0.5, 0, 1), dtype=np.float32)


def _draw_bone(
    volume: NDArray[np.float32],
    part: AnatomyMap,
    surface: BoneSurface,
    appearance: Appearance,
    textures: Textures,
    fine: NDArray[np.float32],
    rng: np.random.Generator,
    start_z: int,
) -> None:
    """Blend shell and spongy bone over what lies around, in place."""
    flat = volume.ravel()
    wear = np.exp(appearance.shell_variation * fine.ravel()[surface.voxels])
    shell = shell_share(surface, appearance, wear)
    spongy = _spongy_hu(part, surface, appearance, textures, fine, rng)
    if len(textures.spots):
        spongy += _spots_hu(part, surface, textures, start_z)
    bone = shell * appearance.cortical_hu + (1 - shell) * spongy
    flat[surface.voxels] += surface.occupancy * (bone - flat[surface.voxels])


def _spongy_hu(
    part: AnatomyMap,
    surface: BoneSurface,
    appearance: Appearance,
    textures: Textures,
    fine: NDArray[np.float32],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """(n,) interior HU with texture; thin parts are denser than bodies."""
    gain = np.ones(len(Tissue), dtype=np.float32)
    for tissue, value in SPONGY_GAIN.items():
        gain[tissue] = value
    tissue_gain = gain[part.structures.ravel()[surface.voxels]]
    mean = textures.spongy_hu[part.vertebrae.ravel()[surface.voxels]] * tissue_gain
    mean += appearance.rim_hu * (surface.rim * surface.bulk + 1 - surface.bulk)
    grain = rng.standard_normal(surface.voxels.size, dtype=np.float32)
    # Texture finer than a voxel averages out within it.
    average = min(1.0, appearance.trabecular_scale_mm / max(part.grid.voxel_mm3 ** (1 / 3), 0.1))
    slow = fine.ravel()[surface.voxels]
    return np.asarray(
        mean + appearance.trabecular_sd_hu * average * grain + appearance.marrow_sd_hu * slow,
        dtype=np.float32,
    )


def _spots_hu(
    part: AnatomyMap, surface: BoneSurface, textures: Textures, start_z: int
) -> NDArray[np.float32]:
    """(n,) HU added by lesions."""
    place = np.array(np.unravel_index(surface.voxels, part.grid.shape), dtype=np.float32).T
    place[:, 0] += start_z
    place *= np.array(part.grid.spacing_mm, dtype=np.float32)
    added = np.zeros(surface.voxels.size, dtype=np.float32)
    for z, y, x, radius, hu in textures.spots:
        square = ((place - np.array([z, y, x], dtype=np.float32)) ** 2).sum(axis=1)
        added += np.where(square < 9 * radius**2, hu * np.exp(-square / (2 * radius**2)), 0)
    return added


def _cut_corners(volume: NDArray[np.int16], rng: np.random.Generator) -> None:
    """Air outside the reconstruction circle, in place."""
    _, height, width = volume.shape
    if min(height, width) < 0.75 * max(height, width):
        return
    y = (np.arange(height) - (height - 1) / 2)[:, None]
    x = (np.arange(width) - (width - 1) / 2)[None, :]
    radius = rng.uniform(0.52, 0.66) * max(height, width)
    volume[:, y**2 + x**2 > radius**2] = -1024
