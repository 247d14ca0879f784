"""A search that ends in vain starts again where the network was surest, and walks both ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.traversal import (
    Finished,
    FinishReason,
    OraclePredictor,
    Searching,
    SearchStage,
    VertebraFound,
    trace,
    traverse,
)


@pytest.fixture
def config(config):
    return replace(config, starts_again=True, min_confidence=0.6, trusted_volume_mm3=1000.0)


class DoubtsTheFirst:
    """Unsure of the vertebra at the end of the scan, to which every patch leads."""

    def __init__(self, spine, *, certainty=1.0):
        self.oracle = OraclePredictor(spine)
        self.certainty = certainty

    def __call__(self, image, memory):
        answer = self.oracle(image, memory)
        is_first = (image == 1) & (answer.probability > 0)
        sure = np.where(is_first, 0.55, self.certainty * (answer.probability > 0))
        return replace(answer, probability=sure.astype(np.float32))


def ended(events):
    return [e.reason for e in events if isinstance(e, Finished)]


def test_the_rest_of_the_spine_is_found(spine, config, drain, true_labels):
    events, state = drain(traverse(spine, DoubtsTheFirst(spine), config))

    assert sorted(true_labels(spine, state)) == [2, 3, 4, 5, 6]
    assert ended(events) == [FinishReason.END_OF_SPINE]
    for found, label in zip(state.found, true_labels(spine, state), strict=True):
        assert np.array_equal(state.memory.labels == found.id, spine == label)


def test_without_it_the_spine_is_given_up(spine, config, drain):
    papers = replace(config, starts_again=False)
    events, state = drain(traverse(spine, DoubtsTheFirst(spine), papers))

    assert state.found == []
    assert ended(events) == [FinishReason.NO_VERTEBRA]


def test_it_needs_a_place_that_the_network_is_sure_of(spine, config, drain):
    events, state = drain(traverse(spine, DoubtsTheFirst(spine, certainty=0.8), config))

    assert state.found == []
    assert ended(events) == [FinishReason.NO_VERTEBRA]
    assert SearchStage.START not in {e.stage for e in events if isinstance(e, Searching)}


def test_a_piece_too_small_to_vouch_for_a_row_is_no_such_place(spine, config, drain):
    picky = replace(config, trusted_volume_mm3=1e6)
    events, state = drain(traverse(spine, DoubtsTheFirst(spine), picky))

    assert state.found == []
    assert SearchStage.START not in {e.stage for e in events if isinstance(e, Searching)}


def test_a_second_failure_is_no_vertebra_and_not_a_bad_start(spine, config, drain):
    """Sure while the memory is empty, and silent as soon as anything counts as done."""
    doubting = DoubtsTheFirst(spine)

    def silent_later(image, memory):
        answer = doubting(image, memory)
        return replace(answer, probability=answer.probability * np.float32(not memory.any()))

    events, state = drain(traverse(spine, silent_later, config))

    assert state.found == []
    assert ended(events) == [FinishReason.NO_VERTEBRA]


def test_a_scan_without_bone_is_not_searched_twice(config, drain):
    empty = np.zeros((60, 60, 60), dtype=np.int16)
    events, _ = drain(traverse(empty, OraclePredictor(empty), config))
    before, _ = drain(traverse(empty, OraclePredictor(empty), replace(config, starts_again=False)))

    assert [trace(e) for e in events] == [trace(e) for e in before]


def test_a_walk_that_finds_something_is_as_before(spine, config, drain):
    events, _ = drain(traverse(spine, OraclePredictor(spine), config))
    papers = replace(config, starts_again=False)
    before, _ = drain(traverse(spine, OraclePredictor(spine), papers))

    assert [trace(e) for e in events] == [trace(e) for e in before]
    assert any(isinstance(e, VertebraFound) for e in events)


def test_it_may_be_interrupted_after_any_event(spine, config, assert_resumes_anywhere):
    assert_resumes_anywhere(spine, DoubtsTheFirst(spine), config)
