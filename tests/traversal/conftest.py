"""Label volumes that stand for spines, and the walks that the tests compare."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.prediction import Predictor
from napari_vertseg.traversal import (
    Event,
    TraversalConfig,
    TraversalState,
    state_from_bytes,
    state_to_bytes,
    trace,
    traverse,
)
from napari_vertseg.volume import Zyx

Labels = NDArray[np.int16]


def _spine(
    count: int = 6,
    *,
    shape: tuple[int, int, int] = (84, 60, 60),
    first_z: float = 9.0,
    pitch: float = 11.0,
    sideways: Callable[[int], float] = lambda k: 0.0,
    x: float = 30.0,
    process: bool = True,
) -> Labels:
    """Vertebrae 1…count from head to foot on a 2 mm grid: a body and a process that hangs down.

    The process of each reaches below the middle of the next, as in a thoracic spine.
    """
    labels = np.zeros(shape, dtype=np.int16)
    zz, yy, xx = np.ogrid[: shape[0], : shape[1], : shape[2]]
    for k in range(count):
        z, center_x = first_z + pitch * k, x + sideways(k)
        body = ((zz - z) / 4.6) ** 2 + ((yy - 22) / 7.0) ** 2 + ((xx - center_x) / 8.0) ** 2 <= 1
        labels[body & (labels == 0)] = k + 1
        if process:
            hangs_at = z + np.maximum(yy - 30, 0)
            behind = (yy >= 27) & (yy < 44) & (abs(xx - center_x) <= 2)
            labels[behind & (np.abs(zz - hangs_at) <= 2.5) & (labels == 0)] = k + 1
    return labels


@pytest.fixture
def make_spine() -> Callable[..., Labels]:
    return _spine


@pytest.fixture
def spine() -> Labels:
    return _spine()


@pytest.fixture
def config() -> TraversalConfig:
    """A 2 mm grid and a patch of 96 mm; label 0 plays the part of soft tissue.

    The search is the paper's; ``test_surest`` is about the other one.
    """
    return TraversalConfig(
        spacing_mm=2.0, patch_shape=Zyx(48, 48, 48), search_min_hu=0.0, follows="first"
    )


@pytest.fixture
def drain() -> Callable[..., tuple[list[Event], TraversalState]]:
    """Run a walk to its end; its events and its final state."""

    def run(walk: Generator[Event, None, TraversalState]) -> tuple[list[Event], Any]:
        events = []
        while True:
            try:
                events.append(next(walk))
            except StopIteration as end:
                return events, end.value

    return run


@pytest.fixture
def true_labels() -> Callable[[Labels, TraversalState], list[int]]:
    """Which true vertebra each found one is, in order of discovery; most voxels decide."""

    def of(truth: Labels, state: TraversalState) -> list[int]:
        hits = [truth[v.slices][v.mask] for v in state.found]
        return [int(np.bincount(hit).argmax()) for hit in hits]

    return of


@pytest.fixture
def assert_resumes_anywhere(drain: Callable[..., Any]) -> Callable[..., None]:
    """Check that a walk tells the same when it is saved and loaded after every event."""

    def check(
        image: Labels,
        predict: Predictor,
        config: TraversalConfig,
        begin: Callable[[], TraversalState] | None = None,
    ) -> None:
        begin = begin or (lambda: TraversalState.fresh(image.shape, config))
        events, final = drain(traverse(image, predict, config, begin()))
        state, told = begin(), []
        for _ in events:  # one event per generator
            told.append(trace(next(traverse(image, predict, config, state))))
            state = state_from_bytes(state_to_bytes(state))

        assert told == [trace(e) for e in events]
        assert np.array_equal(state.memory.labels, final.memory.labels)
        assert list(traverse(image, predict, config, state)) == []

    return check
