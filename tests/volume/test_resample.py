"""Resampling shifts nothing, invents nothing, and finds its way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_vertseg.volume import (
    Grid,
    Zyx,
    ZyxFloat,
    canonical_affine,
    resample_intensity,
    resample_linear,
    resample_nearest,
)

SPACINGS_MM = [(0.7, 0.7, 1.0), (1.25, 0.8, 0.8), (5.0, 0.5, 0.5), (1.997, 1.0, 1.0), (3, 3, 3)]
WORKING_MM = [(1.0, 1.0, 1.0), (2.0, 2.0, 2.0)]
SMOOTH = [resample_intensity, resample_linear]


def world_ramp(grid, slope=(0.3, -0.7, 1.1), intercept=100.0):
    """Value that is linear in world coordinates, at every voxel centre."""
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    return grid.to_world(voxels) @ np.array(slope) + intercept


def inner(grid, source, margin_mm):
    """Voxels of ``grid`` whose kernel does not reach the faces of ``source``."""
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    position = source.to_voxel(grid.to_world(voxels))
    margin = margin_mm / np.array(source.spacing_mm)
    return ((position >= margin) & (position <= np.array(source.shape) - 1 - margin)).all(axis=-1)


@pytest.mark.parametrize("resample", SMOOTH)
@pytest.mark.parametrize("old_mm", SPACINGS_MM)
@pytest.mark.parametrize("new_mm", WORKING_MM)
def test_a_ramp_stays_the_same_ramp_in_the_world(resample, old_mm, new_mm) -> None:
    """Any shift by a fraction of a voxel would show as an offset of the ramp."""
    source = Grid.canonical((20, 30, 30), old_mm)
    target = source.resized(ZyxFloat(*new_mm))
    result = resample(world_ramp(source), source, target)
    kept = inner(target, source, margin_mm=np.maximum(old_mm, new_mm) * np.array(1.01))
    assert kept.any()
    assert np.abs(result - world_ramp(target))[kept].max() < 1e-3


@given(st.floats(0.3, 3.0), st.floats(0.3, 3.0))
def test_no_pair_of_spacings_shifts_a_ramp(old_mm, new_mm) -> None:
    source = Grid.canonical((40, 2, 2), (old_mm, 1.0, 1.0))
    target = source.resized(ZyxFloat(new_mm, 1.0, 1.0))
    result = resample_intensity(world_ramp(source), source, target)
    kept = inner(target, source, margin_mm=np.array((2 * max(old_mm, new_mm), 0.0, 0.0)))
    assert np.allclose(result[kept], world_ramp(target)[kept], atol=1e-3)


@pytest.mark.parametrize("resample", SMOOTH)
def test_an_oblique_grid_resamples_as_an_upright_one(resample) -> None:
    affine = canonical_affine(ZyxFloat(2.5, 0.8, 0.8), (5.0, 6.0, 7.0))
    turned = affine.copy()
    turned[:3, :3] = (
        Rotation.from_euler("xyz", (12, -7, 30), degrees=True).as_matrix() @ affine[:3, :3]
    )
    values = np.random.default_rng(1).normal(size=(10, 12, 14))
    results = []
    for one in (affine, turned):
        grid = Grid(Zyx(10, 12, 14), one)
        results.append(resample(values, grid, grid.resized(ZyxFloat(1.0, 1.0, 1.0))))
    assert np.allclose(*results, atol=1e-5)


@pytest.mark.parametrize("resample", [*SMOOTH, resample_nearest])
@pytest.mark.parametrize("old_mm", SPACINGS_MM)
def test_the_own_grid_gives_the_same_values(resample, old_mm) -> None:
    grid = Grid.canonical((6, 7, 8), old_mm)
    values = np.random.default_rng(2).integers(-1000, 2000, grid.shape).astype(np.int16)
    assert np.allclose(resample(values, grid, grid.resized(ZyxFloat(*old_mm))), values, atol=1e-2)


@pytest.mark.parametrize("resample", [*SMOOTH, resample_nearest])
@pytest.mark.parametrize("new_mm", [(0.4, 0.9, 1.3), (2.0, 2.0, 2.0)])
def test_a_constant_stays_constant_up_to_the_faces(resample, new_mm) -> None:
    source = Grid.canonical((9, 10, 11), (1.25, 0.8, 0.8))
    result = resample(np.full(source.shape, -1000), source, source.resized(ZyxFloat(*new_mm)))
    assert np.allclose(result, -1000, atol=1e-3)


def test_coarser_voxels_average_the_noise_away() -> None:
    source = Grid.canonical((40, 40, 40), (0.5, 0.5, 0.5))
    noise = np.random.default_rng(3).normal(0.0, 100.0, source.shape)
    coarse = resample_intensity(noise, source, source.resized(ZyxFloat(2.0, 2.0, 2.0)))
    assert coarse.std() < 100 / 4
    assert abs(coarse.mean() - noise.mean()) < 1.0


def test_a_value_between_never_leaves_the_range() -> None:
    source = Grid.canonical((12, 12, 12), (1.8, 0.9, 0.7))
    values = np.random.default_rng(4).choice([-1000.0, 2000.0], source.shape)
    for new_mm in (0.6, 1.0, 2.0):
        result = resample_intensity(values, source, source.resized(ZyxFloat(*[new_mm] * 3)))
        assert result.min() >= -1000.1
        assert result.max() <= 2000.1


def ball(grid, radius_mm):
    middle = grid.to_world((np.array(grid.shape) - 1) / 2)
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    return np.linalg.norm(grid.to_world(voxels) - middle, axis=-1) <= radius_mm


def dice(a, b):
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize("old_mm", [(0.7, 0.7, 1.0), (1.25, 0.8, 0.8), (2.0, 0.6, 0.6)])
@pytest.mark.parametrize(("new_mm", "at_least"), [(1.0, 0.985), (2.0, 0.965)])
def test_a_mask_comes_back_through_its_probability(old_mm, new_mm, at_least) -> None:
    """P15: on the way back, linear with a threshold beats nearest neighbour."""
    shape = tuple(int(50 / mm) for mm in old_mm)
    source = Grid.canonical(shape, old_mm)
    working = source.resized(ZyxFloat(new_mm, new_mm, new_mm))
    mask = ball(source, 18.0)
    probability = resample_intensity(mask, source, working)
    back = resample_linear(probability, working, source) >= 0.5
    nearest = resample_nearest(probability >= 0.5, working, source)
    assert dice(back, mask) >= at_least
    assert dice(back, mask) > dice(nearest, mask)


def test_nearest_keeps_dtype_and_invents_no_label() -> None:
    source = Grid.canonical((10, 11, 12), (3.0, 0.7, 0.7))
    labels = np.random.default_rng(5).choice(np.array([0, 7, 20, 28], np.uint8), source.shape)
    result = resample_nearest(labels, source, source.resized(ZyxFloat(1.0, 1.0, 1.0)))
    assert result.dtype == np.uint8
    assert set(np.unique(result)) <= {0, 7, 20, 28}


@given(st.tuples(*[st.floats(0.3, 4.0)] * 3), st.tuples(*[st.floats(0.3, 4.0)] * 3))
def test_nearest_takes_the_voxel_whose_centre_is_nearest(old_mm, new_mm) -> None:
    source = Grid.canonical((5, 6, 7), old_mm)
    target = source.resized(ZyxFloat(*new_mm))
    number = np.arange(5 * 6 * 7).reshape(5, 6, 7)
    taken = resample_nearest(number, source, target)
    for index in {(0, 0, 0), tuple(n // 2 for n in target.shape)}:
        chosen = np.array(np.unravel_index(taken[index], source.shape))
        gap = source.to_voxel(target.to_world(index)) - chosen
        at_edge = (chosen == 0) | (chosen == np.array(source.shape) - 1)
        assert ((np.abs(gap) <= 0.5 + 1e-5) | at_edge).all()


def test_nearest_takes_no_voxel_twice_on_a_grid_shifted_by_half() -> None:
    source = Grid.canonical((8, 1, 1), (1.0, 1.0, 1.0))
    shifted = source.affine.copy()
    shifted[:3, 3] = source.to_world((0.5, 0, 0))
    taken = resample_nearest(np.arange(8).reshape(8, 1, 1), source, Grid(Zyx(7, 1, 1), shifted))
    assert np.array_equal(np.diff(taken.ravel()), np.ones(6))
