"""Everything needed to go on is in the state; an abandoned generator loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.errors import RecordingUnreadable, SegmentationFailed
from napari_vertseg.traversal import (
    InstanceMemory,
    NoisyPredictor,
    OraclePredictor,
    TraversalState,
    VertebraFound,
    state_from_bytes,
    state_to_bytes,
    trace,
    traverse,
)
from napari_vertseg.volume import Zyx


def noisy(spine):
    return NoisyPredictor(
        OraclePredictor(spine), 5, false_share=0.3, false_radius_voxels=4, shift_voxels=2
    )


def begun(kind, spine, config):
    if kind == "search":
        return TraversalState.fresh(spine.shape, config)
    memory = InstanceMemory.empty(spine.shape)
    return TraversalState.starting_at(Zyx(31, 22, 30), memory, config)


@pytest.mark.parametrize("kind", ["search", "start"])
@pytest.mark.parametrize("direction", ["down", "up"])
def test_a_walk_abandoned_after_any_event_goes_on_alike(
    spine, config, assert_resumes_anywhere, kind, direction
):
    config = replace(config, direction=direction)
    assert_resumes_anywhere(spine, noisy(spine), config, lambda: begun(kind, spine, config))


def test_a_predictor_that_fails_leaves_the_state_as_it_was(spine, config, drain):
    unbroken, _ = drain(traverse(spine, OraclePredictor(spine), config))
    oracle = OraclePredictor(spine)
    failures = iter(range(1000))

    def flaky(image, memory):
        if next(failures) % 2 == 0:
            raise MemoryError("out of memory")
        return oracle(image, memory)

    state, told = TraversalState.fresh(spine.shape, config), []
    while len(told) < len(unbroken):
        try:
            told += [trace(e) for e in [next(traverse(spine, flaky, config, state))]]
        except MemoryError:
            continue

    assert told == [trace(e) for e in unbroken]


@pytest.mark.parametrize("direction", ["down", "up"])
def test_a_walk_goes_on_from_any_label_map(spine, config, drain, true_labels, direction):
    config = replace(config, direction=direction)
    order = [1, 2, 3, 4, 5, 6] if direction == "down" else [6, 5, 4, 3, 2, 1]
    done = np.where(np.isin(spine, order[:3]), spine, 0)
    state = TraversalState.continuing_after(done, order[2], config)
    _, state = drain(traverse(spine, OraclePredictor(spine), config, state))

    assert true_labels(spine, state) == order[3:]
    assert [v.id for v in state.found] == [done.max() + k for k in (1, 2, 3)]
    assert np.array_equal(state.memory.labels > 0, spine > 0)
    assert state.memory.half_space is None


def test_redo_from_here_keeps_the_vertebrae_above(spine, config, drain, true_labels):
    """Only the corrected vertebra is in the map: those behind it are not found again."""
    corrected = np.where(spine == 3, 7, 0)
    state = TraversalState.continuing_after(corrected, 7, config)
    _, state = drain(traverse(spine, OraclePredictor(spine), config, state))

    assert true_labels(spine, state) == [4, 5, 6]
    assert [v.id for v in state.found] == [8, 9, 10]


def test_a_search_leaves_alone_what_is_remembered(spine, config, drain, true_labels):
    memory = InstanceMemory.from_labels(np.where(spine <= 2, spine, 0))
    state = TraversalState.fresh(spine.shape, config, memory)
    _, state = drain(traverse(spine, OraclePredictor(spine), config, state))

    assert true_labels(spine, state) == [3, 4, 5, 6]
    assert np.array_equal(state.memory.labels, spine)


def test_there_is_no_going_on_from_a_vertebra_that_is_not_there(spine, config):
    with pytest.raises(SegmentationFailed, match="no vertebra 12"):
        TraversalState.continuing_after(spine, 12, config)


def test_resuming_does_not_touch_the_given_label_map(spine, config, drain):
    done = np.where(spine <= 2, spine, 0)
    before = done.copy()
    state = TraversalState.continuing_after(done, 2, config)
    drain(traverse(spine, OraclePredictor(spine), config, state))

    assert np.array_equal(done, before)


def saved(spine, config, events=4):
    state = TraversalState.fresh(spine.shape, config)
    walk = traverse(spine, OraclePredictor(spine), config, state)
    for _ in range(events):
        next(walk)
    return state_to_bytes(state)


def test_an_unknown_key_in_a_saved_walk_is_named(spine, config):
    record = json.loads(saved(spine, config))
    record["cursor"]["speed"] = 3

    with pytest.raises(RecordingUnreadable, match="unknown key 'speed'"):
        state_from_bytes(json.dumps(record).encode())


def test_a_missing_key_in_a_saved_walk_is_named(spine, config):
    record = json.loads(saved(spine, config))
    del record["next_id"]

    with pytest.raises(RecordingUnreadable, match="'next_id' is missing"):
        state_from_bytes(json.dumps(record).encode())


@pytest.mark.parametrize("damage", [lambda b: b[:-40], lambda b: b"\xff\x00", lambda b: b"[]"])
def test_a_damaged_saved_walk_is_refused_in_a_sentence(spine, config, damage):
    with pytest.raises(RecordingUnreadable, match="start the walk anew"):
        state_from_bytes(damage(saved(spine, config)))


def test_a_saved_walk_of_another_schema_is_refused(spine, config):
    record = json.loads(saved(spine, config))
    record["schema"] = 2

    with pytest.raises(RecordingUnreadable, match="schema 1"):
        state_from_bytes(json.dumps(record).encode())


def test_instances_survive_saving_bit_by_bit(spine, config):
    state = TraversalState.fresh(spine.shape, config)
    for event in traverse(spine, noisy(spine), config, state):
        if isinstance(event, VertebraFound) and event.vertebra.id == 3:
            break
    again = state_from_bytes(state_to_bytes(state))

    for before, after in zip(state.found, again.found, strict=True):
        assert np.array_equal(before.mask, after.mask)
        assert np.array_equal(before.probability, after.probability)
        assert before.probability.dtype == after.probability.dtype
        assert (before.confidence, before.window) == (after.confidence, after.window)
