"""A search that ends in vain starts again where the network was surest.

Not in the paper. With an empty memory the network leads from anywhere to the first vertebra in
view; where the scan begins with tips of which it is not sure, every way leads there, and a
spine that it sees well is given up. From a place within it, with all behind it counting as
done (P27), the walk finds the rest.
"""

from __future__ import annotations

from .refine import Candidate
from .scene import Scene
from .state import Phase, StartAttempt, Surest


def note_surest(scene: Scene, candidate: Candidate) -> None:
    """Keep in mind where the network was surest, as long as nothing is found.

    Of pieces too small to vouch for a row it may be surer, and a start there fails.
    """
    state, config = scene.state, scene.config
    if state.found or state.chain or state.is_anchored:
        return
    if candidate.fragment.voxels < config.voxels_of(config.trusted_volume_mm3):
        return
    mask = candidate.fragment.within(candidate.look.window)
    certainty = float(candidate.look.probability[mask].mean()) / 255.0
    if state.surest is None or certainty > state.surest.certainty:
        state.surest = Surest(scene.heading.voxel(candidate.next_center), certainty)


def may_start_again(scene: Scene) -> bool:
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
