"""The end of a way: turn back to the start vertebra, look back, start again, or finish.

Starting again is not in the paper. With an empty memory the network leads from anywhere to the
first vertebra in view; where the scan begins with tips of which it is not sure, every way leads
there, and a spine that it sees well is given up. From a place within it, with all behind it
counting as done (P27), the walk finds the rest.
"""

from __future__ import annotations

from ..segmentation import Direction
from .events import Finished, FinishReason
from .found import FoundVertebra
from .looking_back import first_of_row
from .refine import Candidate
from .route import RECENT, finish
from .scene import Scene
from .state import Phase, StartAttempt, Surest, TraversalState


def end_of_way(scene: Scene) -> Finished | None:
    """The search is exhausted; None where the walk goes on the other way."""
    state = scene.state
    if state.turns_back and state.found:
        state.turns_back = False
        _turn_at(state, state.found[0])
        return None
    row = first_of_row(scene)
    if row is not None:
        first, second = row
        state.is_anchored = True
        state.seen_again = first.id
        _turn_at(state, second)
        return None
    found_any = bool(state.found) or state.chain > 0
    if not found_any and _may_start_again(scene):
        return None
    return finish(state, FinishReason.END_OF_SPINE if found_any else FinishReason.NO_VERTEBRA)


def note_surest(scene: Scene, candidate: Candidate) -> None:
    """Keep in mind where the network was surest, as long as nothing is found."""
    state = scene.state
    if state.found or state.chain or state.is_anchored:
        return
    mask = candidate.fragment.within(candidate.look.window)
    certainty = float(candidate.look.probability[mask].mean()) / 255.0
    if state.surest is None or certainty > state.surest.certainty:
        state.surest = Surest(scene.heading.voxel(candidate.next_center), certainty)


def _may_start_again(scene: Scene) -> bool:
    """Whether there is a place to start from; the walk is there then."""
    state, config = scene.state, scene.config
    if not config.starts_again or state.is_anchored or state.surest is None:
        return False
    if state.surest.certainty < config.trusted_confidence:
        return False
    state.start = StartAttempt(voxel=state.surest.voxel)
    state.is_anchored = state.was_sent = state.turns_back = True
    state.phase = Phase.START
    state.rejected.clear()
    return True


def _turn_at(state: TraversalState, vertebra: FoundVertebra) -> None:
    """Go the other way from a vertebra on (P27)."""
    opposite: Direction = "up" if state.direction == "down" else "down"
    state.face(opposite, vertebra.window, vertebra.fragment, vertebra.window)
    state.last_centroid = vertebra.centroid
    del state.spacings_mm[RECENT:]
