"""Finding the vertebra under a given voxel, by moving the half-space behind it (P27).

With an empty memory the network takes the first vertebra in sight. So the walk
counts all as done that lies behind a plane, a little behind the voxel. Where
the vertebra found is not the one that contains the voxel, the plane is moved
back and forth until it is: a voxel near the foot of a vertebra needs a plane
further back, one in its upper facets a plane further on.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np

from ..volume import Window, Zyx
from . import telling
from .config import TraversalConfig
from .events import Finished, FinishReason, Searching, SearchOutcome, SearchStage
from .fragment import Fragment, next_center
from .look import focus
from .refine import Candidate, first_sight
from .route import distance_mm, finish, is_starting
from .scene import Scene
from .state import Phase, StartAttempt

_ORDER = (0, 2, 4, -2, 6, -4, 8, 10, 1, -1, 3, -3)
"""Planes tried one after the other, in half steps towards the likelier side. Those in between
come last: only where a cut body lies beside a whole one is a step too coarse."""
_DRIFT_MM = 3.0
"""A vertebra that settles may leave the voxel by so much: masks are not exact."""


def begin(scene: Scene) -> Searching | Finished:
    """Try the next plane."""
    state = scene.state
    attempt = _next_attempt(attempt_of(scene), scene.config)
    if attempt is None:
        nothing = FinishReason.NO_VERTEBRA if state.was_sent else FinishReason.NOTHING_AT_START
        return finish(state, nothing)
    voxel = scene.heading.voxel(attempt.voxel)
    shift = _shift(attempt, scene.config)
    plane = _plane(voxel, shift, scene.config)
    look = scene.look(scene.window(voxel), plane)
    scene.place_plane(plane)
    fragment = focus(look, scene.config, at=voxel)
    distance = _distance_mm(fragment, look.window, voxel, scene.config)
    if fragment is not None and (distance == 0 or attempt.is_last):
        state.start = replace(attempt, tried=attempt.tried + 1, accepted_mm=distance)
        state.candidate = first_sight(look, fragment)
        state.phase = Phase.REFINE
        return telling.searching(scene, SearchStage.START, SearchOutcome.FRAGMENT, look, fragment)
    state.start = _learnt(attempt, shift, fragment, look.window, voxel, distance)
    outcome = SearchOutcome.NOTHING if fragment is None else SearchOutcome.ELSEWHERE
    return telling.searching(scene, SearchStage.START, outcome, look, fragment)


def _next_attempt(attempt: StartAttempt, config: TraversalConfig) -> StartAttempt | None:
    """The attempt to make now: a plane not yet tried, then the nearest one for good."""
    if attempt.is_last:
        return None
    if attempt.tried < min(config.start.tries, len(_ORDER)):
        return attempt
    if attempt.nearest_mm is None or attempt.nearest_mm > config.start.reach_mm:
        return None
    return replace(attempt, is_last=True)


def _shift(attempt: StartAttempt, config: TraversalConfig) -> int:
    if attempt.is_last and attempt.nearest_shift is not None:
        return attempt.nearest_shift
    shift = _ORDER[attempt.tried]
    return -shift if attempt.backwards_first else shift


def _plane(voxel: Zyx, shift: int, config: TraversalConfig) -> int:
    start = config.start
    return voxel.z + round((shift * start.step_mm / 2 - start.offset_mm) / config.spacing_mm)


def _learnt(
    attempt: StartAttempt,
    shift: int,
    fragment: Fragment | None,
    window: Window,
    voxel: Zyx,
    distance: float,
) -> StartAttempt:
    """What a failed attempt says about the next one."""
    if attempt.tried == 0:
        lies_ahead = fragment is None or next_center(fragment, window).z > voxel.z
        attempt = replace(attempt, backwards_first=lies_ahead)
    if fragment and (attempt.nearest_mm is None or distance < attempt.nearest_mm):
        attempt = replace(attempt, nearest_shift=shift, nearest_mm=distance, nearest_aside_mm=None)
    return replace(attempt, tried=attempt.tried + 1)


def is_unsettled_start(scene: Scene, confidence: float) -> bool:
    """Whether another plane should be tried before the start vertebra is taken.

    The plane that gave the one in whose middle the voxel lies best is noted: it is taken,
    should no other do. Two that are taken for one have their middle between them.
    """
    if not is_starting(scene.state):
        return False
    attempt, config = attempt_of(scene), scene.config.start
    if attempt.is_last or confidence >= config.min_confidence:
        return False
    nearest = (_or_inf(attempt.nearest_mm), _or_inf(attempt.nearest_aside_mm))
    aside_mm = _off_centre_mm(scene)
    if (attempt.accepted_mm, aside_mm) < nearest:
        shift = _shift(replace(attempt, tried=attempt.tried - 1), scene.config)
        scene.state.start = replace(
            attempt,
            nearest_shift=shift,
            nearest_mm=attempt.accepted_mm,
            nearest_aside_mm=aside_mm,
        )
    return True


def _off_centre_mm(scene: Scene) -> float:
    """From the start voxel to the middle of the candidate's box."""
    voxel, candidate = start_voxel(scene), scene.state.candidate
    if voxel is None or candidate is None:
        raise ValueError("no candidate of a start")
    middle = next_center(candidate.fragment, candidate.look.window)
    return distance_mm(voxel, middle, scene.config)


def _or_inf(distance: float | None) -> float:
    return inf if distance is None else distance


def has_left_start(scene: Scene, candidate: Candidate) -> bool:
    """Whether the start vertebra settled on another one than it began with."""
    voxel = start_voxel(scene)
    if voxel is None:
        return False
    distance = _distance_mm(candidate.fragment, candidate.look.window, voxel, scene.config)
    return distance > attempt_of(scene).accepted_mm + _DRIFT_MM


def start_voxel(scene: Scene) -> Zyx | None:
    """The start voxel, as walked, while its vertebra is still to be found."""
    if not is_starting(scene.state):
        return None
    return scene.heading.voxel(attempt_of(scene).voxel)


def attempt_of(scene: Scene) -> StartAttempt:
    """How far the start has come."""
    if scene.state.start is None:
        raise ValueError("this walk has no start voxel")
    return scene.state.start


def _distance_mm(
    fragment: Fragment | None, window: Window, voxel: Zyx, config: TraversalConfig
) -> float:
    """From a voxel to the nearest voxel of a fragment."""
    if fragment is None:
        return inf
    gaps = np.argwhere(fragment.mask) - np.subtract(voxel, fragment.start_in(window))
    return float(np.sqrt((gaps**2).sum(axis=1).min())) * config.spacing_mm
