"""How far a chain of vertebrae looks like a spine, where there is no reference to say so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..segmentation import Segmentation


@dataclass(frozen=True, kw_only=True)
class ChainRules:
    """What one vertebra and its distance to the next may measure."""

    volume_cm3: tuple[float, float] = (5.0, 40.0)
    """Range for thoracic vertebrae."""
    spacing_mm: tuple[float, float] = (12.0, 32.0)
    """Between the centroids of neighbours."""


def longest_row(segmentation: Segmentation, rules: ChainRules | None = None) -> int:
    """Number of vertebrae in the longest unbroken plausible row, head to foot."""
    rules = rules or ChainRules()
    best = row = 0
    last: np.ndarray | None = None
    for instance in segmentation.instances:
        volume = np.count_nonzero(instance.mask) * segmentation.grid.voxel_mm3 / 1000
        center = np.argwhere(instance.mask).mean(axis=0) + np.array(instance.start)
        point = segmentation.grid.to_world(center)
        if not rules.volume_cm3[0] <= volume <= rules.volume_cm3[1]:
            row, last = 0, None
            continue
        gap = np.inf if last is None else float(np.linalg.norm(point - last))
        row = row + 1 if rules.spacing_mm[0] <= gap <= rules.spacing_mm[1] else 1
        best, last = max(best, row), point
    return best
