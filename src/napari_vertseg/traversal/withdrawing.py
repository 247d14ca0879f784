"""Finds beside the spine, given up once it is found.

Not in the paper. A search over a wide field of view comes upon hips and shoulder blades before
it comes upon the spine, or behind its end; no row of the former is trusted, so the search goes
on, and finds it. What was taken for vertebrae stays in nobody's way, but it is wrong, and at the
end it is known.
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
    row = chain_of(scene)
    scene.state.chain -= sum(vertebra in row for vertebra in beside)
    for vertebra in beside:
        scene.state.memory.forget(vertebra.id)
        scene.state.found.remove(vertebra)
    return telling.withdrawn(scene.state, beside)


def _beside(scene: Scene) -> list[FoundVertebra]:
    state, config, row = scene.state, scene.config, chain_of(scene)
    if not config.withdraws or not is_row_trusted(row, config):
        return []
    sure = [vertebra for vertebra in state.found if vouches(vertebra, config)]
    # A row that is trusted for its length alone stands or falls as one.
    is_one = not any(vertebra in sure for vertebra in row)
    spine = [v for v in row if is_one or v.is_complete or v in sure]
    spine += [v for v in sure if v not in spine]
    doubted = [vertebra for vertebra in state.found if vertebra not in spine]
    beside = _out_of_reach(scene, doubted, spine, _usual_spacing_mm(scene, row)) if doubted else []
    # What a person has had a hand in stays, but says nothing about what lies near it.
    return [vertebra for vertebra in beside if vertebra.id not in state.corrected]


def _out_of_reach(
    scene: Scene, doubted: list[FoundVertebra], spine: list[FoundVertebra], usual_mm: float
) -> list[FoundVertebra]:
    """Those from which no way over others leads to the spine."""
    reached = [
        vertebra
        for vertebra in doubted
        if any(_may_follow(scene, vertebra, other, usual_mm) for other in spine)
    ]
    rest = [vertebra for vertebra in doubted if vertebra not in reached]
    return _out_of_reach(scene, rest, reached, usual_mm) if reached and rest else rest


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
