"""Disturbances change what a scanner could have changed, and keep what lies beyond the scan."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.training import AugmentConfig
from napari_vertseg.volume import AIR_HU, OUTSIDE_HU
from vertseg_trainer.augment import Disturbance, disturb, draw_disturbance, thick_slices

EVERYTHING = Disturbance(
    slab_voxels=3, slab_offset=1, smoothing_voxels=0.7, noise_hu=30.0, gain=1.1, shift_hu=-20.0
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def image(rng: np.random.Generator) -> NDArray[np.int16]:
    """HU in the middle, nothing around, and a corner cut off as by a rotation."""
    made = np.full((16, 14, 12), OUTSIDE_HU, dtype=np.int16)
    made[4:, 2:12, 1:11] = rng.integers(-1024, 1500, (12, 10, 10))
    made[4:7, 2:5, 1:4] = OUTSIDE_HU
    return made


def test_beyond_the_scan_stays_beyond_and_inside_stays_inside(
    image: NDArray[np.int16], rng: np.random.Generator
) -> None:
    before = image.copy()
    changed = disturb(image, EVERYTHING, rng)

    np.testing.assert_array_equal(changed == OUTSIDE_HU, image == OUTSIDE_HU)
    assert changed[image != OUTSIDE_HU].min() >= AIR_HU
    assert changed.dtype == np.int16
    np.testing.assert_array_equal(image, before)


def test_no_disturbance_changes_nothing(
    image: NDArray[np.int16], rng: np.random.Generator
) -> None:
    np.testing.assert_array_equal(disturb(image, Disturbance(), rng), image)


def test_a_patch_wholly_beyond_the_scan_stays_so(rng: np.random.Generator) -> None:
    nothing = np.full((4, 4, 4), OUTSIDE_HU, dtype=np.int16)

    np.testing.assert_array_equal(disturb(nothing, EVERYTHING, rng), nothing)


@pytest.mark.parametrize(
    "disturbance",
    [Disturbance(smoothing_voxels=0.8), Disturbance(slab_voxels=3, slab_offset=1)],
)
def test_no_dark_rim_tells_where_the_scan_ends(
    disturbance: Disturbance, rng: np.random.Generator
) -> None:
    image = np.full((12, 8, 8), OUTSIDE_HU, dtype=np.int16)
    image[5:, 2:] = 300

    np.testing.assert_array_equal(disturb(image, disturbance, rng), image)


def test_gain_and_shift_are_a_line(rng: np.random.Generator) -> None:
    image = np.array([-1000, 0, 100, 1000], dtype=np.int16).reshape(4, 1, 1)

    changed = disturb(image, Disturbance(gain=1.2, shift_hu=10.0), rng)

    assert changed.ravel().tolist() == [AIR_HU, 10, 130, 1210]


def test_noise_has_the_strength_that_was_drawn(rng: np.random.Generator) -> None:
    image = np.full((30, 30, 30), 100, dtype=np.int16)

    noise = disturb(image, Disturbance(noise_hu=25.0), rng) - 100.0

    assert abs(noise.mean()) < 0.5
    assert noise.std() == pytest.approx(25.0, rel=0.03)


def test_thick_slices_are_means_joined_by_lines() -> None:
    hu = np.array([0, 0, 6, 6, 12, 12], dtype=np.float32).reshape(6, 1, 1)

    # Slabs of two from the start: their centres lie at 0.5, 2.5 and 4.5.
    np.testing.assert_allclose(
        thick_slices(hu, 2, 0).ravel(), [0, 1.5, 4.5, 7.5, 10.5, 12], atol=1e-5
    )
    # One slice later: slabs of 1, 2, 2 and 1 slices with means 0, 3, 9 and 12.
    np.testing.assert_allclose(thick_slices(hu, 2, 1).ravel(), [0, 2, 4.5, 7.5, 10, 12], atol=1e-5)


@pytest.mark.parametrize(("slab", "offset"), [(2, 0), (3, 2), (5, 4), (40, 0)])
def test_thick_slices_keep_shape_and_what_is_even(slab: int, offset: int) -> None:
    hu = np.full((11, 3, 2), 70.0, dtype=np.float32)

    np.testing.assert_array_equal(thick_slices(hu, slab, offset), hu)


def test_thick_slices_blur_along_z_only(rng: np.random.Generator) -> None:
    hu = rng.normal(size=(24, 6, 6)).astype(np.float32)

    blurred = thick_slices(hu, 4, 2)

    assert blurred.std() < 0.7 * hu.std()
    planes = np.broadcast_to(hu[0], hu.shape).astype(np.float32)
    np.testing.assert_allclose(thick_slices(planes, 4, 2), planes, atol=1e-6)


def test_slabs_are_never_thicker_than_6_mm_and_drawn_as_often_as_asked() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_disturbance(rng, AugmentConfig(thick_slice_share=0.3), 2.0) for _ in range(900)]

    slabs = [d.slab_voxels for d in drawn]
    assert set(slabs) == {1, 2, 3}
    assert np.mean(np.array(slabs) > 1) == pytest.approx(0.3, abs=0.05)
    assert all(0 <= d.slab_offset < d.slab_voxels for d in drawn)
    assert max(d.noise_hu for d in drawn) <= 35.0
    assert max(d.smoothing_voxels for d in drawn) <= 0.8


def test_what_is_switched_off_is_never_drawn() -> None:
    rng = np.random.default_rng(1)
    off = AugmentConfig(noise_hu=0.0, smoothing_voxels=0.0, thick_slice_share=0.0, shift_hu=0.0)

    for drawn in (draw_disturbance(rng, off, 2.0) for _ in range(100)):
        assert drawn.slab_voxels == 1
        assert drawn.noise_hu == drawn.smoothing_voxels == drawn.shift_hu == 0.0
