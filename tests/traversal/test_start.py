"""A start in a vertebra returns that vertebra (P27)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.prediction import Prediction
from napari_vertseg.traversal import (
    FinishReason,
    InstanceMemory,
    OraclePredictor,
    Rejected,
    RejectReason,
    Searching,
    SearchOutcome,
    SearchStage,
    VertebraFound,
    traverse,
    traverse_from,
)
from napari_vertseg.volume import Zyx


def voxels_of(spine, label, count, seed=0):
    """Random voxels of a vertebra, its highest and its lowest."""
    inside = np.argwhere(spine == label)
    chosen = np.random.default_rng(seed).choice(len(inside), count, replace=False)
    return [Zyx(*map(int, v)) for v in (*inside[chosen], inside[0], inside[-1])]


@pytest.mark.parametrize("direction", ["down", "up"])
@pytest.mark.parametrize("label", [1, 2, 4, 6])
def test_a_start_anywhere_in_a_vertebra_finds_that_one(spine, config, direction, label):
    config = replace(config, direction=direction)
    for voxel in voxels_of(spine, label, 6):
        predict = OraclePredictor(spine)
        walk = traverse_from(spine, predict, config, voxel, both=False)
        first = next(e.vertebra for e in walk if isinstance(e, VertebraFound))

        assert np.all(spine[first.slices][first.mask] == label), voxel
        assert predict.calls <= 10


def test_both_ways_from_the_middle_finds_what_the_walk_from_the_top_finds(
    spine, config, drain, true_labels
):
    _, from_top = drain(traverse(spine, OraclePredictor(spine), config))
    _, both = drain(traverse_from(spine, OraclePredictor(spine), config, Zyx(31, 22, 30)))

    assert true_labels(spine, both) == [3, 4, 5, 6, 2, 1]
    assert [v.direction for v in both.found] == ["down"] * 4 + ["up"] * 2
    ours = dict(zip(true_labels(spine, both), both.found, strict=True))
    theirs = dict(zip(true_labels(spine, from_top), from_top.found, strict=True))
    for label in range(1, 7):
        assert ours[label].slices == theirs[label].slices
        assert np.array_equal(ours[label].mask, theirs[label].mask)


def test_first_up_and_then_down_where_the_walk_goes_up(spine, config, drain, true_labels):
    upward = replace(config, direction="up")
    _, state = drain(traverse_from(spine, OraclePredictor(spine), upward, Zyx(31, 22, 30)))

    assert true_labels(spine, state) == [3, 2, 1, 4, 5, 6]


def test_one_way_leaves_the_other_side_alone(spine, config, drain, true_labels):
    start = Zyx(31, 22, 30)
    _, down = drain(traverse_from(spine, OraclePredictor(spine), config, start, both=False))
    upward = replace(config, direction="up")
    _, up = drain(traverse_from(spine, OraclePredictor(spine), upward, start, both=False))

    assert true_labels(spine, down) == [3, 4, 5, 6]
    assert true_labels(spine, up) == [3, 2, 1]


def test_the_half_space_is_neither_an_instance_nor_left_behind(spine, config, drain):
    walk = traverse_from(spine, OraclePredictor(spine), config, Zyx(42, 22, 30))
    seen = [next(walk)]
    state = walk.gi_frame.f_locals["state"]
    assert state.memory.half_space is not None
    assert not state.memory.labels.any()
    _events, state = drain(walk)

    assert state.memory.half_space is None
    assert np.array_equal(state.memory.labels > 0, spine > 0)
    assert len(seen) == 1


def test_turning_back_is_no_jump(make_spine, config, drain):
    spine = make_spine(9, shape=(115, 60, 60))
    _, state = drain(traverse_from(spine, OraclePredictor(spine), config, Zyx(31, 22, 30)))

    assert len(state.found) == 9
    assert not any(v.is_jump for v in state.found)


def test_a_start_between_two_vertebrae_takes_the_nearest(make_spine, config, drain, true_labels):
    spine = make_spine(4, shape=(80, 60, 60), pitch=16, process=False)
    between = Zyx(32, 22, 30)  # the second ends at 29, the third begins at 37
    events, state = drain(traverse_from(spine, OraclePredictor(spine), config, between))

    assert spine[between] == 0
    assert true_labels(spine, state)[0] == 2
    assert sorted(true_labels(spine, state)) == [1, 2, 3, 4]
    assert any(getattr(e, "outcome", None) is SearchOutcome.ELSEWHERE for e in events)


def test_a_start_far_from_any_vertebra_says_so(make_spine, config, drain):
    wide = np.zeros((84, 60, 140), dtype=np.int16)
    wide[:, :, :60] = make_spine()
    events, state = drain(traverse_from(wide, OraclePredictor(wide), config, Zyx(50, 30, 120)))

    assert events[-1].reason is FinishReason.NOTHING_AT_START
    assert state.found == []
    assert state.step <= config.start.tries + 1


def test_the_planes_tried_are_told(spine, config, drain):
    tip = Zyx(*map(int, np.argwhere(spine == 3)[-1]))
    events, _ = drain(traverse_from(spine, OraclePredictor(spine), config, tip, both=False))
    looks = [e for e in events if isinstance(e, Searching) and e.stage is SearchStage.START]

    assert [e.outcome for e in looks[:-1]] == [SearchOutcome.ELSEWHERE] * (len(looks) - 1)
    assert len(looks) > 1
    assert looks[-1].outcome is SearchOutcome.FRAGMENT


def test_a_start_vertebra_that_settles_elsewhere_is_rejected(spine, config, drain, true_labels):
    """A predictor that slips to the next vertebra on the second look and stays there."""
    oracle = OraclePredictor(spine)
    calls = iter(range(1000))

    def slipping(image, memory):
        if next(calls) in (1, 2):
            return Prediction((image == 4).astype(np.float32), 1.0)
        return oracle(image, memory)

    events, state = drain(traverse_from(spine, slipping, config, Zyx(31, 22, 30), both=False))
    reasons = [e.reason for e in events if isinstance(e, Rejected)]

    assert reasons == [RejectReason.NOT_AT_START]
    assert true_labels(spine, state)[0] == 3


class Wavers:
    """An oracle whose every second mask is swollen, at first or always."""

    def __init__(self, spine, *, always):
        self.oracle, self.looks, self.wavering = OraclePredictor(spine), 0, 1000 if always else 2

    def __call__(self, image, memory):
        told = self.oracle(image, memory)
        self.looks += 1
        if self.looks % 2 or self.looks > self.wavering:
            return told
        swollen = ndimage.binary_dilation(told.probability > 0, iterations=3)
        return Prediction(swollen.astype(np.float32), told.completeness)


@pytest.mark.parametrize("always", [False, True])
def test_a_start_vertebra_that_never_settles_gives_way_to_another_plane(spine, config, always):
    """Its masks overlap too little for the confidence that is asked for; still it is not lost."""
    strict = replace(config, start=replace(config.start, min_confidence=0.9))
    walk = traverse_from(spine, Wavers(spine, always=always), strict, Zyx(31, 22, 30), both=False)
    events = []
    for event in walk:
        events.append(event)
        if isinstance(event, VertebraFound):
            break
    found = events[-1].vertebra
    rejected = [e.reason for e in events if isinstance(e, Rejected)]

    assert rejected
    assert set(rejected) == {RejectReason.UNCERTAIN}
    assert found.mask[tuple(np.subtract((31, 22, 30), found.start))]
    assert (spine[found.slices][found.mask] == 3).all() or always
    assert (found.confidence < 0.9) == always


class TakesTheNextWithIt:
    """Is never sure; the first plane that it is shown gives vertebra 3 together with 4."""

    def __init__(self, spine):
        self.oracle, self.first = OraclePredictor(spine), None

    def __call__(self, image, memory):
        told = self.oracle(image, memory)
        if not np.any(image[told.probability > 0] == 3):
            return told
        covered = np.count_nonzero((image == 3) & memory)
        self.first = covered if self.first is None else self.first
        both = np.isin(image, (3, 4)) & ~memory
        seen = both if covered == self.first else told.probability > 0
        return Prediction(seen * np.float32(0.8 if covered == self.first else 0.7), 0.9)


def test_where_no_plane_gives_a_sure_one_the_voxel_lies_in_its_middle(
    spine, config, drain, true_labels
):
    strict = replace(config, start=replace(config.start, min_confidence=0.99))
    predictor = TakesTheNextWithIt(spine)
    walk = traverse_from(spine, predictor, strict, Zyx(31, 22, 30), both=False)
    events, _ = drain(walk)
    first = next(e.vertebra for e in events if isinstance(e, VertebraFound))

    assert set(np.unique(spine[first.slices][first.mask])) == {3}


def test_a_body_cut_at_the_edge_beside_the_tip_of_a_cut_process_is_found(spine, config, drain):
    """Both begin in the first slice; only a plane between their halves tells them apart."""
    cut = spine.copy()
    cut[:] = 0
    cut[0:6, 44:48, 28:33] = 1  # the tip of a process, less than a walk accepts
    cut[0:7, 14:30, 22:38] = 2
    cut[3:13, 30:44, 28:33] = 2
    cut[9:17, 14:30, 22:38] = 3
    cut[12:22, 30:44, 28:33] = 3
    start = Zyx(1, 22, 30)
    walk = traverse_from(cut, OraclePredictor(cut), config, start, both=False)
    events, _ = drain(walk)
    first = next(e.vertebra for e in events if isinstance(e, VertebraFound))

    assert np.all(cut[first.slices][first.mask] == 2)


def test_a_start_in_a_sliver_does_not_give_the_whole_one_beside_it(make_spine, config, drain):
    """At the edge of the scan the network shows both, and judges what was clicked as cut."""
    labels = make_spine(3, shape=(60, 60, 60), first_z=2.0)

    def both_at_once(image, memory):
        seen = (image > 0) & (image < 3) & ~memory
        return Prediction(seen * np.float32(0.95), 0.2)

    (place, *_) = np.argwhere(labels == 1)
    sliver, whole = ((labels == n).sum() for n in (1, 2))
    assert config.voxels_of(config.fragment_min_mm3) < sliver < whole
    walk = traverse_from(labels, both_at_once, config, Zyx(*map(int, place)), both=False)
    first = next(e.vertebra for e in walk if isinstance(e, VertebraFound))

    assert np.unique(labels[first.slices][first.mask]).tolist() == [1]


@pytest.mark.parametrize("voxel", [(-1, 5, 5), (5, 60, 5), (500, 5, 5)])
def test_a_start_outside_the_scan_is_refused(spine, config, drain, voxel):
    with pytest.raises(SegmentationFailed, match="outside the scan"):
        drain(traverse_from(spine, OraclePredictor(spine), config, Zyx(*voxel)))


def test_a_start_in_a_vertebra_that_is_done_is_refused(spine, config, drain):
    memory = InstanceMemory.from_labels(np.where(spine == 3, 3, 0))

    with pytest.raises(SegmentationFailed, match="vertebra 3, which is done"):
        drain(traverse_from(spine, OraclePredictor(spine), config, Zyx(31, 22, 30), memory=memory))


def test_what_was_segmented_before_stays(spine, config, drain, true_labels):
    memory = InstanceMemory.from_labels(np.where(spine >= 5, spine, 0))
    walk = traverse_from(spine, OraclePredictor(spine), config, Zyx(31, 22, 30), memory=memory)
    _, state = drain(walk)

    assert true_labels(spine, state) == [3, 4, 2, 1]
    assert [v.id for v in state.found] == [7, 8, 9, 10]
    assert np.array_equal(state.memory.labels[spine >= 5], spine[spine >= 5])
