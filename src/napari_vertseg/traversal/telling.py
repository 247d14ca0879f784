"""Events from what was seen: always in the scan's own frame, with arrays of their own."""

from __future__ import annotations

from collections.abc import Iterable

from .events import (
    Finished,
    FinishReason,
    Refining,
    Rejected,
    RejectReason,
    Searching,
    SearchOutcome,
    SearchStage,
    VertebraFound,
    Withdrawn,
)
from .found import FoundVertebra
from .fragment import Fragment
from .look import Look
from .refine import Candidate
from .scene import Scene
from .state import TraversalState


def searching(
    scene: Scene,
    stage: SearchStage,
    outcome: SearchOutcome,
    look: Look,
    fragment: Fragment | None,
    skipped: int = 0,
) -> Searching:
    """A look of the search."""
    return Searching(
        step=scene.state.step,
        window=scene.state.window,
        seconds=0.0,
        direction=scene.state.direction,
        stage=stage,
        outcome=outcome,
        fragment=_in_scan(scene, fragment, look),
        skipped=skipped,
    )


def refining(scene: Scene, candidate: Candidate) -> Refining:
    """An evaluation of a candidate."""
    return Refining(
        step=scene.state.step,
        window=scene.state.window,
        seconds=0.0,
        direction=scene.state.direction,
        evaluation=candidate.evaluations,
        fragment=scene.heading.fragment(candidate.fragment, candidate.look.window.shape),
        next_center=scene.heading.window(scene.window(candidate.next_center)).center,
        has_converged=candidate.has_converged,
        completeness=candidate.look.completeness,
        probability=scene.heading.copied(candidate.look.probability),
    )


def vertebra_found(state: TraversalState, vertebra: FoundVertebra) -> VertebraFound:
    """A commitment."""
    return VertebraFound(
        step=state.step,
        window=state.window,
        seconds=0.0,
        direction=vertebra.direction,
        vertebra=vertebra,
    )


def rejected(scene: Scene, reason: RejectReason, candidate: Candidate | None) -> Rejected:
    """A rejection; with the fragment as it was last seen, where it had settled."""
    settled = candidate if candidate is not None and candidate.has_converged else None
    return Rejected(
        step=scene.state.step,
        window=scene.state.window,
        seconds=0.0,
        direction=scene.state.direction,
        reason=reason,
        fragment=_in_scan(scene, settled.fragment, settled.look) if settled else None,
    )


def withdrawn(state: TraversalState, vertebrae: Iterable[FoundVertebra]) -> Withdrawn:
    """Earlier finds given up."""
    return Withdrawn(
        step=state.step,
        window=state.window,
        seconds=0.0,
        direction=state.direction,
        vertebrae=tuple(vertebra.id for vertebra in vertebrae),
    )


def finished(state: TraversalState, reason: FinishReason) -> Finished:
    """The end."""
    return Finished(
        step=state.step,
        window=state.window,
        seconds=0.0,
        direction=state.direction,
        reason=reason,
        vertebrae=len(state.found),
    )


def _in_scan(scene: Scene, fragment: Fragment | None, look: Look) -> Fragment | None:
    return None if fragment is None else scene.heading.fragment(fragment, look.window.shape)
