"""A scan fits its grid, and its values are Hounsfield units without padding."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.volume import AIR_HU, OUTSIDE_HU, Grid, Scan, floor_hu


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_padding_becomes_air_and_the_rest_stays(dtype) -> None:
    values = np.array([-3024, -1025, -1024, -1023, 0, 1999], dtype)
    floored = floor_hu(values)
    assert floored.dtype == np.int16
    assert floored.tolist() == [-1024, -1024, -1024, -1023, 0, 1999]


def test_values_beyond_sixteen_bits_do_not_wrap_around() -> None:
    assert floor_hu(np.array([70000.0, -70000.0])).tolist() == [32767, AIR_HU]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_unsigned_values_are_kept(dtype) -> None:
    assert floor_hu(np.array([0, 1, 255], dtype)).tolist() == [0, 1, 255]


def test_fractions_are_rounded_not_cut() -> None:
    assert floor_hu(np.array([-10.6, 10.6])).tolist() == [-11, 11]


def test_outside_is_told_from_air() -> None:
    assert OUTSIDE_HU < AIR_HU


def test_voxels_of_another_shape_than_the_grid_are_refused() -> None:
    grid = Grid.canonical((3, 4, 5), (1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="do not fit"):
        Scan.from_canonical(np.zeros((5, 4, 3), np.int16), grid)


def test_a_scan_made_in_memory_is_stored_as_it_is() -> None:
    grid = Grid.canonical((3, 4, 5), (1.0, 1.0, 1.0))
    scan = Scan.from_canonical(np.zeros((3, 4, 5), np.int16), grid, "made")
    assert scan.stored_grid is scan.grid
    assert np.array_equal(scan.orientation.undo(scan.voxels), scan.voxels)
