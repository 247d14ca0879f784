"""Made cohorts are what the paper says of its scans, and the same ones every time."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.study.cohorts import PLANS, draw_chest_ct, draw_spine_ct, made_subject


def test_counts_and_ways_are_the_papers() -> None:
    spine, chest = PLANS["spine-ct"], PLANS["chest-ct"]
    assert (spine.counts, spine.direction) == ({"train": 10, "validation": 0, "test": 5}, "down")
    assert (chest.counts, chest.direction) == ({"train": 20, "validation": 5, "test": 10}, "up")


@pytest.mark.parametrize("seed", range(15))
def test_spines_are_young_and_finely_scanned(seed: int) -> None:
    drawn = draw_spine_ct(np.random.default_rng(seed))
    assert 0.7 <= drawn.spacing_mm.z <= 1.0
    assert 0.31 <= drawn.spacing_mm.x == drawn.spacing_mm.y <= 0.36
    assert drawn.bone_density >= 0.65
    assert not drawn.fractures
    assert drawn.field_of_view.top_rank < float(Level.T1)


@pytest.mark.parametrize("seed", range(15))
def test_chests_are_wide_and_noisy(seed: int) -> None:
    drawn = draw_chest_ct(np.random.default_rng(seed))
    view = drawn.field_of_view
    assert 1.0 <= drawn.spacing_mm.z <= 2.5
    assert 0.54 <= drawn.spacing_mm.x <= 0.82
    assert drawn.appearance.noise_hu >= 40
    assert view.right_mm + view.left_mm > 0.9 * 512 * drawn.spacing_mm.x


def test_a_scan_of_a_cohort_is_made_anew_bit_by_bit() -> None:
    def make(role: str, number: int) -> np.ndarray:
        subject = made_subject(
            PLANS["chest-ct"], role, number, least_spacing_mm=6.0, height_mm=100.0
        )
        assert subject.scan.name == f"{role}-{number + 1:02d}"
        assert subject.targets
        return subject.scan.voxels

    first = make("train", 0)
    assert np.array_equal(first, make("train", 0))
    other = make("test", 0)
    assert first.shape != other.shape or not np.array_equal(first, other)
