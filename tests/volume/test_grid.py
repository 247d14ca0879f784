"""A grid knows where its voxels lie, whatever its spacing and direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_vertseg.volume import Grid, Zyx, canonical_affine
from napari_vertseg.volume.zyx import ZyxFloat

SPACINGS = st.tuples(*[st.floats(0.2, 6.0)] * 3)
SHAPES = st.tuples(*[st.integers(1, 60)] * 3)
ANGLES = st.tuples(*[st.floats(-180, 180)] * 3)


def grid_of(shape, spacing_mm, degrees=(0, 0, 0), origin_mm=(12.0, -30.0, 800.0)):
    affine = canonical_affine(ZyxFloat(*spacing_mm), origin_mm)
    affine[:3, :3] = Rotation.from_euler("zyx", degrees, degrees=True).as_matrix() @ affine[:3, :3]
    return Grid(Zyx(*shape), affine)


def outer_corner(grid, which):
    """World position of the first (0) or last (1) corner of the box, not of a voxel centre."""
    return grid.to_world(np.array(grid.shape) * which - 0.5)


@given(SHAPES, SPACINGS, ANGLES, st.tuples(*[st.floats(-100, 100)] * 3))
def test_world_and_voxel_are_inverses(shape, spacing_mm, degrees, voxel) -> None:
    grid = grid_of(shape, spacing_mm, degrees)
    assert np.allclose(grid.to_voxel(grid.to_world(voxel)), voxel, atol=1e-6)


def test_many_points_convert_as_each_alone() -> None:
    grid = grid_of((5, 6, 7), (3.0, 0.7, 0.8), (10, 20, 30))
    points = np.random.default_rng(0).normal(size=(2, 4, 3)) * 10
    together = grid.to_voxel(grid.to_world(points))
    assert together.shape == points.shape
    assert np.allclose(together, points)


@given(SHAPES, SPACINGS, ANGLES)
def test_spacing_and_volume_do_not_depend_on_the_direction(shape, spacing_mm, degrees) -> None:
    grid = grid_of(shape, spacing_mm, degrees)
    assert np.allclose(grid.spacing_mm, spacing_mm)
    assert grid.voxel_mm3 == pytest.approx(np.prod(spacing_mm))


def test_world_is_ras_millimetres() -> None:
    grid = Grid.canonical((10, 10, 10), (3.0, 2.0, 1.0))
    right, front, up = grid.to_world((1, 1, 1))
    assert (right, front, up) == (-1.0, -2.0, -3.0)  # one voxel down, back and to the left


@given(SHAPES, SPACINGS, SPACINGS, ANGLES)
def test_a_resized_grid_covers_the_same_box(shape, old_mm, new_mm, degrees) -> None:
    grid = grid_of(shape, old_mm, degrees)
    new = grid.resized(ZyxFloat(*new_mm))

    assert np.allclose(new.spacing_mm, new_mm)
    assert np.allclose(outer_corner(new, 0), outer_corner(grid, 0), atol=1e-6)
    beyond = grid.to_voxel(outer_corner(new, 1)) - (np.array(grid.shape) - 0.5)
    in_new_voxels = beyond * np.array(grid.spacing_mm) / np.array(new_mm)
    assert (in_new_voxels > -1e-5).all()
    assert (in_new_voxels < 1.0).all()


@given(SHAPES, SPACINGS, ANGLES)
def test_resizing_to_the_own_spacing_changes_nothing(shape, spacing_mm, degrees) -> None:
    grid = grid_of(shape, spacing_mm, degrees)
    assert grid.resized(grid.spacing_mm).is_same(grid)


def test_is_same_sees_shape_place_and_direction() -> None:
    grid = grid_of((10, 20, 30), (3.0, 1.0, 1.0))
    assert grid.is_same(grid_of((10, 20, 30), (3.0, 1.0, 1.0)))
    assert not grid.is_same(grid_of((10, 20, 31), (3.0, 1.0, 1.0)))
    assert not grid.is_same(grid_of((10, 20, 30), (3.0, 1.0, 1.001)))
    assert not grid.is_same(grid_of((10, 20, 30), (3.0, 1.0, 1.0), (0.1, 0, 0)))
    assert not grid.is_same(grid_of((10, 20, 30), (3.0, 1.0, 1.0), origin_mm=(12.1, -30, 800)))
    assert grid.is_same(
        grid_of((10, 20, 30), (3.0, 1.0, 1.0), origin_mm=(12.1, -30, 800)), tolerance_mm=0.2
    )


def test_the_affine_of_a_grid_cannot_be_changed_from_outside() -> None:
    affine = canonical_affine(ZyxFloat(1.0, 1.0, 1.0))
    grid = Grid(Zyx(2, 2, 2), affine)
    affine[0, 0] = 99.0
    assert grid.affine[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 0] = 99.0


@pytest.mark.parametrize(
    ("shape", "affine"), [((0, 2, 2), np.eye(4)), ((2, 2, 2), np.eye(3))], ids=["empty", "3x3"]
)
def test_what_is_no_grid_is_refused(shape, affine) -> None:
    with pytest.raises(ValueError, match="not a grid"):
        Grid(Zyx(*shape), affine)
