"""Dark voxels leave the surface, and only the surface, unless too many would (P14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_vertseg.pipeline import drain, prepare, refine_surface
from napari_vertseg.pipeline.surface import shell

Make = Callable[..., Any]


@pytest.fixture
def cube() -> np.ndarray:
    mask = np.zeros((30, 30, 30), dtype=bool)
    mask[3:27, 3:27, 3:27] = True
    return mask


def test_the_shell_is_one_voxel_thick_and_joined_by_faces(cube: np.ndarray) -> None:
    inner = np.zeros_like(cube)
    inner[4:26, 4:26, 4:26] = True

    np.testing.assert_array_equal(shell(cube), cube & ~inner)


def test_where_the_scan_ends_there_is_no_surface() -> None:
    cut = np.ones((10, 12, 12), dtype=bool)
    cut[5:] = False

    expected = np.zeros_like(cut)
    expected[4] = True
    np.testing.assert_array_equal(shell(cut), expected)


def test_only_dark_voxels_of_the_shell_go(cube: np.ndarray) -> None:
    hu = np.full(cube.shape, 400, dtype=np.int16)
    hu[:, :, 3] = 199  # one face
    hu[:, :, 26] = 200  # just bright enough
    hu[10:20, 10:20, 10:20] = 50  # marrow

    expected = cube.copy()
    expected[:, :, 3] = False
    np.testing.assert_array_equal(refine_surface(cube, hu, 200), expected)


def test_a_vertebra_that_would_lose_more_than_a_tenth_stays_as_it_is(cube: np.ndarray) -> None:
    hu = np.full(cube.shape, 400, dtype=np.int16)
    hu[:, :, [3, 26]] = 100  # two faces of 24: 8.3 %
    assert np.count_nonzero(refine_surface(cube, hu, 200)) == 22 * 24 * 24

    hu[:, 3] = 100  # with a third one 12.2 %
    assert refine_surface(cube, hu, 200) is cube


def test_the_result_says_which_vertebra_was_left_as_it_was(
    spine: Make, card: Make, oracle: Make
) -> None:
    truth = spine()
    walk = prepare(truth.scan, card(refine_below_hu=200.0), oracle(truth), search_min_hu=None)
    found = drain(walk.events(), lambda event: None).found
    # Everything the oracle's "CT" holds is dark; only vertebra 2 is bright, but for one voxel.
    truth_voxels = walk.scan.voxels
    truth_voxels[truth.labels == 2] = 400
    surface = np.argwhere(shell(truth.labels == 2))[0]
    truth_voxels[tuple(surface)] = 0
    segmentation = walk.segmentation(found)

    assert [i.is_refined for i in segmentation.instances] == [False, True, False, False, False]
    assert truth.labels[tuple(surface)] == 2
    assert segmentation.label_map()[tuple(surface)] == 0
    np.testing.assert_array_equal(segmentation.label_map() == 3, truth.labels == 3)


def test_a_model_without_refinement_says_nothing_about_it(
    spine: Make, card: Make, oracle: Make
) -> None:
    truth = spine()
    walk = prepare(truth.scan, card(), oracle(truth), search_min_hu=None)
    found = drain(walk.events(), lambda event: None).found

    assert {i.is_refined for i in walk.segmentation(found).instances} == {None}
