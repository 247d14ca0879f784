"""The walk: one event per step, everything needed to go on in the state."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from ..errors import SegmentationFailed
from ..prediction import Predictor
from ..volume import Zyx
from .committing import commit
from .config import TraversalConfig
from .events import Event, FinishReason
from .memory import InstanceMemory
from .refining import refine
from .route import finish
from .scene import Scene
from .searching import search
from .starting import begin
from .state import Phase, TraversalState


def traverse(
    image: NDArray[np.int16],
    predict: Predictor,
    config: TraversalConfig,
    state: TraversalState | None = None,
) -> Generator[Event, None, TraversalState]:
    """Walk a spine, one vertebra after the other (paper, section 2).

    Parameters
    ----------
    image : (z, y, x) int16 HU
        The scan on the working grid (P1).
    predict : Predictor
        Answers for one patch; it sees every walk going towards +z (P12).
    config : TraversalConfig
    state : TraversalState, optional
        Go on from here; it is changed in place. A generator that is abandoned
        after any event, or that raised what the predictor raised, has left it
        ready to go on. Without it the walk begins anew.

    Yields
    ------
    Event
        At least one per forward pass.

    Returns
    -------
    TraversalState
        The finished state, with instances and label map.

    Raises
    ------
    SegmentationFailed
        The state belongs to another scan, or the model answers with nonsense.
    """
    if image.ndim != 3:
        raise ValueError(f"a scan has three axes, not {image.ndim}")
    if state is None:
        state = TraversalState.fresh(Zyx(*image.shape), config)
    _check(image, config, state)
    while state.phase is not Phase.FINISHED:
        since = perf_counter()
        event = None
        while event is None:
            event = _advance(Scene.of(image, predict, config, state))
        yield replace(event, seconds=perf_counter() - since)
    return state


def traverse_from(
    image: NDArray[np.int16],
    predict: Predictor,
    config: TraversalConfig,
    start: Zyx,
    *,
    both: bool = True,
    memory: InstanceMemory | None = None,
) -> Generator[Event, None, TraversalState]:
    """Walk from the vertebra at a voxel, one way or both ways (P27).

    First ``config.direction`` from the start vertebra on, then, with ``both``,
    back to it and the other way.

    Parameters
    ----------
    start : Zyx
        Voxel of the working grid, in the vertebra or near it.
    both : bool
        Whether to walk the other way as well.
    memory : InstanceMemory, optional
        Vertebrae already segmented; it is changed in place.

    Raises
    ------
    SegmentationFailed
        The voxel lies outside the scan or in a vertebra that is done; and as
        ``traverse``.
    """
    if memory is None:
        memory = InstanceMemory.empty(Zyx(*image.shape))
    state = TraversalState.starting_at(start, memory, config, both=both)
    return (yield from traverse(image, predict, config, state))


def _advance(scene: Scene) -> Event | None:
    """The next event; None where only the way changed."""
    state = scene.state
    if state.phase is Phase.COMMIT:
        return commit(scene)
    if state.step >= scene.config.max_steps:
        return finish(state, FinishReason.STEP_CAP)
    match state.phase:
        case Phase.START:
            return begin(scene)
        case Phase.SEARCH:
            return search(scene)
        case Phase.REFINE:
            return refine(scene)
        case _:
            raise ValueError(f"a walk in phase {state.phase} does not go on")


def _check(image: NDArray[np.int16], config: TraversalConfig, state: TraversalState) -> None:
    if tuple(image.shape) != tuple(state.memory.shape):
        raise SegmentationFailed(
            f"This walk was begun on a scan of {tuple(state.memory.shape)} voxels and cannot go "
            f"on in one of {tuple(image.shape)}; open the scan it belongs to."
        )
    if state.candidate and state.candidate.look.window.shape != config.patch_shape:
        raise SegmentationFailed(
            f"This walk was begun with patches of {tuple(state.candidate.look.window.shape)} "
            f"voxels and cannot go on with {tuple(config.patch_shape)}; use the model it was "
            "begun with."
        )
