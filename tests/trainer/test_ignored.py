"""Vertebrae that nobody vouches for, and those that somebody drew by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.training import AugmentConfig, SampleShares, TrainingConfig
from napari_vertseg.volume import Window, Zyx
from vertseg_trainer.drawn import DrawnScan, drawn_scan
from vertseg_trainer.samples import Sample, choose_target, draw_sample, passed_by
from vertseg_trainer.states import Moment
from vertseg_trainer.view import View, draw_view

Labels = NDArray[np.uint8]
SPACING_MM = 2.0
IGNORED_HU, BONE_HU, SOFT_HU = 3000, 800, -400


def scan_of(
    labels: Labels, ignored: tuple[int, ...] = (), weights: Mapping[int, float] | None = None
) -> DrawnScan:
    """A scan where ignored vertebrae are brighter than others."""
    bright = [np.isin(labels, ignored), labels > 0]
    image = np.select(bright, [IGNORED_HU, BONE_HU], SOFT_HU).astype(np.int16)
    complete = dict.fromkeys(range(1, 29), True)
    return drawn_scan(image, labels, complete, ignored=ignored, loss_weight=weights)


def samples_of(scan: DrawnScan, augment: AugmentConfig, count: int = 80) -> Iterable[Sample]:
    config = TrainingConfig(samples=SampleShares(), augment=augment)
    for seed in range(count):
        rng = np.random.default_rng(seed)
        yield draw_sample(rng, scan, config, Zyx(32, 24, 24), SPACING_MM)


def look_down(scan: DrawnScan) -> tuple[View, Window]:
    """The whole scan, walked downwards, and a window on its first three vertebrae."""
    for seed in range(100):
        view = draw_view(np.random.default_rng(seed), scan, 0.0)
        if view.order[0] == 1:
            return view, Window(Zyx(20, 12, 12), Zyx(40, 24, 24))
    raise AssertionError("no draw walks downwards")


def test_an_ignored_vertebra_is_never_a_target_and_carries_no_loss(
    blocks: Callable[..., Labels], still: AugmentConfig
) -> None:
    """Walking down and up, whatever is in the memory."""
    scan = scan_of(blocks((20, 21, 22, 23)), ignored=(21,))
    seen = 0

    for sample in samples_of(scan, still):
        ignored = sample.image > (IGNORED_HU + BONE_HU) / 2
        seen += int(ignored.any())
        assert not (sample.target & ignored).any()
        assert (sample.weight[ignored] == 0).all()

    assert seen > 20


@pytest.mark.parametrize(
    ("ignored", "target", "passed"), [((21,), 3, (2,)), ((22,), 2, ()), ((21, 22), None, (2, 3))]
)
def test_the_walk_passes_ignored_vertebrae_as_if_it_had_found_them(
    blocks: Callable[..., Labels],
    ignored: tuple[int, ...],
    target: int | None,
    passed: tuple[int, ...],
) -> None:
    """Those before the target are in the memory, those beyond it are not yet."""
    view, window = look_down(scan_of(blocks((20, 21, 22)), ignored=ignored))
    labels = window.crop(view.labels)
    moment = Moment(center=np.array(window.center), done=(1,))

    chosen = choose_target(view, labels, labels == 1, moment, SPACING_MM)

    assert chosen == target
    assert passed_by(view, labels, chosen, moment) == passed


def test_an_edited_vertebra_weighs_more_as_a_target(
    blocks: Callable[..., Labels], still: AugmentConfig
) -> None:
    labels = blocks((20, 21))
    plain = samples_of(scan_of(labels), still)
    heavy = samples_of(scan_of(labels, weights={20: 2.0}), still)
    factors: set[float] = set()

    for one, two in zip(plain, heavy, strict=True):
        np.testing.assert_array_equal(one.target, two.target)
        counted = one.weight > 0
        factors |= set(np.round(two.weight[counted] / one.weight[counted], 3).tolist())

    assert factors == {1.0, 2.0}
