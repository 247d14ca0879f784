"""How far a chain of vertebrae looks like a spine, where there is no reference to say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


Place = tuple[float, tuple[float, float, float]]
"""Volume in mm³ and centroid in RAS mm of a vertebra."""


def longest_row(vertebrae: Iterable[Place], rules: ChainRules) -> range:
    """Places of the vertebrae in the longest unbroken plausible row; of equal ones the first.

    Parameters
    ----------
    vertebrae : iterable of Place
        Head to foot.
    rules : ChainRules
        What is plausible.
    """
    best, begin = range(0), 0
    last: NDArray[np.float64] | None = None
    for place, (volume_mm3, centroid_mm) in enumerate(vertebrae):
        if not rules.volume_cm3[0] <= volume_mm3 / 1000 <= rules.volume_cm3[1]:
            last = None
            continue
        point = np.array(centroid_mm, dtype=np.float64)
        gap = np.inf if last is None else float(np.linalg.norm(point - last))
        if not rules.spacing_mm[0] <= gap <= rules.spacing_mm[1]:
            begin = place
        best, last = max(best, range(begin, place + 1), key=len), point
    return best


def whole_outside(vertebrae: Sequence[Place], is_whole: Sequence[bool], rules: ChainRules) -> int:
    """Number of whole vertebrae outside the longest row; cut ones may stand in it or stray."""
    row = longest_row(vertebrae, rules)
    return sum(whole for place, whole in enumerate(is_whole) if place not in row)
