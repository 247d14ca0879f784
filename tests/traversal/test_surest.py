"""The search looks at all windows of one height and follows the surest fragment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    OraclePredictor,
    Rejected,
    Searching,
    SearchOutcome,
    SearchStage,
    TraversalState,
    VertebraFound,
    trace,
    traverse,
)

HEART = 99


@pytest.fixture
def surest(config):
    return replace(config, follows="surest")


@pytest.fixture
def chest(make_spine):
    """A spine to the left of a heart that the raster comes upon first, both in every row."""
    image = np.zeros((84, 100, 150), dtype=np.int16)
    image[:, 40:, 70:130] = make_spine(6)
    axes = np.ogrid[:84, :100, :150]
    distance = sum((a - c) ** 2 for a, c in zip(axes, (20, 24, 30), strict=True))
    image[distance <= 9**2] = HEART
    return image


class UnsureOfHearts:
    """An oracle that also takes a heart for a vertebra, with a probability of its own."""

    def __init__(self, image, certainty):
        self.oracle = OraclePredictor(np.where(image == HEART, 0, image))
        self.certainty = np.float32(certainty)

    def __call__(self, image, memory):
        answer = self.oracle(np.where(image == HEART, 0, image), memory)
        heart = ((image == HEART) & ~memory).astype(np.float32) * self.certainty
        if answer.probability.any() or not heart.any():
            return answer
        return Prediction(heart, 1.0)


def first_found(events, image):
    vertebra = next(e.vertebra for e in events if isinstance(e, VertebraFound))
    values = image[vertebra.slices][vertebra.mask]
    return int(np.bincount(values).argmax())


def test_the_surest_fragment_of_a_height_is_followed_not_the_first(chest, config, surest, drain):
    predict = UnsureOfHearts(chest, 0.7)
    paper, _ = drain(traverse(chest, predict, config))
    ours, _ = drain(traverse(chest, predict, surest))

    assert first_found(paper, chest) == HEART, "the raster comes upon the heart first"
    assert first_found(ours, chest) == 1


def test_a_heart_that_looks_surer_than_the_spine_is_still_followed(chest, surest, drain):
    dim = UnsureOfHearts(chest, 1.0)

    def unsure_of_spines(image, memory):
        answer = dim(image, memory)
        if (answer.probability[image == HEART] > 0).any():
            return answer
        return Prediction(answer.probability * np.float32(0.8), answer.completeness)

    events, _ = drain(traverse(chest, unsure_of_spines, surest))

    assert first_found(events, chest) == HEART


def test_after_a_rejection_the_next_surest_is_followed(chest, surest, drain):
    """The heart, surest of all, settles too small."""
    strict = replace(surest, min_vertebra_mm3=30_000)
    tiny = np.where(chest == HEART, 0, chest)
    tiny[18:23, 22:27, 28:33] = HEART
    spines = UnsureOfHearts(tiny, 1.0)

    def predict(image, memory):
        answer = spines(image, memory)
        is_spine = not (answer.probability[image == HEART] > 0).any()
        scale = np.float32(0.8 if is_spine else 1.0)
        return Prediction(answer.probability * scale, answer.completeness)

    events, state = drain(traverse(tiny, predict, replace(strict, min_vertebra_mm3=1_200)))
    kinds = [type(e) for e in events if isinstance(e, Rejected | VertebraFound)]

    assert kinds[0] is Rejected
    assert len(state.found) == 6


def test_a_height_of_one_window_needs_no_second_look(make_spine, config, surest, drain):
    narrow = make_spine(6, shape=(84, 48, 48), x=24.0)
    oracle = OraclePredictor(narrow)
    paper, _ = drain(traverse(narrow, oracle, config))
    ours, _ = drain(traverse(narrow, oracle, surest))

    assert [trace(e) for e in ours] == [trace(e) for e in paper]


def test_every_window_of_a_height_is_looked_at_once_and_the_surest_twice(chest, surest):
    windows = []
    for event in traverse(chest, UnsureOfHearts(chest, 0.7), surest):
        if not (isinstance(event, Searching) and event.stage is SearchStage.RASTER):
            break
        windows.append((tuple(event.window.center), event.outcome))
    sighted = [center for center, outcome in windows if outcome is SearchOutcome.SIGHTED]
    followed = [center for center, outcome in windows if outcome is SearchOutcome.FRAGMENT]

    assert len(sighted) == len(set(sighted)) > 1
    assert len(followed) == 1
    assert followed[0] in sighted


@pytest.mark.parametrize("direction", ["down", "up"])
def test_a_walk_abandoned_after_any_event_goes_on_alike(
    chest, surest, assert_resumes_anywhere, direction
):
    config = replace(surest, direction=direction)
    assert_resumes_anywhere(chest, UnsureOfHearts(chest, 0.7), config)


def test_a_predictor_that_fails_loses_no_sighting(chest, surest, drain):
    predict = UnsureOfHearts(chest, 0.7)
    unbroken, _ = drain(traverse(chest, predict, surest))
    state, told, calls = TraversalState.fresh(chest.shape, surest), [], 0

    def fails_every_second_time(image, memory):
        nonlocal calls
        calls += 1
        if calls % 2:
            raise MemoryError
        return predict(image, memory)

    while len(told) < len(unbroken):
        try:
            told.append(trace(next(traverse(chest, fails_every_second_time, surest, state))))
        except MemoryError:
            continue

    assert told == [trace(e) for e in unbroken]
