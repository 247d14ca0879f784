"""Implants and the streaks they throw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .anatomy_map import AnatomyMap
from .appearance import Appearance
from .tissue import Tissue


def add_metal(anatomy: AnatomyMap, appearance: Appearance, rng: np.random.Generator) -> AnatomyMap:
    """Anatomy with screws and spots of metal; labels of vertebrae stay as they are."""
    if not (appearance.screws or appearance.metal_spots):
        return anatomy
    structures = anatomy.structures.copy()
    spacing = np.array(anatomy.grid.spacing_mm)
    values = [int(v) for v in np.unique(anatomy.vertebrae) if v]
    if values and appearance.screws:
        first = int(rng.integers(len(values)))
        for value in values[first : first + appearance.screws]:
            _place_screws(structures, anatomy.vertebrae == value, spacing, rng)
    for _ in range(appearance.metal_spots):
        inside = np.flatnonzero(structures[::4] != Tissue.AIR)
        if inside.size:
            z, y, x = np.unravel_index(rng.choice(inside), structures[::4].shape)
            center = np.array([4 * z, y, x]) * spacing
            _stroke(structures, center, center + rng.normal(0, 5, 3), rng.uniform(1, 4), spacing)
    return replace(anatomy, structures=structures)


def _place_screws(
    structures: NDArray[np.uint8],
    mask: NDArray[np.bool_],
    spacing: NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """A screw through each side of one vertebra, from behind towards the body."""
    place = np.argwhere(mask) * spacing
    low, high = place.min(axis=0), place.max(axis=0)
    center = place.mean(axis=0)
    radius = rng.uniform(2.0, 3.2)
    for side in (-1, 1):
        head = np.array([center[0], high[1] - 0.25 * (high[1] - low[1]), center[2] + 18 * side])
        tip = np.array([center[0], low[1] + 0.15 * (high[1] - low[1]), center[2] + 7 * side])
        _stroke(structures, head, tip, radius, spacing)
        rod = np.array([16.0, 0.0, 0.0])
        _stroke(structures, head - rod, head + rod, radius, spacing)


def _stroke(
    structures: NDArray[np.uint8],
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    radius: float,
    spacing: NDArray[np.float64],
) -> None:
    """Metal along a line, in place; millimetres."""
    reach = max(radius, 0.6 * float(spacing.max()))
    low = np.floor((np.minimum(start, stop) - reach) / spacing).astype(int)
    high = np.ceil((np.maximum(start, stop) + reach) / spacing).astype(int) + 1
    low, high = np.clip(low, 0, structures.shape), np.clip(high, 0, structures.shape)
    if np.any(high <= low):
        return
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    axes = np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij")
    points = np.stack(axes, axis=-1) * spacing
    line = stop - start
    along = np.clip((points - start) @ line / max(float(line @ line), 1e-6), 0, 1)
    gap = np.linalg.norm(points - start - along[..., None] * line, axis=-1)
    structures[box][gap <= reach] = Tissue.METAL


def add_streaks(
    volume: NDArray[np.float32],
    metal: NDArray[np.bool_],
    spacing: tuple[float, float, float],
    appearance: Appearance,
    rng: np.random.Generator,
) -> None:
    """Bright and dark rays from the metal of each slice, in place."""
    _, height, width = volume.shape
    y = np.arange(height)[:, None] * spacing[1]
    x = np.arange(width)[None, :] * spacing[2]
    waves = rng.normal(0, 1, 14)
    phases = rng.uniform(0, 2 * np.pi, 14)
    for z in np.flatnonzero(metal.any(axis=(1, 2))):
        rows, columns = np.nonzero(metal[z])
        dy, dx = y - rows.mean() * spacing[1], x - columns.mean() * spacing[2]
        angle, distance = np.arctan2(dy, dx), np.hypot(dy, dx)
        rays = sum(
            w * np.cos(2 * (k + 1) * angle + p)
            for k, (w, p) in enumerate(zip(waves, phases, strict=True))
        )
        streak = appearance.streak_hu * rays / 4 * np.exp(-distance / 45)
        volume[z] += np.where(metal[z] | (volume[z] < -900), 0, streak)
