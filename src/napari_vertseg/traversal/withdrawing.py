"""Earlier finds beside the spine, given up once it is found.

Not in the paper. A search over a wide field of view comes upon hips and shoulder blades before
it comes upon the spine; no row of theirs is trusted, so the search goes on, and finds it. What
was taken for vertebrae until then stays in nobody's way, but it is wrong, and here it is known.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from . import telling
from .events import Withdrawn
from .found import FoundVertebra
from .route import chain_of, distance_mm, is_aside, is_row_trusted, vouches
from .scene import Scene


def withdraw(scene: Scene) -> Withdrawn | None:
    """Forget what turned out to lie beside the spine; None where there is nothing of it."""
    beside = _beside(scene)
    if not beside:
        return None
    for vertebra in beside:
        scene.state.memory.forget(vertebra.id)
        scene.state.found.remove(vertebra)
    return telling.withdrawn(scene.state, beside)


def _beside(scene: Scene) -> list[FoundVertebra]:
    state, config, row = scene.state, scene.config, chain_of(scene)
    earlier = state.found[: len(state.found) - len(row)]
    if not config.withdraws or not earlier or not is_row_trusted(row, config):
        return []
    usual = _usual_spacing_mm(scene, row)
    spine = list(row)
    for vertebra in reversed(earlier):
        is_kept = vertebra.id in state.corrected or vouches(vertebra, config)
        if is_kept or any(_may_follow(scene, vertebra, other, usual) for other in spine):
            spine.append(vertebra)
    return [vertebra for vertebra in earlier if vertebra not in spine]


def _may_follow(
    scene: Scene, vertebra: FoundVertebra, other: FoundVertebra, usual_mm: float
) -> bool:
    """Whether both may stand in one spine, with at most one vertebra missed between them."""
    config = scene.config
    reach_mm = config.gap_factor * usual_mm
    is_near = distance_mm(vertebra.centroid, other.centroid, config) <= reach_mm
    return is_near and not is_aside(vertebra.centroid, other.centroid, config)


def _usual_spacing_mm(scene: Scene, row: list[FoundVertebra]) -> float:
    """Between neighbours in the row; the first one may have been found last."""
    places = sorted(vertebra.centroid for vertebra in row)
    return float(np.median([distance_mm(a, b, scene.config) for a, b in pairwise(places)]))
