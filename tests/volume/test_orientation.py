"""Turning to canonical order moves no voxel in the patient, and can be undone exactly."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_vertseg.volume import Grid, Orientation, Zyx, canonical_affine
from napari_vertseg.volume.zyx import ZyxFloat

ALL_48 = list(product(permutations(range(3)), product((1.0, -1.0), repeat=3)))
SHAPE = Zyx(3, 4, 5)


def stored_affine(world_axes, signs, spacing_mm=(0.7, 1.1, 2.5), origin_mm=(11.0, -7.0, 3.0)):
    """Affine whose stored axis n runs along world axis ``world_axes[n]``, either way."""
    affine = np.eye(4)
    affine[:3, :3] = 0.0
    for stored, (world, sign, mm) in enumerate(zip(world_axes, signs, spacing_mm, strict=True)):
        affine[world, stored] = sign * mm
    affine[:3, 3] = origin_mm
    return affine


def numbered(shape=SHAPE):
    """Array in which every voxel is told from every other."""
    return np.arange(np.prod(shape)).reshape(shape)


@pytest.mark.parametrize(("world_axes", "signs"), ALL_48)
def test_every_voxel_stays_where_it_is_in_the_patient(world_axes, signs) -> None:
    stored = Grid(SHAPE, stored_affine(world_axes, signs))
    orientation = Orientation.of(stored.affine)
    canonical = orientation.apply_to_grid(stored)
    values = orientation.apply(numbered())

    assert values.shape == tuple(canonical.shape)
    for index, value in np.ndenumerate(values):
        source = np.unravel_index(value, SHAPE)
        assert np.allclose(canonical.to_world(index), stored.to_world(source), atol=1e-9)


@pytest.mark.parametrize(("world_axes", "signs"), ALL_48)
def test_canonical_axes_run_down_back_and_to_the_left(world_axes, signs) -> None:
    stored = Grid(SHAPE, stored_affine(world_axes, signs))
    canonical = Orientation.of(stored.affine).apply_to_grid(stored)

    down, back, left = canonical.affine[:3, :3].T / np.array(canonical.spacing_mm)[:, None]
    assert np.allclose(down, (0, 0, -1))
    assert np.allclose(back, (0, -1, 0))
    assert np.allclose(left, (-1, 0, 0))


@pytest.mark.parametrize(("world_axes", "signs"), ALL_48)
def test_undo_is_the_exact_inverse_of_apply(world_axes, signs) -> None:
    orientation = Orientation.of(stored_affine(world_axes, signs))
    stored = numbered()
    assert np.array_equal(orientation.undo(orientation.apply(stored)), stored)
    canonical = numbered(orientation.apply(stored).shape)
    assert np.array_equal(orientation.apply(orientation.undo(canonical)), canonical)


def test_the_48_orientations_are_48_different_turns() -> None:
    found = {(o.axes, o.flips) for o in (Orientation.of(stored_affine(w, s)) for w, s in ALL_48)}
    assert len(found) == 48


def test_a_canonical_array_is_left_alone() -> None:
    orientation = Orientation.of(canonical_affine(ZyxFloat(2.0, 1.0, 1.0)))
    assert orientation == Orientation((0, 1, 2), (False, False, False))


@given(
    st.sampled_from(ALL_48),
    st.tuples(*[st.floats(-180, 180)] * 3),
    st.tuples(*[st.floats(0.3, 5.0)] * 3),
)
def test_any_rotation_keeps_every_corner_in_its_place(turn, degrees, spacing_mm) -> None:
    affine = stored_affine(*turn, spacing_mm=spacing_mm)
    affine[:3, :3] = Rotation.from_euler("zyx", degrees, degrees=True).as_matrix() @ affine[:3, :3]
    stored = Grid(SHAPE, affine)
    orientation = Orientation.of(affine)
    canonical = orientation.apply_to_grid(stored)
    values = orientation.apply(numbered())

    assert sorted(orientation.axes) == [0, 1, 2]
    assert np.array_equal(orientation.undo(values), numbered())
    for index in product(*[(0, n - 1) for n in values.shape]):
        source = np.unravel_index(values[index], SHAPE)
        assert np.allclose(canonical.to_world(index), stored.to_world(source), atol=1e-6)


@pytest.mark.parametrize("degrees", [-40.0, -20.0, 10.0, 40.0])
@pytest.mark.parametrize("axis", "xyz")
def test_an_oblique_scan_turns_to_the_nearest_axes(axis, degrees) -> None:
    affine = canonical_affine(ZyxFloat(2.0, 1.0, 1.0))
    affine[:3, :3] = Rotation.from_euler(axis, degrees, degrees=True).as_matrix() @ affine[:3, :3]
    assert Orientation.of(affine) == Orientation((0, 1, 2), (False, False, False))
