"""One step of the refinement: evaluate where the fragment is, and decide (P7 to P9)."""

from __future__ import annotations

from functools import partial

from . import telling
from .events import Refining, Rejected, RejectReason
from .look import focus, is_near
from .refine import Candidate, destination, follow, is_unsettled
from .route import is_beside_chain, reject
from .scene import Scene
from .starting import start_voxel
from .starting_again import note_surest
from .state import Phase


def refine(scene: Scene) -> Refining | Rejected:
    """Move the patch to the candidate and evaluate there."""
    state, config = scene.state, scene.config
    candidate = _candidate(scene)
    center = destination(candidate, config)
    if not is_unsettled(candidate, config) and is_near(center, state.rejected, config):
        return reject(scene, RejectReason.REJECTED_BEFORE)
    look = scene.look(scene.window(center))
    beside = partial(is_beside_chain, scene)
    fragment = focus(
        look, config, least=config.min_kept_voxels, at=start_voxel(scene), is_barred=beside
    )
    if fragment is None:
        return reject(scene, RejectReason.VANISHED)
    state.candidate = follow(candidate, look, fragment, config)
    note_surest(scene, state.candidate)
    if state.candidate.has_converged:
        state.phase = Phase.COMMIT
    return telling.refining(scene, state.candidate)


def _candidate(scene: Scene) -> Candidate:
    if scene.state.candidate is None:
        raise ValueError(f"phase {scene.state.phase} without a candidate")
    return scene.state.candidate
