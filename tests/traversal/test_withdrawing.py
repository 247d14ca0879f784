"""What was found before the spine and lies beside it is given up once the spine is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    Finished,
    OraclePredictor,
    TraversalState,
    VertebraFound,
    Withdrawn,
    trace,
    traverse,
)
from napari_vertseg.traversal.stepping_back import Checkpoint


@pytest.fixture
def config(config):
    # Only what is surer than the pieces of a hip vouches for its row.
    return replace(config, withdraws=True, trusted_volume_mm3=1000.0)


@pytest.fixture
def torso(make_spine):
    """A piece of a shoulder blade at the top, label 9, and the spine far aside of it."""
    labels = make_spine(5, shape=(96, 60, 140), first_z=34.0, x=110.0)
    labels[4:16, 14:30, 8:24] = 9
    return labels


class DoubtsThePiece:
    """Follows whatever comes first, and is less sure of the piece."""

    def __init__(self, labels, *, certainty=0.7, completeness=0.9):
        self.oracle = OraclePredictor(labels)
        self.certainty = np.float32(certainty)
        self.completeness = completeness

    def __call__(self, image, memory):
        is_piece = (image == 9) & ~memory
        if np.count_nonzero(is_piece) > 125:
            return Prediction(is_piece * self.certainty, self.completeness)
        return self.oracle(np.where(image == 9, 0, image), memory)


def withdrawn(events):
    return [e.vertebrae for e in events if isinstance(e, Withdrawn)]


def test_a_piece_aside_of_the_spine_is_given_up(torso, config, drain, true_labels):
    events, state = drain(traverse(torso, DoubtsThePiece(torso), config))

    assert withdrawn(events) == [(1,)]
    assert true_labels(torso, state) == [1, 2, 3, 4, 5]
    assert not state.memory.labels[torso == 9].any()
    (end,) = [e for e in events if isinstance(e, Finished)]
    assert end.vertebrae == 5


def test_without_it_the_walk_keeps_all_as_in_the_paper(torso, config, drain, true_labels):
    papers = replace(config, withdraws=False)
    before, plain = drain(traverse(torso, DoubtsThePiece(torso), papers))
    events, _ = drain(traverse(torso, DoubtsThePiece(torso), config))

    assert sorted(true_labels(torso, plain)) == [1, 2, 3, 4, 5, 9]
    # Until the end nothing is otherwise.
    assert [trace(e) for e in events[:-2]] == [trace(e) for e in before[:-1]]


def test_what_the_network_is_sure_of_stays(torso, config, drain, true_labels):
    sure = DoubtsThePiece(torso, certainty=0.95)
    events, state = drain(traverse(torso, sure, replace(config, trusted_chain=3)))

    assert withdrawn(events) == []
    assert 9 in true_labels(torso, state)


def test_what_a_person_had_a_hand_in_stays(torso, config, drain, true_labels):
    state = TraversalState.fresh(torso.shape, config)
    state.corrected = [1]
    events, state = drain(traverse(torso, DoubtsThePiece(torso), config, state))

    assert withdrawn(events) == []
    assert 9 in true_labels(torso, state)


@pytest.mark.parametrize("kept", [1, 2])
def test_what_a_person_keeps_does_not_keep_the_piece_beside_it(
    torso, config, drain, true_labels, kept
):
    labels = torso.copy()
    labels[18:30, 14:30, 8:24] = 9
    state = TraversalState.fresh(labels.shape, config)
    state.corrected = [kept]
    events, _ = drain(traverse(labels, DoubtsThePiece(labels), config, state))

    assert withdrawn(events) == [(3 - kept,)]


def test_a_way_over_others_leads_to_the_spine_in_whatever_order_they_came(
    make_spine, config, drain, true_labels
):
    """The walk up comes upon the far one first, the walk down upon the near one."""
    labels = make_spine(7, shape=(110, 60, 60), first_z=12.0)
    labels[np.isin(labels, [1, 2])] = 9
    labels[labels == 3] = 0
    for direction in ("down", "up"):
        way = replace(config, direction=direction)
        events, _ = drain(traverse(labels, DoubtsThePiece(labels), way))
        assert withdrawn(events) == []


def test_what_may_belong_to_the_spine_stays(make_spine, config, drain, true_labels):
    """One vertebra between was not seen: the row began anew after it."""
    labels = make_spine(6, shape=(96, 60, 60), first_z=12.0)
    labels[labels == 1] = 9
    labels[labels == 2] = 0
    events, state = drain(traverse(labels, DoubtsThePiece(labels), config))

    assert withdrawn(events) == []
    assert sorted(true_labels(labels, state)) == [3, 4, 5, 6, 9]


@pytest.fixture
def pelvis(make_spine):
    """A spine, and a piece of a hip, label 9, further on than two vertebrae."""
    labels = make_spine(4, shape=(140, 60, 60), first_z=12.0)
    labels[118:130, 20:36, 30:46] = 9
    return labels


def test_a_cut_piece_far_behind_the_end_of_the_spine_is_given_up(
    pelvis, config, drain, true_labels
):
    events, state = drain(traverse(pelvis, DoubtsThePiece(pelvis, completeness=0.1), config))

    assert withdrawn(events) == [(5,)]
    assert true_labels(pelvis, state) == [1, 2, 3, 4]
    assert state.chain == 4


def test_what_the_network_is_sure_of_stays_behind_the_end_too(pelvis, config, drain, true_labels):
    sure = DoubtsThePiece(pelvis, completeness=0.1, certainty=0.95)
    events, state = drain(traverse(pelvis, sure, config))

    assert withdrawn(events) == []
    assert true_labels(pelvis, state) == [1, 2, 3, 4, 9]


def test_a_cut_one_next_to_the_last_stays(make_spine, config, drain, true_labels):
    labels = make_spine(5, shape=(140, 60, 60), first_z=12.0)
    labels[labels == 5] = 9
    events, state = drain(traverse(labels, DoubtsThePiece(labels, completeness=0.1), config))

    assert withdrawn(events) == []
    assert sorted(true_labels(labels, state)) == [1, 2, 3, 4, 9]


def test_without_a_spine_nothing_is_given_up(torso, config, drain, true_labels):
    alone = np.where(torso == 9, 9, 0)
    events, state = drain(traverse(alone, DoubtsThePiece(alone), config))

    assert withdrawn(events) == []
    assert true_labels(alone, state) == [9]


def test_a_walk_taken_back_to_before_does_not_bring_it_back(torso, config):
    state = TraversalState.fresh(torso.shape, config)
    marks = []
    for event in traverse(torso, DoubtsThePiece(torso), config, state):
        if isinstance(event, VertebraFound):
            marks.append(Checkpoint.of(state))
    marks[-2].restore(state)

    assert 1 not in [v.id for v in state.found]
    assert not state.memory.labels[torso == 9].any()
    assert len(state.found) == 4
    for event in traverse(torso, DoubtsThePiece(torso), config, state):
        assert not isinstance(event, Withdrawn)
    assert len(state.found) == 5


def test_it_goes_on_from_its_saved_state_after_any_event(torso, config, assert_resumes_anywhere):
    assert_resumes_anywhere(torso, DoubtsThePiece(torso), config)
