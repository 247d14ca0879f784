"""Drawn scans: of the kinds asked for, complete only if nothing was cut, the same per seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.training import AugmentConfig, SourceShares, TrainingConfig
from napari_vertseg.volume import OUTSIDE_HU, Grid
from vertseg_trainer.cases import TrainingCase
from vertseg_trainer.sources import ScanSource, draw_region

Labels = NDArray[np.uint8]
Blocks = Callable[..., Labels]


@pytest.fixture
def case(blocks: Blocks) -> TrainingCase:
    """Five blocks of 32 x 40 x 40 mm and a sacrum, as a CT."""
    labels = blocks((20, 21, 22, 23, 24, 26))
    grid = Grid.canonical(labels.shape, (4.0, 4.0, 4.0))
    image = np.where(labels > 0, 400, -100).astype(np.int16)
    return TrainingCase("block", grid, labels, image, is_exhaustive=True)


def source_of(
    *cases: TrainingCase, augment: AugmentConfig | None = None, **shares: float
) -> ScanSource:
    none = {"phantom": 0.0, "synthesis": 0.0, "real": 0.0}
    config = TrainingConfig(
        preset="tiny", sources=SourceShares(**none | shares), augment=augment or AugmentConfig()
    )
    return ScanSource(cases, config, 8.0)


def draw(source: ScanSource, seed: int) -> Any:
    return source.draw(np.random.default_rng(seed))


def test_a_real_scan_shows_its_own_values(case: TrainingCase, still: AugmentConfig) -> None:
    scan = draw(source_of(case, real=1.0, augment=still), 1)

    inside = scan.image > OUTSIDE_HU
    assert set(np.unique(scan.image[scan.labels > 0])) <= set(range(401))
    assert scan.image[inside].min() >= -100
    assert scan.image[inside].max() <= 400
    assert np.median(scan.image[scan.labels > 0]) > 300


def test_a_rendered_scan_is_fresh_at_every_draw(case: TrainingCase, still: AugmentConfig) -> None:
    labels_only = replace(case, image=None)
    source = source_of(labels_only, synthesis=1.0, augment=still)

    first, again, other = (draw(source, seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert first.image.shape != other.image.shape or (first.image != other.image).any()


def test_kinds_are_drawn_in_their_shares(case: TrainingCase) -> None:
    source = source_of(case, synthesis=1.0, real=3.0)

    # Fields of view are invented around rendered labels; real ones end where the case ends.
    real = [draw(source, seed).image.max() <= 400 for seed in range(40)]

    assert 0.5 < np.mean(real) < 0.95


def test_phantoms_need_no_case() -> None:
    scan = draw(source_of(phantom=1.0), 4)

    assert scan.count >= 1
    assert not scan.no_loss.any()


@pytest.mark.parametrize("shares", [{"synthesis": 1.0}, {"real": 1.0}])
def test_nothing_to_draw_from_is_refused(shares: dict[str, float]) -> None:
    with pytest.raises(CaseIncomplete, match="nothing to train on"):
        source_of(**shares)


def test_labels_without_a_scan_are_never_drawn_as_real(case: TrainingCase) -> None:
    with pytest.raises(CaseIncomplete, match="nothing to train on"):
        source_of(replace(case, image=None), real=1.0)


def test_the_whole_volume_of_a_vertebra_is_known_however_much_was_cut(blocks: Blocks) -> None:
    """A block of 800 voxels of 64 mm³ is 100 working voxels; a turned one leaves the grid."""
    labels = blocks((20, 21, 22), (34, 24, 24))[:, 7:17, 7:17].copy()
    image = np.where(labels > 0, 400, -100).astype(np.int16)
    case = TrainingCase("short", Grid.canonical(labels.shape, (4.0, 4.0, 4.0)), labels, image)
    turned = AugmentConfig(
        warp_share=1.0, scale=(1.0, 1.0 + 1e-9), elastic_mm=0.0, rotation_degrees=70.0
    )

    cut = 0
    for seed in range(20):
        scan = draw(source_of(case, real=1.0, augment=turned), seed)
        np.testing.assert_allclose(scan.full_voxels[1:], 100, rtol=0.2)
        visible = np.bincount(scan.labels.ravel(), minlength=scan.count + 1)[1:]
        cut += int((visible < 75).sum())
    assert cut > 3


def test_what_a_crop_of_a_large_case_cut_off_counts_too(
    case: TrainingCase, still: AugmentConfig
) -> None:
    cut = 0
    for seed in range(25):
        scan = draw(source_of(case, real=1.0, augment=still), seed)
        visible = np.bincount(scan.labels.ravel(), minlength=scan.count + 1)[1:]
        known = visible > 40
        np.testing.assert_allclose(scan.full_voxels[1:][known], 100, rtol=0.4)
        cut += int((visible[known] < 75).sum())
    assert cut > 0


def test_completeness_of_the_record_is_kept(case: TrainingCase, still: AugmentConfig) -> None:
    record = replace(case, is_complete={20: True, 21: True, 22: False, 23: True, 24: True})
    source = source_of(record, real=1.0, synthesis=1.0, augment=still)

    for seed in range(6):
        scan = draw(source, seed)
        if scan.count == 5:
            assert scan.is_complete.tolist() == [False, True, True, False, True, True]


@pytest.mark.parametrize("extra", ["ignore", "bone"])
def test_what_is_laid_over_a_rendered_scan_fits_it(case: TrainingCase, extra: str) -> None:
    """Without organs the field of view may grow to the sides, where nothing could be laid."""
    overlay = {
        "ignore": case.labels == 22,
        "bone": np.where(case.labels > 0, 900, 0).astype(np.int16),
    }
    source = source_of(replace(case, image=None, **{extra: overlay[extra]}), synthesis=1.0)

    scans = [draw(source, seed) for seed in range(8)]

    for scan in scans:
        assert scan.image.shape == scan.labels.shape == scan.no_loss.shape
    assert any(scan.no_loss.any() for scan in scans) == (extra == "ignore")
    # Of the case's own bone, 900 HU, more is seen than rendering alone would make.
    bright = [np.median(scan.image[scan.labels > 0]) > 600 for scan in scans]
    assert any(bright) == (extra == "bone")


def test_ignored_voxels_are_carried_along(case: TrainingCase, still: AugmentConfig) -> None:
    ignoring = replace(case, ignore=case.labels == 22)
    for shares in ({"real": 1.0}, {"synthesis": 1.0}):
        scan = draw(source_of(ignoring, augment=still, **shares), 3)
        assert scan.no_loss.any()
        assert (scan.labels[scan.no_loss] > 0).all()
        assert len(set(scan.labels[scan.no_loss].tolist())) == 1


def test_large_cases_are_cropped_around_bone() -> None:
    labels = np.zeros((200, 100, 100), dtype=np.uint8)
    labels[90:100, 40:60, 40:60] = 22
    large = TrainingCase("large", Grid.canonical(labels.shape, (3.0, 3.0, 3.0)), labels)

    for seed in range(10):
        region = draw_region(np.random.default_rng(seed), large)
        size_mm = np.array(region.labels.shape) * 3.0
        assert (size_mm <= np.array([260, 230, 280]) + 3).all()
        assert region.labels.any()
        place = np.argwhere(region.labels)[0]
        there = large.grid.to_voxel(region.grid.to_world(place))
        assert large.labels[tuple(np.rint(there).astype(int))] == 22


def test_bone_beyond_the_labels_of_a_real_scan_carries_no_loss(
    blocks: Blocks, still: AugmentConfig
) -> None:
    bright = blocks((1, 1, 1, 1, 1, 1))
    labels = blocks((0, 0, 22, 23, 0, 0))
    image = np.where(bright > 0, 400, -100).astype(np.int16)
    case = TrainingCase("part", Grid.canonical(labels.shape, (4.0, 4.0, 4.0)), labels, image)

    partly, wholly = (
        draw(source_of(replace(case, is_exhaustive=known), augment=still, real=1.0), 1)
        for known in (False, True)
    )

    assert partly.no_loss.any()
    assert not partly.no_loss[partly.labels > 0].any()
    assert not wholly.no_loss.any()
