"""The first vertebra of a row is seen again from the one after it, and the surer look stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    InstanceMemory,
    NoisyPredictor,
    OraclePredictor,
    Rejected,
    RejectReason,
    TraversalState,
    VertebraFound,
    traverse,
    traverse_from,
)
from napari_vertseg.traversal.stepping_back import Checkpoint
from napari_vertseg.volume import Window, Zyx


@pytest.fixture
def config(config):
    return replace(config, looks_back=True)


@pytest.fixture
def cut_spine(make_spine):
    """The scan begins in the middle of the first vertebra."""
    return make_spine(5, first_z=3.0)


class TakesTwoForOne:
    """With an empty memory the cut vertebra and the whole one after it are one cut vertebra."""

    def __init__(self, spine, *, certainty=0.8):
        self.oracle = OraclePredictor(spine)
        self.certainty = certainty

    def __call__(self, image, memory):
        if memory.any() or not np.isin(image, (1, 2)).any():
            return self.oracle(image, memory)
        both = np.isin(image, (1, 2)).astype(np.float32)
        return Prediction(both * np.float32(self.certainty), 0.1)


def found_in(events):
    return [e.vertebra for e in events if isinstance(e, VertebraFound)]


def test_two_taken_for_one_are_told_apart(cut_spine, config, drain, true_labels):
    _, state = drain(traverse(cut_spine, TakesTwoForOne(cut_spine), config))

    assert sorted(true_labels(cut_spine, state)) == [1, 2, 3, 4, 5]
    for found in state.found:
        label = np.bincount(cut_spine[found.slices][found.mask]).argmax()
        assert np.array_equal(state.memory.labels == found.id, cut_spine == label)


def test_it_keeps_its_number_and_no_other_one_gets_it(cut_spine, config, drain):
    events, state = drain(traverse(cut_spine, TakesTwoForOne(cut_spine), config))
    told = [v.id for v in found_in(events)]

    assert told[0] == 1
    assert told.count(1) == 2
    assert sorted({v.id for v in state.found}) == sorted(v.id for v in state.found)


def test_without_it_the_walk_is_the_papers(cut_spine, config, drain, true_labels):
    config = replace(config, looks_back=False)
    events, state = drain(traverse(cut_spine, TakesTwoForOne(cut_spine), config))

    assert true_labels(cut_spine, state) == [2, 3, 4, 5]
    assert len(found_in(events)) == 4
    assert {e.direction for e in events} == {"down"}


def test_a_walk_up_looks_back_as_well(make_spine, config, drain, true_labels):
    spine = make_spine(5, first_z=10.0, shape=(56, 60, 60))  # the last one is cut

    class TakesLastTwo(TakesTwoForOne):
        def __call__(self, image, memory):
            if memory.any() or not np.isin(image, (4, 5)).any():
                return self.oracle(image, memory)
            return Prediction(np.isin(image, (4, 5)).astype(np.float32) * np.float32(0.8), 0.1)

    config = replace(config, direction="up")
    _, state = drain(traverse(spine, TakesLastTwo(spine), config))

    assert sorted(true_labels(spine, state)) == [1, 2, 3, 4, 5]


class IsLessSureLater:
    """Sure of a vertebra at first sight, and not when seen from the one after it."""

    def __init__(self, spine):
        self.oracle = OraclePredictor(spine)

    def __call__(self, image, memory):
        answer = self.oracle(image, memory)
        is_first = (answer.probability > 0.5) & (image == 1)
        certainty = np.float32(0.9 if memory.any() else 1.0)
        return replace(answer, probability=np.where(is_first, certainty, answer.probability))


def test_what_comes_out_no_surer_is_left_as_it_was(spine, config, drain):
    before, plain = drain(
        traverse(spine, OraclePredictor(spine), replace(config, looks_back=False))
    )
    events, state = drain(traverse(spine, IsLessSureLater(spine), config))

    assert RejectReason.NO_SURER in [e.reason for e in events if isinstance(e, Rejected)]
    assert len(found_in(events)) == len(found_in(before))
    assert np.array_equal(state.memory.labels, plain.memory.labels)


def test_an_oracle_finds_the_same_again(spine, config, drain):
    papers = replace(config, looks_back=False)
    _, plain = drain(traverse(spine, OraclePredictor(spine), papers))
    _, state = drain(traverse(spine, OraclePredictor(spine), config))

    assert np.array_equal(state.memory.labels, plain.memory.labels)
    assert len(state.found) == len(plain.found)


def test_what_a_person_had_a_hand_in_is_not_looked_at_again(cut_spine, config, drain):
    state = TraversalState.fresh(cut_spine.shape, config)
    state.corrected = [1]
    events, _ = drain(traverse(cut_spine, TakesTwoForOne(cut_spine), config, state))

    assert [v.id for v in found_in(events)].count(1) == 1
    assert {e.direction for e in events} == {"down"}


def test_a_hand_that_comes_while_it_is_looked_at_again_is_in_time(cut_spine, config):
    state = TraversalState.fresh(cut_spine.shape, config)
    found = []
    for event in traverse(cut_spine, TakesTwoForOne(cut_spine), config, state):
        found.extend(found_in([event]))
        if state.seen_again is not None:
            state.corrected = [state.seen_again]
            as_it_was = state.memory.labels == state.seen_again

    assert [v.id for v in found].count(1) == 1
    assert np.array_equal(state.memory.labels == 1, as_it_was)


def test_a_single_vertebra_has_none_after_it_to_look_from(make_spine, config, drain):
    alone = make_spine(1, first_z=30.0)
    events, state = drain(traverse(alone, OraclePredictor(alone), config))

    assert len(state.found) == 1
    assert {e.direction for e in events} == {"down"}


def test_a_walk_from_a_place_goes_one_way_only(spine, config, drain):
    walk = traverse_from(spine, OraclePredictor(spine), config, Zyx(31, 22, 30), both=False)
    events, state = drain(walk)

    assert {e.direction for e in events} == {"down"}
    assert len(state.found) == 4


@pytest.mark.parametrize("make", [TakesTwoForOne, IsLessSureLater])
def test_it_may_be_interrupted_after_any_event(cut_spine, config, assert_resumes_anywhere, make):
    assert_resumes_anywhere(cut_spine, make(cut_spine), config)


def test_the_first_one_is_in_the_memory_all_the_while(cut_spine, config):
    """Whoever stops the walk in between keeps it."""
    state = TraversalState.fresh(cut_spine.shape, config)
    has_begun = False
    for event in traverse(cut_spine, TakesTwoForOne(cut_spine), config, state):
        has_begun |= isinstance(event, VertebraFound)
        if has_begun:
            assert (state.memory.labels == 1).any()
            assert 1 in [v.id for v in state.found]


def test_the_cap_ends_it_as_any_walk(cut_spine, config, drain):
    predict = TakesTwoForOne(cut_spine)
    events, _ = drain(traverse(cut_spine, predict, config))
    turned = next(e.step for e in events if e.direction == "up")
    _, state = drain(traverse(cut_spine, predict, replace(config, max_steps=turned)))

    assert state.seen_again is None
    assert len(state.found) == 4


def test_stepping_back_over_it_keeps_masks_and_memory_one(cut_spine, config, drain):
    state, marks = TraversalState.fresh(cut_spine.shape, config), []
    predict = TakesTwoForOne(cut_spine)
    for event in traverse(cut_spine, predict, config, state):
        if isinstance(event, VertebraFound) and len(marks) < 4:
            marks.append(Checkpoint.of(state))
    whole = state.memory.labels.copy()
    marks[2].restore(state)
    for found in state.found:
        part = state.memory.labels[found.slices][found.mask]
        assert (part == found.id).all()
    _, again = drain(traverse(cut_spine, predict, config, state))

    assert np.array_equal(again.memory.labels > 0, whole > 0)


@pytest.mark.parametrize("seed", range(4))
def test_a_noisy_predictor_neither_loops_nor_loses_a_vertebra(make_spine, config, drain, seed):
    spine = make_spine(6)
    noisy = NoisyPredictor(OraclePredictor(spine), seed, false_share=0.2, shift_voxels=1)
    _, plain = drain(traverse(spine, noisy, replace(config, looks_back=False)))
    _, state = drain(traverse(spine, noisy, config))

    assert len(state.found) >= len(plain.found)
    for found in state.found:
        assert (state.memory.labels == found.id).any()


def test_the_memory_can_leave_one_out():
    memory = InstanceMemory.from_labels(np.array([[[1, 2, 0]]]))
    window = Window.from_start(Zyx(0, 0, 0), Zyx(1, 1, 3))

    assert memory.segmented(window, but=1).ravel().tolist() == [False, True, False]
    assert memory.occupied(window).ravel().tolist() == [True, True, False]
