"""The end of a way: turn back to the start, look back, start again, withdraw, or finish."""

from __future__ import annotations

from ..segmentation import Direction
from .events import Finished, FinishReason, Withdrawn
from .found import FoundVertebra
from .looking_back import first_of_row
from .route import RECENT, finish
from .scene import Scene
from .starting_again import may_start_again
from .state import TraversalState
from .withdrawing import withdraw


def end_of_way(scene: Scene) -> Withdrawn | Finished | None:
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
    if not found_any and may_start_again(scene):
        return None
    given_up = withdraw(scene)
    if given_up is not None:
        return given_up
    return finish(state, FinishReason.END_OF_SPINE if found_any else FinishReason.NO_VERTEBRA)


def _turn_at(state: TraversalState, vertebra: FoundVertebra) -> None:
    """Go the other way from a vertebra on (P27)."""
    opposite: Direction = "up" if state.direction == "down" else "down"
    state.face(opposite, vertebra.window, vertebra.fragment, vertebra.window)
    state.last_centroid = vertebra.centroid
    del state.spacings_mm[RECENT:]
