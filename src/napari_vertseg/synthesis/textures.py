"""Random fields and values that all slabs of one rendered volume share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .fields import SmoothField


@dataclass(frozen=True, eq=False)
class Textures:
    """What makes one volume different from the next with the same appearance."""

    fine: SmoothField
    """Features of about 7 mm: fat streaks, vessels, strands."""
    branching: SmoothField
    """As ``fine``; where both vanish run thin curves."""
    coarse: SmoothField
    """Features of about 25 mm: bowel content, organs."""
    bias: SmoothField
    """Features of about 120 mm: beam hardening."""
    spongy_hu: NDArray[np.float32]
    """(256,) trabecular HU by VerSe value."""
    spots: NDArray[np.float64]
    """(n, 5) lesions: centre (z, y, x) mm, radius mm, HU added."""


def draw_textures(
    anatomy: AnatomyMap, appearance: Appearance, rng: np.random.Generator
) -> Textures:
    """Everything random that must fit together across slabs."""
    extent = np.array(anatomy.grid.shape) * np.array(anatomy.grid.spacing_mm)
    box = (float(extent[0]), float(extent[1]), float(extent[2]))
    spongy = appearance.trabecular_hu + appearance.level_sd_hu * rng.standard_normal(256)
    return Textures(
        fine=SmoothField.draw(rng, box, (9.0, 5.5, 5.5)),
        branching=SmoothField.draw(rng, box, (9.0, 5.5, 5.5)),
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
