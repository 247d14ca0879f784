"""What tells a vertebra from something else: it is like the vertebrae next to it.

Not in the paper. What a walk goes on to find behind L5, in the sacrum, is judged complete as
often as not; but it is smaller than the vertebrae before.
"""

from __future__ import annotations

import numpy as np

from .events import RejectReason
from .found import FoundVertebra
from .route import chain_of, distance_mm
from .scene import Scene

_NEIGHBOURS = 3
"""Complete ones that a find is compared with; along a spine volumes grow."""


def unlike_neighbours(scene: Scene, found: FoundVertebra) -> RejectReason | None:
    """Why a complete find cannot stand in one row with the three nearest complete ones.

    At the edge of the scan it may be the rest of one that the network misjudges, and stays.
    """
    nearest = _nearest_complete(scene, found)
    if len(nearest) < _NEIGHBOURS or not found.is_complete or _is_at_edge(scene, found):
        return None
    return RejectReason.PIECE if _is_piece(scene, found, nearest) else None


def _nearest_complete(scene: Scene, found: FoundVertebra) -> list[FoundVertebra]:
    whole = [v for v in chain_of(scene) if v.is_complete]
    # A walk both ways comes back from the other end, where vertebrae are three times as large.
    whole.sort(key=lambda v: distance_mm(v.centroid, found.centroid, scene.config))
    return whole[:_NEIGHBOURS]


def _is_piece(scene: Scene, found: FoundVertebra, nearest: list[FoundVertebra]) -> bool:
    """Far smaller: a crushed vertebra loses less, a piece of the sacrum is a fifth to a third."""
    usual = np.median([v.volume_mm3 for v in nearest])
    return bool(found.volume_mm3 < scene.config.min_volume_share * usual)


def _is_at_edge(scene: Scene, found: FoundVertebra) -> bool:
    ends = zip(found.slices, scene.shape, strict=True)
    return any(s.start == 0 or s.stop == size for s, size in ends)
