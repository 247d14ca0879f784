from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.traversal import NoisyPredictor, OraclePredictor


@pytest.fixture
def stack():
    labels = np.zeros((30, 10, 10), dtype=np.int16)
    for label, z in ((1, 2), (2, 12), (3, 22)):
        labels[z : z + 8] = label
    return labels


def test_the_first_vertebra_in_walking_direction_is_answered(stack):
    oracle = OraclePredictor(stack)
    empty = np.zeros(stack.shape, dtype=bool)

    assert oracle.next_vertebra(stack, empty) == 1
    assert oracle.next_vertebra(stack[::-1], empty) == 3
    assert np.array_equal(oracle(stack, empty).probability > 0, stack == 1)


def test_more_than_half_of_what_is_visible_must_be_free(stack):
    oracle = OraclePredictor(stack)
    memory = np.zeros(stack.shape, dtype=bool)
    memory[:6] = True
    assert oracle.next_vertebra(stack, memory) == 2
    memory[5] = False

    assert oracle.next_vertebra(stack, memory) == 1


def test_nothing_is_left_when_all_is_remembered(stack):
    answer = OraclePredictor(stack)(stack, stack > 0)

    assert not answer.probability.any()


def test_complete_means_at_most_three_percent_outside_and_not_marked(stack):
    empty = np.zeros((28, 10, 10), dtype=bool)
    stack[2, 0, :] = 0
    whole, cut = stack[2:], stack[3:]

    assert OraclePredictor(stack)(whole, empty).completeness == 1.0
    assert OraclePredictor(stack)(cut, empty[1:]).completeness == 0.0
    assert OraclePredictor(stack, incomplete={1})(whole, empty).completeness == 0.0


def test_a_tip_of_a_vertebra_that_is_partly_remembered_is_left_alone(stack):
    patch = stack[9:]  # a slice of the first is left
    memory = np.zeros(patch.shape, dtype=bool)
    oracle = OraclePredictor(stack)
    assert oracle.next_vertebra(patch, memory) == 1
    memory[0, :3] = True

    assert oracle.next_vertebra(patch, memory) == 2


def test_noise_is_the_same_for_the_same_patch_and_differs_by_seed(stack):
    memory = np.zeros(stack.shape, dtype=bool)

    def answer(seed):
        noisy = NoisyPredictor(
            OraclePredictor(stack), seed, false_share=1.0, shift_voxels=2, speckle_share=0.1
        )
        return noisy(stack, memory).probability

    assert np.array_equal(answer(1), answer(1))
    assert not np.array_equal(answer(1), answer(2))


def test_an_empty_answer_is_empty(stack):
    noisy = NoisyPredictor(OraclePredictor(stack), empty_share=1.0, speckle_share=0.5)

    assert not noisy(stack, np.zeros(stack.shape, dtype=bool)).probability.any()
