"""What follows what: from window to window, from vertebra to vertebra, from way to way."""

from __future__ import annotations

import numpy as np

from ..volume import Zyx, ZyxFloat
from . import telling
from .config import TraversalConfig
from .events import Finished, FinishReason, Rejected, RejectReason, SearchStage
from .found import FoundVertebra
from .look import is_near
from .scene import Scene
from .search import row_of
from .state import Phase, TraversalState

RECENT = 3
"""Spacings that a jump is measured by: they grow along a spine, so that the mean over all
would take L4 to L5 for a jump."""


def move_on(scene: Scene) -> None:
    """Next window of the search (P5, P13)."""
    scene.state.cursor = scene.state.cursor.moved_on(is_trusted=is_trusted(scene))


def is_trusted(scene: Scene) -> bool:
    """Whether what was found so far is the spine."""
    if scene.state.is_anchored:
        return True
    return is_row_trusted(chain_of(scene), scene.config)


def is_row_trusted(row: list[FoundVertebra], config: TraversalConfig) -> bool:
    """Whether so many in a row, or so sure ones, are the spine."""
    is_sure = any(vouches(vertebra, config) for vertebra in row)
    return len(row) >= (config.trusted_chain if is_sure else config.doubtful_chain)


def vouches(vertebra: FoundVertebra, config: TraversalConfig) -> bool:
    """Whether a find is sure and large enough to speak for those in a row with it."""
    is_sure = vertebra.confidence >= config.trusted_confidence
    return is_sure and vertebra.volume_mm3 >= config.trusted_volume_mm3


def chain_of(scene: Scene) -> list[FoundVertebra]:
    """What was found in one row, up to now."""
    return scene.state.found[-scene.state.chain :] if scene.state.chain else []


def is_barred(scene: Scene, place: Zyx) -> bool:
    """Whether a search passes over what lies at a voxel of the scan as walked."""
    return is_near(place, scene.state.rejected, scene.config) or is_beside_chain(scene, place)


def is_beside_chain(scene: Scene, place: Zyx) -> bool:
    """Whether a voxel of the scan as walked lies astray of a chain that is trusted."""
    voxel = scene.heading.voxel(place)
    return is_trusted(scene) and is_astray(scene.state, voxel, scene.config)


def is_astray(state: TraversalState, place: ZyxFloat | Zyx, config: TraversalConfig) -> bool:
    """Whether a place of the scan lies too far aside of the last vertebra to be its neighbour.

    Not in the paper. In a wide field of view a patch on the spine also shows what
    lies beside it, and a walk that accepts that goes on from there.
    """
    return state.last_centroid is not None and is_aside(place, state.last_centroid, config)


def is_aside(place: ZyxFloat | Zyx, other: ZyxFloat, config: TraversalConfig) -> bool:
    """Whether one place of the scan lies too far aside of another for neighbours in a spine.

    Behind it is the spinous process: of a vertebra that the scan cuts, often all there is.
    """
    ahead, depth, side = np.subtract(place, other) * config.spacing_mm
    depth = depth if depth < 0 else max(depth - config.behind_mm, 0.0)
    return bool(np.hypot(depth, side) > max(config.max_aside_mm, abs(ahead)))


def is_rejected_astray(scene: Scene, found: FoundVertebra) -> bool:
    """The same of a settled vertebra, once the chain is trusted."""
    return is_trusted(scene) and is_astray(scene.state, found.centroid, scene.config)


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
    strays = is_astray(state, found.centroid, scene.config)
    state.memory.remember(found.window, found.fragment.within(found.window), found.id)
    state.found.append(found)
    state.next_id += 1
    note_spacing(state, found, scene.config)
    starts_chain = state.cursor.stage is SearchStage.RASTER and not begins_here
    state.chain = 1 if starts_chain or strays else state.chain + 1
    state.candidate = None
    state.rejected.clear()
    state.phase = Phase.SEARCH
    if begins_here:
        state.face(state.direction, found.window, found.fragment, found.window)
        return
    go_on_from(scene, found)


def go_on_from(scene: Scene, found: FoundVertebra) -> None:
    """Look for the next vertebra in the patch of this one, and then beyond it (P10)."""
    state = scene.state
    center = scene.heading.window(found.window).center
    state.cursor = state.cursor.anchored_at(center, _resume_at(scene))
    state.sightings.clear()
    state.since_facing += 1
    if state.memory.half_space is not None and state.since_facing == 1:
        # What hangs over from behind, a spinous process, ends before the second
        # vertebra: with the plane there, no later patch shows any of it as free.
        state.seed_behind(found.fragment, found.window)


def _resume_at(scene: Scene) -> int | None:
    """Where the raster goes on after a doubtful find: all windows at its height, once more."""
    cursor = scene.state.cursor
    if scene.config.follows == "first" or cursor.stage is not SearchStage.RASTER:
        return None
    return row_of(cursor.index, scene.shape, scene.config).start


def distance_mm(a: ZyxFloat | Zyx, b: ZyxFloat | Zyx, config: TraversalConfig) -> float:
    """Between two voxel positions of the working grid."""
    return float(np.linalg.norm(np.subtract(a, b))) * config.spacing_mm


def is_jump(state: TraversalState, centroid: ZyxFloat, config: TraversalConfig) -> bool:
    """Whether a vertebra lies further off than its neighbours' spacing explains (P13).

    Differs from the row, which takes the mean of all spacings: here the last
    three, since they grow along the spine.
    """
    recent = state.spacings_mm[-RECENT:]
    if state.last_centroid is None or not recent:
        return False
    step = distance_mm(centroid, state.last_centroid, config)
    return step > config.jump_factor * sum(recent) / len(recent)


def note_spacing(state: TraversalState, found: FoundVertebra, config: TraversalConfig) -> None:
    """Remember how far the last step was, unless it was a jump."""
    if state.last_centroid is not None and not found.is_jump:
        state.spacings_mm.append(distance_mm(found.centroid, state.last_centroid, config))
    state.last_centroid = found.centroid


def finish(state: TraversalState, reason: FinishReason) -> Finished:
    """End the walk; what counted as done without being a vertebra is free again."""
    state.phase = Phase.FINISHED
    state.candidate = None
    state.seen_again = None
    state.memory.clear_half_space()
    return telling.finished(state, reason)
