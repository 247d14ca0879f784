"""What follows what: from window to window, from vertebra to vertebra, from way to way."""

from __future__ import annotations

import numpy as np

from ..segmentation import Direction
from ..volume import ZyxFloat
from . import telling
from .config import TraversalConfig
from .events import Finished, FinishReason, Rejected, RejectReason, SearchStage
from .found import FoundVertebra
from .scene import Scene
from .state import Phase, TraversalState

_RECENT = 3
"""Spacings that a jump is measured by: along a spine they grow from 15 to 37 mm,
so that the mean over all of them would take L4 to L5 for a jump."""


def move_on(scene: Scene) -> None:
    """Next window of the search (P5, P13)."""
    state = scene.state
    is_trusted = state.is_anchored or state.chain >= scene.config.trusted_chain
    state.cursor = state.cursor.moved_on(is_trusted=is_trusted)


def reject(scene: Scene, reason: RejectReason) -> Rejected:
    """Leave the candidate and send the search on.

    The places it led to are not followed again until the memory changes: the
    network would only say the same once more.
    """
    state, candidate = scene.state, scene.state.candidate
    event = telling.rejected(scene, reason, candidate)
    if candidate is not None:
        state.rejected += [candidate.look.window.center, candidate.next_center]
    state.candidate = None
    if is_starting(state):
        state.phase = Phase.START
    else:
        state.phase = Phase.SEARCH
        move_on(scene)
    return event


def is_starting(state: TraversalState) -> bool:
    """Whether the vertebra under the start voxel is still to be found (P27)."""
    return state.start is not None and not state.found


def add(scene: Scene, found: FoundVertebra) -> None:
    """Take a vertebra into memory and instances, and look for the next one (P10)."""
    state = scene.state
    begins_here = is_starting(state)
    state.memory.remember(found.window, found.fragment.within(found.window), found.id)
    state.found.append(found)
    state.next_id += 1
    note_spacing(state, found, scene.config)
    state.chain = (
        1 if state.cursor.stage is SearchStage.RASTER and not begins_here else state.chain + 1
    )
    state.candidate = None
    state.rejected.clear()
    state.phase = Phase.SEARCH
    if begins_here:
        state.face(state.direction, found.window, found.fragment, found.window)
        return
    state.cursor = state.cursor.anchored_at(scene.heading.window(found.window).center)
    state.since_facing += 1
    if state.memory.half_space is not None and state.since_facing == 1:
        # What hangs over from behind, a spinous process, ends before the second
        # vertebra: with the plane there, no later patch shows any of it as free.
        state.seed_behind(found.fragment, found.window)


def distance_mm(a: ZyxFloat, b: ZyxFloat, config: TraversalConfig) -> float:
    """Between two voxel positions of the working grid."""
    return float(np.linalg.norm(np.subtract(a, b))) * config.spacing_mm


def is_jump(state: TraversalState, centroid: ZyxFloat, config: TraversalConfig) -> bool:
    """Whether a vertebra lies further off than its neighbours' spacing explains (P13).

    Differs from the row, which takes the mean of all spacings: here the last
    three, since they grow along the spine.
    """
    recent = state.spacings_mm[-_RECENT:]
    if state.last_centroid is None or not recent:
        return False
    step = distance_mm(centroid, state.last_centroid, config)
    return step > config.jump_factor * sum(recent) / len(recent)


def note_spacing(state: TraversalState, found: FoundVertebra, config: TraversalConfig) -> None:
    """Remember how far the last step was, unless it was a jump."""
    if state.last_centroid is not None and not found.is_jump:
        state.spacings_mm.append(distance_mm(found.centroid, state.last_centroid, config))
    state.last_centroid = found.centroid


def end_of_way(scene: Scene) -> Finished | None:
    """The search is exhausted: turn back to the start vertebra, or finish."""
    state = scene.state
    if not (state.turns_back and state.found):
        found_any = bool(state.found) or state.chain > 0
        return finish(state, FinishReason.END_OF_SPINE if found_any else FinishReason.NO_VERTEBRA)
    state.turns_back = False
    first = state.found[0]
    opposite: Direction = "up" if state.direction == "down" else "down"
    state.face(opposite, first.window, first.fragment, first.window)
    state.last_centroid = first.centroid
    del state.spacings_mm[_RECENT:]
    return None


def finish(state: TraversalState, reason: FinishReason) -> Finished:
    """End the walk; what counted as done without being a vertebra is free again."""
    state.phase = Phase.FINISHED
    state.candidate = None
    state.memory.clear_half_space()
    return telling.finished(state, reason)
