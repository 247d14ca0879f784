"""What is no vertebra sends the search on, in wide fields of view; it neither ends nor loops."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    FinishReason,
    NoisyPredictor,
    OraclePredictor,
    Refining,
    Rejected,
    RejectReason,
    Searching,
    SearchOutcome,
    traverse,
)

DECOY = 99


@pytest.fixture
def torso(make_spine):
    """A spine in a wide field of view, and a shoulder where the search comes first."""
    wide = np.zeros((150, 120, 160), dtype=np.int16)
    spine = make_spine(6)
    wide[30:114, 40:100, 70:130] = spine
    axes = np.ogrid[:150, :120, :160]
    shoulder = sum((a - c) ** 2 for a, c in zip(axes, (30, 40, 30), strict=True)) <= 6**2
    wide[shoulder] = DECOY
    return wide


class SeesDecoys:
    """An oracle that takes the shoulder for a vertebra, from afar or always."""

    def __init__(self, image, *, only_from_afar: bool, completeness: float = 1.0):
        self.oracle = OraclePredictor(np.where(image == DECOY, 0, image))
        self.only_from_afar = only_from_afar
        self.completeness = completeness

    def __call__(self, image, memory):
        decoy = image == DECOY
        if not (decoy & ~memory).any():
            return self.oracle(image, memory)
        middle = np.argwhere(decoy).mean(axis=0)
        is_afar = np.abs(middle - 24).max() > 6
        if self.only_from_afar and not is_afar:
            return Prediction(np.zeros(image.shape, dtype=np.float32), 0.0)
        return Prediction(decoy.astype(np.float32), self.completeness)


def test_a_fragment_that_vanishes_on_approach_does_not_end_the_walk(torso, config, drain):
    predict = SeesDecoys(torso, only_from_afar=True)
    events, state = drain(traverse(torso, predict, config))
    rejections = [e for e in events if isinstance(e, Rejected)]

    assert [e.reason for e in rejections] == [RejectReason.VANISHED]
    assert len(state.found) == 6
    assert np.array_equal(state.memory.labels, np.where(torso == DECOY, 0, torso))


def test_the_same_rejected_fragment_is_not_followed_twice(torso, config, drain):
    events, _ = drain(traverse(torso, SeesDecoys(torso, only_from_afar=True), config))
    first = next(i for i, e in enumerate(events) if isinstance(e, Rejected))
    seen_again = [
        e
        for e in events[first:]
        if isinstance(e, Searching) and e.outcome is SearchOutcome.REJECTED_BEFORE
    ]
    visited = Counter(e.window.center for e in events if isinstance(e, Refining | Rejected))

    assert seen_again, "other windows see the shoulder, too"
    assert max(visited.values()) == 1


def test_a_false_find_far_from_the_spine_does_not_hide_the_spine(torso, config, drain):
    """It is committed, but a chain of one is not trusted: the raster goes on."""
    events, state = drain(traverse(torso, SeesDecoys(torso, only_from_afar=False), config))

    assert len(state.found) == 7
    assert np.array_equal(state.memory.labels > 1, (torso > 0) & (torso != DECOY))
    assert events[-1].reason is FinishReason.END_OF_SPINE


def test_what_settles_too_small_is_rejected(torso, config, drain):
    strict = replace(config, min_vertebra_mm3=9_000)  # the shoulder has 7,000
    events, state = drain(traverse(torso, SeesDecoys(torso, only_from_afar=False), strict))
    reasons = [e.reason for e in events if isinstance(e, Rejected)]

    assert reasons[0] is RejectReason.TOO_SMALL
    assert set(reasons[1:]) <= {RejectReason.REJECTED_BEFORE}
    assert len(state.found) == 6


def test_what_settles_uncertain_is_rejected(torso, config, drain):
    sure = SeesDecoys(torso, only_from_afar=False)

    def doubtful(image, memory):
        answer = sure(image, memory)
        if (answer.probability[image == DECOY] > 0).any():
            return Prediction(answer.probability * np.float32(0.55), 1.0)
        return answer

    events, state = drain(traverse(torso, doubtful, replace(config, min_confidence=0.6)))

    assert RejectReason.UNCERTAIN in [e.reason for e in events if isinstance(e, Rejected)]
    assert len(state.found) == 6


def test_the_rim_of_a_vertebra_is_no_second_one(make_spine, config, drain):
    spine = make_spine(4, shape=(60, 60, 60), process=False)
    oracle = OraclePredictor(spine)
    hollow = spine.copy()
    hollow[[6, 7, 17, 18], :, :] = 0

    def with_rims(image, memory):
        """Finds the core first, and whatever is left of the vertebra next."""
        for label in range(1, 5):
            mask = image == label
            near = mask & ~memory
            if near.any() and memory[mask].any() and np.count_nonzero(near) * 8 > 1000:
                return Prediction(near.astype(np.float32), 0.0)
        answer = oracle(image, memory)
        mask = answer.probability > 0
        for axis in range(3):
            mask &= np.roll(mask, 1, axis) & np.roll(mask, -1, axis)
        return Prediction(mask.astype(np.float32), answer.completeness)

    events, state = drain(traverse(spine, with_rims, config))

    assert RejectReason.REMAINDER in [e.reason for e in events if isinstance(e, Rejected)]
    assert len({tuple(np.round(v.centroid, 0)) for v in state.found}) == len(state.found)


def test_a_rejection_says_what_was_seen(torso, config, drain):
    strict = replace(config, min_vertebra_mm3=9_000)
    events, _ = drain(traverse(torso, SeesDecoys(torso, only_from_afar=False), strict))
    rejected = next(e for e in events if isinstance(e, Rejected))
    place = rejected.fragment.start_in(rejected.window)
    box = tuple(slice(a, a + n) for a, n in zip(place, rejected.fragment.mask.shape, strict=True))

    assert np.array_equal(torso[box] == DECOY, rejected.fragment.mask)


@pytest.mark.parametrize("seed", range(6))
def test_a_noisy_predictor_neither_loops_nor_loses_the_spine(make_spine, config, drain, seed):
    spine = make_spine(6)
    noisy = NoisyPredictor(
        OraclePredictor(spine),
        seed,
        false_share=0.3,
        false_radius_voxels=4,
        shift_voxels=1,
        speckle_share=0.01,
    )
    events, state = drain(traverse(spine, noisy, config))
    hits = {int(np.bincount(spine[v.slices][v.mask])[1:].argmax()) + 1 for v in state.found}

    assert hits == {1, 2, 3, 4, 5, 6}
    assert state.step < 120
    assert events[-1].reason is FinishReason.END_OF_SPINE


@pytest.mark.parametrize("seed", range(4))
def test_empty_answers_in_between_end_or_reject_but_never_hang(make_spine, config, drain, seed):
    spine = make_spine(6)
    noisy = NoisyPredictor(OraclePredictor(spine), seed, empty_share=0.3, shift_voxels=3)
    events, state = drain(traverse(spine, noisy, config))

    assert events[-1].reason in {FinishReason.END_OF_SPINE, FinishReason.NO_VERTEBRA}
    assert state.step < config.max_steps


class SeesHeart(SeesDecoys):
    """An oracle that, once there is a memory, answers with the decoy wherever it sees it whole."""

    def __call__(self, image, memory):
        vertebrae = self.oracle(np.where(image == DECOY, 0, image), memory)
        decoy = (image == DECOY) & ~memory
        if not memory.any() or (image == DECOY).sum() < 900:
            return vertebrae
        both = np.maximum(vertebrae.probability, decoy.astype(np.float32))
        return Prediction(both, max(vertebrae.completeness, self.completeness))


def test_what_lies_far_aside_of_the_spine_is_not_taken_for_the_next_vertebra(
    make_spine, config, drain
):
    """Beside the fourth of six, 60 mm from the middle of the spine, but larger than a vertebra."""
    image = np.zeros((84, 60, 80), dtype=np.int16)
    image[:, :, :60] = make_spine(6)
    axes = np.ogrid[: image.shape[0], : image.shape[1], : image.shape[2]]
    image[sum((a - c) ** 2 for a, c in zip(axes, (48, 26, 60), strict=True)) <= 9**2] = DECOY
    image[:, :, :44][image[:, :, :44] == DECOY] = 0
    wide = replace(config, patch_shape=config.patch_shape._replace(x=64))

    _, kept = drain(traverse(image, SeesHeart(image, only_from_afar=False), wide))
    _, misled = drain(
        traverse(image, SeesHeart(image, only_from_afar=False), replace(wide, max_aside_mm=1000.0))
    )

    assert np.array_equal(kept.memory.labels, np.where(image == DECOY, 0, image))
    assert len(misled.found) == 7, "without the rule the decoy is taken, or this tests nothing"


@pytest.mark.parametrize("side", ["behind", "in front"])
def test_the_process_of_a_cut_vertebra_hangs_behind_the_spine_and_a_heart_lies_before_it(
    make_spine, config, drain, side
):
    """All that the scan shows of the last one, 46 mm behind or before the one above it."""
    image = np.zeros((66, 100, 60), dtype=np.int16)
    image[:, 20:80] = make_spine(5, process=False)[:66]
    middle = np.argwhere(image == 5)[:, 1].mean() + (23 if side == "behind" else -23)
    axes = np.ogrid[: image.shape[0], : image.shape[1], : image.shape[2]]
    image[sum((a - c) ** 2 for a, c in zip(axes, (62, middle, 30), strict=True)) <= 6**2] = 6

    _, state = drain(traverse(image, OraclePredictor(image), config))
    _, strict = drain(traverse(image, OraclePredictor(image), replace(config, behind_mm=0.0)))

    assert len(state.found) == (6 if side == "behind" else 5)
    assert len(strict.found) == 5, "without the allowance it is passed over, or this tests nothing"


@pytest.mark.parametrize(("share", "expected"), [(0.35, 5), (0.0, 6)])
def test_a_piece_far_smaller_than_the_vertebrae_before_is_none(
    make_spine, config, drain, share, expected
):
    """A sixth block of a fifth of the size, as a walk finds in the sacrum."""
    spine = make_spine(6)
    last = np.argwhere(spine == 6)
    near = np.abs(last - np.median(last, axis=0)).max(axis=1) <= 3
    spine[spine == 6] = 0
    spine[tuple(last[near].T)] = 6
    assert 0 < (spine == 6).sum() < 0.3 * (spine == 5).sum()

    small = replace(config, min_volume_share=share, min_fragment_mm3=100, min_vertebra_mm3=100)
    events, state = drain(traverse(spine, OraclePredictor(spine), small))

    assert len(state.found) == expected
    reasons = {e.reason for e in events if isinstance(e, Rejected)}
    assert (RejectReason.PIECE in reasons) == (expected == 5)
    assert events[-1].reason is FinishReason.END_OF_SPINE


class Hesitates:
    """An oracle that is nearly sure of all vertebrae, and unsure of one."""

    def __init__(self, spine, label, certainty):
        self.oracle = OraclePredictor(spine)
        self.label, self.certainty = label, certainty

    def __call__(self, image, memory):
        told = self.oracle(image, memory)
        mask = told.probability > 0
        certainty = self.certainty if (image[mask] == self.label).any() else 0.98
        return Prediction((mask * certainty).astype(np.float32), told.completeness)


@pytest.mark.parametrize("label", [4, 6])
def test_a_vertebra_over_which_the_network_hesitates_stays(make_spine, config, drain, label):
    """As between screws, while it is sure of all the others."""
    spine = make_spine(6)
    _, state = drain(traverse(spine, Hesitates(spine, label, 0.7), config))
    assert len(state.found) == 6


def test_an_incomplete_vertebra_may_be_as_small_as_the_scan_leaves_it(make_spine, config, drain):
    spine = make_spine(6)
    planes = np.flatnonzero((spine == 6).any(axis=(1, 2)))
    cut = spine[: planes[0] + 3]
    small = replace(config, min_fragment_mm3=100, min_vertebra_mm3=100, fragment_min_mm3=50)

    _, state = drain(traverse(cut, OraclePredictor(cut, incomplete=[6]), small))

    assert len(state.found) == 6
    assert not state.found[-1].is_complete


def with_two_decoys(spine, *, radius):
    """Two balls, one behind the other, far aside of the spine and before it."""
    torso = np.zeros((150, 120, 160), dtype=np.int16)
    torso[60:144, 40:100, 70:130] = spine
    axes = np.ogrid[:150, :120, :160]
    for number, z in ((DECOY, 20), (DECOY + 1, 40)):
        ball = sum((a - c) ** 2 for a, c in zip(axes, (z, 40, 30), strict=True)) <= radius**2
        torso[ball] = number
    return torso


@pytest.mark.parametrize(
    ("changes", "found"), [({}, 8), ({"trusted_confidence": 0.0}, 2), ({"doubtful_chain": 2}, 2)]
)
def test_a_row_of_doubtful_finds_does_not_hide_the_spine(
    make_spine, config, drain, changes, found
):
    """Two pieces of a hip, one behind the other, far aside of the spine and before it."""
    torso = with_two_decoys(make_spine(6), radius=6)
    oracle = OraclePredictor(torso)

    def doubts_hips(image, memory):
        hips = (image >= DECOY) & ~memory
        vertebrae = oracle(np.where(image >= DECOY, 0, image), memory)
        if not hips.any():
            return vertebrae
        first = hips & (image == image[hips].min())
        return Prediction(first.astype(np.float32) * np.float32(0.75), 0.9)

    _, state = drain(traverse(torso, doubts_hips, replace(config, **changes)))

    assert len(state.found) == found


@pytest.mark.parametrize(("least_mm3", "found"), [(5000.0, 8), (0.0, 2)])
def test_small_pieces_do_not_vouch_for_a_row_however_sure_the_network_is(
    make_spine, config, drain, least_mm3, found
):
    """Two pieces of a shoulder blade of 4 cm³ each, far aside of the spine and before it."""
    torso = with_two_decoys(make_spine(6), radius=5)
    oracle = OraclePredictor(torso)

    def is_sure(image, memory):
        pieces = (image >= DECOY) & ~memory
        if not pieces.any():
            return oracle(np.where(image >= DECOY, 0, image), memory)
        first = pieces & (image == image[pieces].min())
        return Prediction(first.astype(np.float32), 0.9)

    walked = replace(config, trusted_volume_mm3=least_mm3)
    _, state = drain(traverse(torso, is_sure, walked))

    assert len(state.found) == found


class Shrinks:
    """An oracle for one piece that loses a part of it once the patch stands on its middle."""

    def __init__(self, labels, *, voxels):
        self.labels, self.voxels = labels, voxels

    def __call__(self, image, memory):
        mask = (image > 0) & ~memory
        inside = np.argwhere(mask)
        if len(inside) and abs(inside.mean(axis=0) - np.divide(image.shape, 2)).max() < 2:
            mask[tuple(inside[self.voxels :].T)] = False
        return Prediction(mask.astype(np.float32), 0.1)


@pytest.mark.parametrize(("left_mm3", "found"), [(900, 1), (700, 0)])
def test_a_sliver_at_the_limit_may_lose_a_little_while_the_patch_settles(
    config, drain, left_mm3, found
):
    labels = np.zeros((60, 60, 60), dtype=np.int16)
    labels[36:41, 36:41, 36:41] = 1  # 1,000 mm³
    predict = Shrinks(labels, voxels=left_mm3 // 8)

    events, state = drain(traverse(labels, predict, config))

    assert len(state.found) == found
    assert any(isinstance(e, Rejected) for e in events) == (not found)
