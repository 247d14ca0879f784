from __future__ import annotations

import math

import numpy as np
import pytest

from napari_vertseg.metrics import surface_distances
from napari_vertseg.metrics.surface import surface_of
from napari_vertseg.volume import ZyxFloat

SPACINGS = [ZyxFloat(1, 1, 1), ZyxFloat(3.0, 0.7, 0.4)]


def _block(shape, z, y, x):
    mask = np.zeros(shape, dtype=bool)
    mask[slice(*z), slice(*y), slice(*x)] = True
    return mask


def _ball(shape, radius_mm, spacing_mm):
    centre = (np.array(shape) - 1) / 2
    grid = np.moveaxis(np.indices(shape), 0, -1) - centre
    return np.linalg.norm(grid * spacing_mm, axis=-1) <= radius_mm


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_parallel_plates_are_as_far_apart_as_their_gap(spacing_mm, axis):
    first, second = np.zeros((2, 20, 20, 20), dtype=bool)
    np.moveaxis(first, axis, 0)[5, 3:15, 3:15] = True
    np.moveaxis(second, axis, 0)[9, 3:15, 3:15] = True
    distances = surface_distances(first, second, spacing_mm)
    assert distances.mean_mm == pytest.approx(4 * spacing_mm[axis], abs=1e-12)
    assert distances.hausdorff95_mm == pytest.approx(4 * spacing_mm[axis], abs=1e-12)
    assert distances.dice(4 * spacing_mm[axis] + 1e-9) == 1.0
    assert distances.dice(4 * spacing_mm[axis] - 1e-9) == 0.0


@pytest.mark.parametrize("spacing_mm", SPACINGS)
def test_shifted_cube_has_the_distances_counted_layer_by_layer(spacing_mm):
    # Cube of side n, shifted by s ≥ n along z: layer i of one lies s - i layers
    # from the near face of the other, straight down; the ends count n² surface
    # voxels, the layers between them their rim of 4(n - 1).
    n, s = 6, 9
    first = _block((24, 12, 12), (2, 2 + n), (3, 3 + n), (3, 3 + n))
    second = np.roll(first, s, axis=0)
    layers = [n * n if i in (0, n - 1) else 4 * (n - 1) for i in range(n)]
    expected = np.repeat([(s - i) * spacing_mm.z for i in range(n)], layers)
    distances = surface_distances(first, second, spacing_mm)
    assert np.allclose(np.sort(distances.there_mm), np.sort(expected))
    assert distances.mean_mm == pytest.approx(expected.mean())
    assert distances.hausdorff95_mm == pytest.approx(np.percentile(expected, 95))


def test_a_box_within_a_box_is_one_gap_inside_every_face():
    # From the inner surface straight out: exactly the gap, everywhere.
    inner = _block((30, 30, 30), (10, 20), (10, 20), (10, 20))
    outer = _block((30, 30, 30), (7, 23), (7, 23), (7, 23))
    assert np.allclose(surface_distances(inner, outer, ZyxFloat(1, 1, 1)).there_mm, 3.0)
    # From the outer corner to the inner one: the diagonal, and nothing is farther.
    assert surface_distances(inner, outer, ZyxFloat(1, 1, 1)).back_mm.max() == math.sqrt(27)


def test_anisotropic_corners_measure_in_millimetres():
    spacing_mm = ZyxFloat(2.0, 0.5, 1.0)
    first = _block((9, 9, 9), (1, 2), (1, 2), (1, 2))
    second = _block((9, 9, 9), (4, 5), (5, 6), (7, 8))
    expected = math.hypot(3 * 2.0, 4 * 0.5, 6 * 1.0)
    assert surface_distances(first, second, spacing_mm).mean_mm == pytest.approx(expected)


@pytest.mark.parametrize("spacing_mm", [ZyxFloat(0.5, 0.5, 0.5), ZyxFloat(1.0, 0.5, 0.5)])
def test_concentric_balls_are_as_far_apart_as_their_radii(spacing_mm):
    shape = tuple(int(2 * round(18 / s)) + 1 for s in spacing_mm)
    small, large = _ball(shape, 11.0, spacing_mm), _ball(shape, 15.0, spacing_mm)
    distances = surface_distances(small, large, spacing_mm)
    # A voxel surface is rough by a fraction of a voxel.
    assert distances.mean_mm == pytest.approx(4.0, abs=0.25 * max(spacing_mm))
    assert distances.hausdorff95_mm == pytest.approx(4.0, abs=max(spacing_mm))


def test_equal_masks_have_no_distance():
    ball = _ball((21, 21, 21), 8.0, (1, 1, 1))
    distances = surface_distances(ball, ball.copy(), ZyxFloat(1, 1, 1))
    assert (distances.mean_mm, distances.hausdorff95_mm, distances.dice(0.0)) == (0.0, 0.0, 1.0)


def test_distances_do_not_depend_on_the_order_of_the_masks():
    rng = np.random.default_rng(3)
    first, second = rng.random((2, 12, 13, 14)) > 0.7
    there = surface_distances(first, second, ZyxFloat(2, 1, 0.5))
    back = surface_distances(second, first, ZyxFloat(2, 1, 0.5))
    assert np.array_equal(there.there_mm, back.back_mm)
    assert there.mean_mm == pytest.approx(back.mean_mm)


def test_surface_is_the_shell_of_a_box_even_at_the_border_of_the_array():
    assert surface_of(np.ones((5, 5, 5), dtype=bool)).sum() == 5**3 - 3**3


def test_there_is_no_distance_to_nothing():
    ball = _ball((9, 9, 9), 3.0, (1, 1, 1))
    with pytest.raises(ValueError, match="empty"):
        surface_distances(ball, np.zeros_like(ball), ZyxFloat(1, 1, 1))
