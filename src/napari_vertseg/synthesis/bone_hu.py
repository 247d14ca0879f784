"""CT values of bone: compact shell, spongy interior, lesions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .bone import SPONGY_GAIN, BoneSurface, shell_share
from .textures import Textures
from .tissue import Tissue


def draw_bone(
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
