"""The kind of body that lies around a spine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Build:
    """What kind of body lies around the spine; everything random about it."""

    scale: float
    """Size of the trunk relative to an average adult."""
    fat_mm: float
    """Subcutaneous fat."""
    inner_fat: float
    """0: viscera touch, 1: wide layers of fat between organs."""
    gas: float
    """Share of bowel loops that are gas."""
    aorta_mm: float
    """Radius of the aorta."""
    has_table: bool
    """Whether the patient lies on a visible table."""
    seed: int
    """Of the irregularities."""


def draw_build(rng: np.random.Generator, scale: float = 1.0) -> Build:
    """A random body."""
    return Build(
        scale=float(scale * rng.uniform(0.9, 1.12)),
        fat_mm=float(np.clip(rng.gamma(2.2, 8.0), 3, 60)),
        inner_fat=float(rng.random()),
        gas=float(rng.uniform(0.05, 0.4)),
        aorta_mm=float(np.clip(rng.normal(10.5, 2.0), 6.5, 20)),
        has_table=bool(rng.random() < 0.7),
        seed=int(rng.integers(2**31)),
    )
