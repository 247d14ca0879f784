"""How much a voxel weighs in the loss: most at the target's surface, one everywhere else (P20)."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from napari_vertseg.training import LossConfig
from vertseg_trainer.samples import surface_weight


def test_a_voxel_weighs_by_its_distance_to_the_surface() -> None:
    """Along a line through a slab: d = 1, 3, 5 … mm on both sides, at 2 mm voxels."""
    target = np.zeros((40, 60, 60), dtype=bool)
    target[16:24] = True
    loss = LossConfig(surface_gamma=8.0, surface_sigma_mm=6.0)

    line = surface_weight(target, loss, spacing_mm=2.0)[:, 30, 30]

    expected = [1 + 8 * exp(-((d / 6.0) ** 2)) for d in (1.0, 3.0, 5.0, 7.0)]
    np.testing.assert_allclose(line[16:20], expected, rtol=1e-5)
    np.testing.assert_allclose(line[15:11:-1], expected, rtol=1e-5)
    np.testing.assert_allclose(line[23:19:-1], expected, rtol=1e-5)


def test_at_the_surface_itself_the_weight_is_gamma_plus_one() -> None:
    target = np.zeros((8, 8, 8), dtype=bool)
    target[2:6, 2:6, 2:6] = True

    weight = surface_weight(target, LossConfig(surface_gamma=8.0), spacing_mm=1e-3)

    assert weight.max() == pytest.approx(9.0, abs=1e-5)


def test_far_away_every_voxel_weighs_one() -> None:
    target = np.zeros((60, 20, 20), dtype=bool)
    target[:5, 8:12, 8:12] = True

    weight = surface_weight(target, LossConfig(), spacing_mm=2.0)

    np.testing.assert_array_equal(weight[15:], 1.0)
    # The box on which it is computed cuts off next to nothing.
    assert weight[13, 10, 10] == pytest.approx(1.0, abs=3e-3)


@pytest.mark.parametrize("told", [1.0, 2.5])
def test_without_a_target_every_voxel_weighs_what_is_told(told: float) -> None:
    nothing = np.zeros((4, 5, 6), dtype=bool)

    weight = surface_weight(nothing, LossConfig(nothing_weight=told), 2.0)

    np.testing.assert_array_equal(weight, np.full((4, 5, 6), told))
    assert weight.dtype == np.float32
    assert LossConfig().nothing_weight == 1.0


def test_the_edge_of_the_patch_is_no_surface() -> None:
    target = np.zeros((30, 30, 30), dtype=bool)
    target[:20] = True

    weight = surface_weight(target, LossConfig(), spacing_mm=2.0)

    assert weight[0, 15, 15] == pytest.approx(1.0, abs=1e-4)


def test_small_targets_weigh_more_where_told() -> None:
    """With exponent 1/2 a quarter of the volume unit weighs twice as much, in all of the patch."""
    target = np.zeros((30, 30, 30), dtype=bool)
    target[10:15, 10:20, 10:15] = True  # 250 voxels of 8 mm³
    told = LossConfig(volume_unit_mm3=8000.0, small_target_exponent=0.5)

    weight = surface_weight(target, told, spacing_mm=2.0)

    as_in_the_paper = surface_weight(target, LossConfig(volume_unit_mm3=8000.0), spacing_mm=2.0)
    np.testing.assert_allclose(weight, 2.0 * as_in_the_paper, rtol=1e-6)
    assert weight.dtype == np.float32
