"""How far a chain of vertebrae looks like a spine, where there is no reference to say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ChainRules:
    """What one vertebra and its distance to the next may measure."""

    volume_cm3: tuple[float, float]
    spacing_mm: tuple[float, float]
    """Between the centroids of neighbours."""


THORACIC: Final = ChainRules(volume_cm3=(5.0, 40.0), spacing_mm=(12.0, 32.0))
LUMBAR: Final = ChainRules(volume_cm3=(5.0, 90.0), spacing_mm=(12.0, 45.0))


def longest_row(
    vertebrae: Iterable[tuple[float, tuple[float, float, float]]], rules: ChainRules
) -> int:
    """Number of vertebrae in the longest unbroken plausible row.

    Parameters
    ----------
    vertebrae : iterable of (volume in mm³, centroid in RAS mm)
        Head to foot.
    rules : ChainRules
        What is plausible.
    """
    best = row = 0
    last: NDArray[np.float64] | None = None
    for volume_mm3, centroid_mm in vertebrae:
        if not rules.volume_cm3[0] <= volume_mm3 / 1000 <= rules.volume_cm3[1]:
            row, last = 0, None
            continue
        point = np.array(centroid_mm, dtype=np.float64)
        gap = np.inf if last is None else float(np.linalg.norm(point - last))
        row = row + 1 if rules.spacing_mm[0] <= gap <= rules.spacing_mm[1] else 1
        best, last = max(best, row), point
    return best
