"""What a sample shows: the right target, the right memory, and loss only where truth is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.training import AugmentConfig, SampleShares, TrainingConfig
from napari_vertseg.volume import Window, Zyx
from vertseg_trainer.drawn import DrawnScan, drawn_scan
from vertseg_trainer.memory import remembered, with_half_space
from vertseg_trainer.samples import Sample, choose_target, draw_sample
from vertseg_trainer.states import Moment
from vertseg_trainer.view import View, draw_view

Labels = NDArray[np.uint8]
Blocks = Callable[..., Labels]
SPINE = (20, 21, 22, 23, 24, 26)
SPACING_MM = 2.0
SACRUM_HU, BONE_HU, SOFT_HU = 3000, 800, -400


class Told:
    """A generator whose uniform draws are told beforehand."""

    def __init__(self, *draws: float) -> None:
        self._draws = list(draws)

    def random(self) -> float:
        return self._draws.pop(0)


def scan_of(labels: Labels, **changes: Any) -> DrawnScan:
    """A scan whose brightness says what is where."""
    image = np.select([labels == 26, labels > 0], [SACRUM_HU, BONE_HU], SOFT_HU).astype(np.int16)
    return drawn_scan(image, labels, dict.fromkeys(range(1, 29), True), **changes)


def view_of(scan: DrawnScan, *, is_up: bool = False) -> View:
    told: Any = Told(1.0, 0.0 if is_up else 1.0, 1.0)
    return draw_view(told, scan, 0.5)


def samples(
    scan: DrawnScan,
    shares: SampleShares,
    augment: AugmentConfig,
    *,
    count: int = 60,
    shape: tuple[int, int, int] = (32, 24, 24),
    **changes: Any,
) -> Iterable[Sample]:
    config = TrainingConfig(samples=shares, augment=augment, **changes)
    for seed in range(count):
        rng = np.random.default_rng(seed)
        yield draw_sample(rng, scan, config, Zyx(*shape), SPACING_MM)


def target_in(
    view: View,
    moment: Moment,
    window: Window,
) -> int | None:
    labels = window.crop(view.labels)
    return choose_target(view, labels, remembered(labels, moment.done), moment, SPACING_MM)


# Which vertebra is the target


@pytest.mark.parametrize(
    ("done", "expected"),
    [((), 1), ((1,), 2), ((1, 2), 3), ((1, 2, 3, 4), 5), ((1, 2, 3, 4, 5), None)],
)
def test_the_target_is_the_first_vertebra_that_is_not_done(
    blocks: Blocks, done: tuple[int, ...], expected: int | None
) -> None:
    view = view_of(scan_of(blocks(SPINE)))
    window = Window(Zyx(32, 12, 12), Zyx(64, 24, 24))

    assert target_in(view, Moment(np.zeros(3), done), window) == expected


def test_upwards_the_order_is_reversed(blocks: Blocks) -> None:
    scan = scan_of(blocks(SPINE))
    down, up = view_of(scan), view_of(scan, is_up=True)
    window = Window(Zyx(32, 12, 12), Zyx(64, 24, 24))

    assert down.order == (1, 2, 3, 4, 5)
    assert up.order == (5, 4, 3, 2, 1)
    np.testing.assert_array_equal(up.labels, down.labels[::-1])
    assert target_in(up, Moment(np.zeros(3)), window) == 5
    assert target_in(up, Moment(np.zeros(3), (5,)), window) == 4
    assert [up.boxes[label][0].start for label in up.order] == sorted(
        up.boxes[label][0].start for label in up.order
    )


def test_searching_takes_the_first_visible_vertebra_not_the_first_of_the_scan(
    blocks: Blocks,
) -> None:
    view = view_of(scan_of(blocks(SPINE)))
    window = Window(Zyx(36, 12, 12), Zyx(24, 24, 24))  # from slice 24: the end of 3 is in view

    assert target_in(view, Moment(np.zeros(3)), window) == 3


def test_a_sliver_is_passed_over(blocks: Blocks) -> None:
    # One slice of 6 x 20 voxels is 120 · 8 = 960 mm³; with five voxels more it is a target.
    labels = np.zeros((40, 24, 24), dtype=np.uint8)
    labels[0, 8:14, 3:23] = 20
    labels[5:13, 7:17, 7:17] = 21
    window = Window(Zyx(20, 12, 12), Zyx(40, 24, 24))

    assert target_in(view_of(scan_of(labels)), Moment(np.zeros(3)), window) == 2
    labels[0, 14, 3:8] = 20
    assert target_in(view_of(scan_of(labels)), Moment(np.zeros(3)), window) == 1


@pytest.mark.parametrize(
    ("plane", "expected"),
    [(0.0, 1), (6.9, 1), (7.0, 1), (7.1, 2), (13.0, 2), (17.1, 3), (60.0, None)],
)
def test_beyond_a_plane_counts_what_lies_mostly_beyond_it(
    blocks: Blocks, plane: float, expected: int | None
) -> None:
    """The first block fills the slices 3 to 10: half of it lies before slice 7 (P27)."""
    view = view_of(scan_of(blocks(SPINE)))
    window = Window(Zyx(32, 12, 12), Zyx(64, 24, 24))

    assert target_in(view, Moment(np.zeros(3), plane=plane), window) == expected


def test_a_plane_and_vertebrae_found_since_add_up(blocks: Blocks) -> None:
    view = view_of(scan_of(blocks(SPINE)))
    window = Window(Zyx(32, 12, 12), Zyx(64, 24, 24))

    assert target_in(view, Moment(np.zeros(3), (2, 3), plane=9.0), window) == 4


def test_the_half_space_fills_the_memory_up_to_the_plane() -> None:
    memory = np.zeros((6, 2, 2), dtype=bool)
    memory[4] = True

    seeded = with_half_space(memory, 1.5)

    np.testing.assert_array_equal(seeded[:, 0, 0], [True, True, False, False, True, False])
    assert not memory[0].any()
    np.testing.assert_array_equal(with_half_space(memory, -3.0), memory)
    np.testing.assert_array_equal(with_half_space(memory, None), memory)
    assert with_half_space(memory, 99.0).all()


# Whole samples


def test_a_sample_shows_what_its_arrays_say(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    """The image tells where bone is: target and memory lie on it and never on each other."""
    shares = only(anywhere=1, searching=1, arriving=1, settling=1, done=1, beyond=1)
    drawn = list(samples(scan_of(blocks(SPINE)), shares, still, count=120))

    for sample in drawn:
        bone = (sample.image > 0) & (sample.image < 2000)
        assert bone[sample.target].all()
        assert bone[sample.memory].all()
        assert not (sample.target & sample.memory).any()
        assert np.isnan(sample.completeness) == (not sample.target.any())
    assert {sample.target.any() for sample in drawn} == {True, False}
    assert {sample.memory.any() for sample in drawn} == {True, False}


def test_a_leak_never_swallows_the_target(
    only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    """A small rest of the next vertebra lies right at the one that is remembered."""
    labels = np.zeros((30, 24, 24), dtype=np.uint8)
    labels[6:14, 8:16, 8:16] = 20
    labels[14:17, 8:16, 8:16] = 21  # 192 voxels are 1536 mm³; 1000 are enough for a target

    leaked = 0
    flawed = replace(still, memory_share=1.0)
    for sample in samples(scan_of(labels), only(settling=1), flawed, count=200):
        if sample.memory.any() and sample.target.any():
            assert sample.target.sum() * SPACING_MM**3 >= 1000
            leaked += int(sample.target.sum() < 192)
        assert sample.target.any() == (not np.isnan(sample.completeness))
    assert leaked > 0


def test_the_sacrum_is_never_target_nor_in_the_memory_but_is_looked_at(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    seen = 0
    for sample in samples(scan_of(blocks(SPINE)), only(beyond=1, arriving=1), still):
        sacrum = sample.image > 2000
        assert not sample.target[sacrum].any()
        assert not sample.memory[sacrum].any()
        assert (sample.weight[sacrum] >= 1).all()
        seen += int(sacrum.any())
    assert seen > 20


def test_beyond_the_last_vertebra_there_is_nothing_to_find(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    for sample in samples(scan_of(blocks(SPINE)), only(beyond=1, done=1), still):
        bone = (sample.image > 0) & (sample.image < 2000)
        assert not sample.target.any()
        np.testing.assert_array_equal(sample.memory, bone)
        np.testing.assert_array_equal(sample.weight, 1.0)


def test_upward_at_the_sacrum_the_last_lumbar_vertebra_is_found(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    """The sacrum then lies before the target, and is still no vertebra (P28)."""
    upward = 0
    for sample in samples(scan_of(blocks((24, 26))), only(settling=1), still):
        sacrum_z, target_z = (np.argwhere(m)[:, 0] for m in (sample.image > 2000, sample.target))
        if target_z.size and sacrum_z.size and sacrum_z.mean() < target_z.mean():
            upward += 1
    assert upward > 10


def test_the_walk_always_goes_towards_larger_z(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    compared = 0
    for sample in samples(scan_of(blocks(SPINE)), only(arriving=1, settling=1), still):
        if sample.memory.any() and sample.target.any():
            assert np.argwhere(sample.memory)[:, 0].max() < np.argwhere(sample.target)[:, 0].min()
            compared += 1
    assert compared > 20


def test_a_walk_redone_finds_its_target_before_what_was_accepted(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    ahead = 0
    for sample in samples(scan_of(blocks(SPINE)), only(redone=1), still):
        assert sample.target.any()
        target, memory = np.argwhere(sample.target)[:, 0], np.argwhere(sample.memory)[:, 0]
        assert not (sample.memory & sample.target).any()
        ahead += bool(memory.size and memory.max() > target.max())
    assert ahead > 10


def test_a_seeded_target_reaches_back_across_the_plane(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    overlaps = [
        (sample.target & sample.memory).any()
        for sample in samples(scan_of(blocks(SPINE)), only(seeded=1), still)
        if sample.target.any()
    ]
    assert any(overlaps)
    assert not all(overlaps)


@pytest.mark.parametrize(
    ("full_voxels", "expected"), [(1000.0, 1.0), (1030.0, 1.0), (1031.0, 0.0), (1100.0, 0.0)]
)
def test_at_most_3_percent_of_a_complete_vertebra_lie_outside(
    only: Callable[..., SampleShares], still: AugmentConfig, full_voxels: float, expected: float
) -> None:
    labels = np.zeros((30, 30, 30), dtype=np.uint8)
    labels[10:20, 10:20, 10:20] = 22
    scan = scan_of(labels, full_voxels={22: full_voxels})

    for sample in samples(scan, only(settling=1), still, count=10, shape=(96, 96, 96)):
        assert sample.target.sum() == 1000
        assert sample.completeness == expected


def test_a_vertebra_marked_incomplete_stays_so(
    only: Callable[..., SampleShares], still: AugmentConfig, blocks: Blocks
) -> None:
    labels = blocks((22,))
    scan = drawn_scan(np.zeros(labels.shape, np.int16), labels, {22: False})

    for sample in samples(scan, only(settling=1), still, count=5, shape=(96, 64, 64)):
        assert sample.target.sum() == 800
        assert sample.completeness == 0.0


def test_cropping_along_z_makes_a_vertebra_incomplete(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    """The patch holds the whole scan, so whatever is missing was cropped."""
    cropping = replace(still, crop_share=1.0)
    cut = whole = 0
    for sample in samples(
        scan_of(blocks(SPINE)), only(settling=1), cropping, count=80, shape=(160, 72, 72)
    ):
        if sample.target.any():
            share = sample.target.sum() / 800
            assert sample.completeness == float(share >= 0.97)
            cut += int(share < 0.97)
            whole += int(share >= 0.97)
    assert cut > 10
    assert whole > 20


def test_cuts_leave_little_of_the_first_vertebra_more_often_than_much(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    scan, left = scan_of(blocks(SPINE)), []
    for seed in range(300):
        view = draw_view(np.random.default_rng(seed), scan, crop_share=1.0, upward_share=0.0)
        left.append(view.voxels[view.order[0]] / view.full_voxels[view.order[0]])
    cut = [share for share in left if share < 0.97]

    assert len(cut) > 90  # cut at the start in six of ten
    assert sum(share < 0.4 for share in cut) > 1.3 * sum(share > 0.6 for share in cut)


def test_a_sliver_weighs_as_background(
    only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    labels = np.zeros((40, 24, 24), dtype=np.uint8)
    labels[0, 8:12, 7:16] = 20
    labels[5:13, 7:17, 7:17] = 21
    scan = scan_of(labels)
    # The label itself, made visible in the image.
    scan.image[labels == 20] = 2500

    passed = 0
    for sample in samples(scan, only(searching=1), still, shape=(80, 64, 64)):
        sliver = sample.image > 2000
        if sliver.any() and sample.target.any() and not sample.memory.any():
            assert not sample.target[sliver].any()
            assert (sample.weight[sliver] >= 1).all()
            passed += 1
    assert passed > 5


def test_ignored_voxels_carry_no_loss_in_any_sample(
    blocks: Blocks, only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    labels = blocks((20, 21, 22, 23, 24))
    scan = scan_of(labels, ignore=labels == 22)
    scan.image[labels == 22] = SACRUM_HU  # made visible

    seen = 0
    for sample in samples(scan, only(settling=1, done=1), still):
        ignored = sample.image > 2000
        np.testing.assert_array_equal(sample.weight == 0, ignored)
        seen += int(ignored.any())
    assert seen > 20


def test_a_scan_without_a_vertebra_gives_empty_samples(
    only: Callable[..., SampleShares], still: AugmentConfig
) -> None:
    scan = scan_of(np.zeros((20, 20, 20), dtype=np.uint8), is_exhaustive=False)

    for sample in samples(scan, only(settling=1, seeded=1), still, count=5):
        assert not sample.target.any()
        assert not sample.memory.any()
        assert np.isnan(sample.completeness)


@pytest.mark.parametrize("state", [field.name for field in fields(SampleShares)])
def test_every_state_of_the_walk_can_be_drawn_with_every_disturbance(
    blocks: Blocks, only: Callable[..., SampleShares], state: str
) -> None:
    augment = AugmentConfig(crop_share=0.5, thick_slice_share=0.5, memory_share=1.0)
    for sample in samples(scan_of(blocks(SPINE)), only(**{state: 1.0}), augment, count=25):
        arrays = (sample.image, sample.memory, sample.target, sample.weight)
        assert {array.shape for array in arrays} == {(32, 24, 24)}
        assert np.isfinite(sample.weight).all()
        outside = sample.image < -1024
        assert not sample.target[outside].any()
        if state != "seeded":
            assert not sample.memory[outside].any()
        has_target = not np.isnan(sample.completeness)
        assert has_target == sample.target.any()
