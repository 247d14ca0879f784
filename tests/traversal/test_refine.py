from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    FoundVertebra,
    OraclePredictor,
    Refining,
    Searching,
    VertebraFound,
    traverse,
)
from napari_vertseg.volume import Zyx


def ball(shape, center, radius):
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    return sum((a - c) ** 2 for a, c in zip(axes, center, strict=True)) <= radius**2


class Trick:
    """Answers by how often it was asked; what is in the image does not matter."""

    image = np.ones((60, 60, 60), dtype=np.int16)

    def __init__(self, answer):
        self.answer = answer
        self.calls = 0

    def __call__(self, image, memory):
        self.calls += 1
        mask = self.answer(self.calls, memory)
        return Prediction(mask.astype(np.float32), 1.0)


def found_in(events) -> list[FoundVertebra]:
    return [e.vertebra for e in events if isinstance(e, VertebraFound)]


def test_the_patch_moves_to_the_centre_of_the_box_not_of_mass(config, drain):
    labels = np.zeros((48, 48, 48), dtype=np.int16)
    labels[10:20, 10:30, 10:30] = 1
    labels[20:30, 10:14, 10:14] = 1
    events, _ = drain(traverse(labels, OraclePredictor(labels), config))

    assert events[0].window.center == Zyx(24, 24, 24)
    assert events[1].window.center == Zyx(20, 20, 20)


def test_voxels_in_the_memory_do_not_pull_the_box(make_spine, config, drain):
    spine = make_spine(2, shape=(48, 60, 60), process=False)
    oracle = OraclePredictor(spine)

    def remembering_too_much(image, memory):
        answer = oracle(image, memory)
        return Prediction(np.maximum(answer.probability, memory), answer.completeness)

    events, state = drain(traverse(spine, remembering_too_much, config))

    assert [e.window.center.z for e in events if isinstance(e, VertebraFound)] == [9, 20]
    assert np.array_equal(state.memory.labels, spine)


def test_new_voxels_never_take_over_those_of_an_older_vertebra(make_spine, config, drain):
    spine = make_spine(2, shape=(48, 60, 60), process=False)
    oracle = OraclePredictor(spine)

    def generous(image, memory):
        answer = oracle(image, memory)
        label = oracle.next_vertebra(image, memory)
        mask = answer.probability > 0
        for axis in range(3):
            mask |= np.roll(mask, 3, axis) | np.roll(mask, -3, axis)
        return Prediction((mask & (label is not None)).astype(np.float32), 1.0)

    _, state = drain(traverse(spine, generous, config))
    first = state.memory.labels == 1

    assert np.count_nonzero(first & (spine == 2)) > 0
    assert all(np.count_nonzero(v.mask) * 8.0 == v.volume_mm3 for v in state.found)
    assert np.count_nonzero(first) == np.count_nonzero(state.found[0].mask)


def test_at_least_two_evaluations_per_vertebra(config, drain):
    # The very first patch is centred on the vertebra already.
    labels = np.zeros((48, 48, 48), dtype=np.int16)
    labels[18:30, 16:32, 16:32] = 1
    events, state = drain(traverse(labels, OraclePredictor(labels), config))

    assert [type(e) for e in events[:3]] == [Searching, Refining, VertebraFound]
    assert state.found[0].steps == 2


def test_the_mask_kept_is_the_one_seen_where_it_was_evaluated(make_spine, config, drain):
    """A mask pasted at the centre that the patch would move to next lies a voxel off."""
    spine = make_spine(3, process=False)
    oracle = OraclePredictor(spine)

    def shifted_when_refined(image, memory):
        answer = oracle(image, memory)
        return Prediction(np.roll(answer.probability, (oracle.calls + 1) % 2, axis=0), 1.0)

    events, state = drain(traverse(spine, shifted_when_refined, config))
    kept = [e for e in events if isinstance(e, Refining) and e.has_converged]

    assert [e.window for e in kept] == [v.window for v in found_in(events)]
    assert [e.next_center.z - e.window.center.z for e in kept] == [1, 1, 1]
    assert np.array_equal(state.memory.labels, np.roll(spine, 1, axis=0))


def centers_of(events):
    return [e.window.center for e in events if isinstance(e, (Searching, Refining))]


def midpoint(a, b):
    return Zyx(*((p + q) // 2 for p, q in zip(a, b, strict=True)))


def test_a_patch_that_wanders_is_settled_at_the_midpoint_per_axis(config, drain):
    def answer(call, memory):
        if memory.any():
            return np.zeros((48, 48, 48), dtype=bool)
        away = 2 if call % 2 else -2
        return ball((48, 48, 48), (24 + 2 * (call % 4 == 1), 24 + away, 25 - 2 * away), 10)

    trick = Trick(answer)
    events, state = drain(traverse(trick.image, trick, config))
    centers = centers_of(events)[:21]

    assert len(set(centers)) == 21
    assert centers[20] == midpoint(*centers[18:20])
    assert state.found[0].steps == 21
    assert state.found[0].window.center == centers[20]


class Drawn:
    """Where a patch is looked at decides where it is drawn to: a network is a function."""

    image = np.arange(60**3, dtype=np.int32).reshape(60, 60, 60)

    def __init__(self, moves, radius=10):
        self.moves = moves
        self.radius = radius

    def __call__(self, image, memory):
        center = Zyx(*map(int, np.unravel_index(image[24, 24, 24], (60, 60, 60))))
        move = self.moves.get(center, (0, 0, 0)) if not memory.any() else None
        mask = np.zeros(image.shape, dtype=np.float32)
        if move is not None:
            mask[ball(image.shape, [24 + m for m in move], self.radius)] = 1.0
        return Prediction(mask, 1.0)


@pytest.mark.parametrize(("axis", "shift", "steps"), [(0, 1, 2), (1, 1, 2), (0, 2, 3), (2, -2, 3)])
def test_convergence_is_measured_in_millimetres_on_every_axis(config, drain, axis, shift, steps):
    """On a 2 mm grid one voxel is within δ_max, two are not."""
    move = [0, 0, 0]
    move[axis] = shift
    predict = Drawn({Zyx(24, 24, 24): (0, 6, 6), Zyx(24, 30, 30): tuple(move)})
    events, _ = drain(traverse(predict.image, predict, config))

    assert found_in(events)[0].steps == steps


@pytest.mark.parametrize("length", [2, 3, 4])
@pytest.mark.parametrize("limit", [10, 20])
def test_a_patch_that_circles_ends_at_once_where_it_would_have_ended(config, drain, length, limit):
    corners = [(24, 24, 24), (24, 24, 30), (24, 28, 30), (24, 28, 24), (28, 24, 24)]
    path = [Zyx(*c) for c in corners[: length + 1]]
    steps = {a: tuple(np.subtract(b, a)) for a, b in pairwise(path)}
    steps[path[length]] = tuple(np.subtract(path[1], path[length]))
    predict = Drawn(steps)
    events, state = drain(traverse(predict.image, predict, replace(config, max_refinements=limit)))
    unabridged = [path[0]]
    while len(unabridged) < limit:
        unabridged.append(Zyx(*np.add(unabridged[-1], steps[unabridged[-1]])))

    assert state.found[0].window.center == midpoint(*unabridged[-2:])
    assert centers_of(events)[: length + 2] == [*path, midpoint(*unabridged[-2:])]
    assert state.found[0].steps == length + 2


@pytest.mark.parametrize("shown_between", ["sliver", "whole"])
def test_a_midpoint_that_shows_either_of_both_once_more_is_sure_of_it(
    config, drain, shown_between
):
    """A sliver and the vertebra after it, each seen from the place of the other one."""
    places = {"sliver": Zyx(22, 26, 30), "whole": Zyx(38, 34, 30)}
    seen_from = {places["sliver"]: "whole", places["whole"]: "sliver"}
    seen_from[midpoint(*places.values())] = shown_between

    def predict(image, memory):
        center = Zyx(*map(int, np.unravel_index(image[24, 24, 24], (60, 60, 60))))
        place = places[seen_from.get(center, "sliver")]
        mask = ball(image.shape, np.subtract(place, center) + 24, 6) & ~memory.any()
        return Prediction(mask.astype(np.float32), 1.0)

    _, state = drain(traverse(Drawn.image, predict, config))

    assert [v.steps for v in state.found] == [4]
    assert state.found[0].window.center == midpoint(*places.values())
    assert state.found[0].last_overlap == state.found[0].confidence == 1.0


def test_specks_do_not_pull_the_centre(make_spine, config, drain):
    spine = make_spine(1, shape=(48, 60, 60), process=False)
    oracle = OraclePredictor(spine)

    def with_speck(image, memory):
        answer = oracle(image, memory)
        answer.probability[44:, 44:, 44:] = answer.probability.any()
        return answer

    _, largest = drain(traverse(spine, with_speck, config))
    _, everything = drain(traverse(spine, with_speck, replace(config, focus="all")))

    assert largest.found[0].window.center == Zyx(9, 22, 30)
    assert everything.found[0].window.center != Zyx(9, 22, 30)
    assert np.array_equal(largest.memory.labels, spine)


@pytest.mark.parametrize(("edge", "is_found"), [(4, False), (5, False), (6, True)])
def test_n_min_counts_cubic_millimetres(config, drain, edge, is_found):
    # 5³ voxels of 8 mm³ are exactly 1000 mm³, which counts; one voxel is taken off.
    labels = np.zeros((48, 48, 48), dtype=np.int16)
    labels[20 : 20 + edge, 20 : 20 + edge, 20 : 20 + edge] = 1
    labels[20, 20, 20] = 0
    _, state = drain(traverse(labels, OraclePredictor(labels), config))

    assert bool(state.found) is is_found


def test_a_complete_vertebra_is_one_piece_and_a_cut_one_keeps_its_larger_pieces(config, drain):
    labels = np.zeros((48, 48, 48), dtype=np.int16)
    labels[18:28, 14:30, 14:30] = 1
    labels[20:25, 34:39, 20:25] = 1  # 1000 mm³
    labels[20:23, 42:45, 20:23] = 1  # 216 mm³
    _, complete = drain(traverse(labels, OraclePredictor(labels), config))
    cut = OraclePredictor(labels, incomplete={1})
    _, incomplete = drain(traverse(labels, cut, config))

    assert complete.found[0].volume_mm3 == 8 * 2560
    assert incomplete.found[0].volume_mm3 == 8 * (2560 + 125)


def test_the_probability_gives_the_mask_at_the_threshold(spine, config, drain):
    rng = np.random.default_rng(3)
    oracle = OraclePredictor(spine)

    def soft(image, memory):
        mask = oracle(image, memory).probability
        noise = rng.random(mask.shape, dtype=np.float32)
        probability = np.where(mask > 0, 0.5 + 0.5 * noise, 0.45 * noise)
        probability[:3, :3, :3] = 0.9 * mask.any()  # a speck elsewhere
        return Prediction(probability.astype(np.float32), 1.0)

    _, state = drain(traverse(spine, soft, config))

    assert len(state.found) == 6
    for vertebra in state.found:
        assert np.array_equal(vertebra.probability >= 128, vertebra.mask)
        assert 0.7 < vertebra.confidence < 0.8
        assert 0.3 < vertebra.entropy < 0.9


def test_a_certain_answer_has_no_entropy_and_a_coin_flip_one_bit(config, drain):
    labels = np.zeros((48, 48, 48), dtype=np.int16)
    labels[18:30, 16:32, 16:32] = 1

    def answering(certainty):
        def predict(image, memory):
            mask = (image > 0) & ~memory
            return Prediction((mask * certainty).astype(np.float32), 1.0)

        return drain(traverse(labels, predict, config))[1].found[0]

    assert answering(1.0).entropy == 0.0
    assert answering(0.502).entropy == pytest.approx(1.0, abs=1e-3)
    assert answering(0.502).confidence == pytest.approx(0.502, abs=2e-3)


def test_a_vertebra_larger_than_the_patch_is_told_to_be_cut_by_it(config, drain):
    labels = np.zeros((100, 100, 100), dtype=np.int16)
    labels[20:80, 30:60, 30:60] = 1
    _, state = drain(traverse(labels, OraclePredictor(labels), config))

    assert state.found[0].is_cut_by_patch
    assert not state.found[0].is_complete
