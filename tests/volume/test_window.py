"""One window crops and pastes, inside the array, over its edge and beyond it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from napari_vertseg.volume import Window, Zyx, bounding_slices

TRIPLES = st.tuples(*[st.integers(-4, 9)] * 3)
SHAPES = st.tuples(*[st.integers(1, 7)] * 3)
ARRAY = np.arange(1, 5 * 6 * 7 + 1).reshape(5, 6, 7)


@given(TRIPLES, SHAPES)
@example((0, 1, 2), (6, 6, 6))
@example((4, 5, 6), (3, 5, 7))
def test_every_voxel_of_a_crop_is_the_one_at_its_place(center, shape) -> None:
    window = Window(Zyx(*center), Zyx(*shape))
    patch = window.crop(ARRAY, fill=-1)
    assert patch.shape == shape
    for index, value in np.ndenumerate(patch):
        place = tuple(np.add(index, window.start))
        inside = all(0 <= p < n for p, n in zip(place, ARRAY.shape, strict=True))
        assert value == (ARRAY[place] if inside else -1)


@given(TRIPLES, SHAPES)
def test_pasting_a_crop_back_changes_nothing(center, shape) -> None:
    window = Window(Zyx(*center), Zyx(*shape))
    array = ARRAY.copy()
    window.paste(array, window.crop(ARRAY, fill=-1))
    assert np.array_equal(array, ARRAY)


@given(TRIPLES, SHAPES)
def test_a_pasted_patch_is_cropped_again_and_nothing_else_changes(center, shape) -> None:
    window = Window(Zyx(*center), Zyx(*shape))
    patch = -np.arange(1, np.prod(shape) + 1).reshape(shape)
    array = ARRAY.copy()
    window.paste(array, patch)

    again = window.crop(array)
    seen = again != 0
    assert np.array_equal(again[seen], patch[seen])
    covered = np.zeros(ARRAY.shape, bool)
    covered[window.inside(ARRAY.shape)] = True
    assert np.array_equal(array[~covered], ARRAY[~covered])
    assert (array[covered] < 0).all()
    assert covered.sum() == seen.sum()


@pytest.mark.parametrize("center", [(-50, 2, 2), (2, 50, 2), (2, 2, -9), (99, 99, 99)])
def test_a_window_that_misses_the_array_sees_only_the_filling(center) -> None:
    window = Window(Zyx(*center), Zyx(4, 4, 4))
    assert (window.crop(ARRAY, fill=-1) == -1).all()
    array = ARRAY.copy()
    window.paste(array, np.zeros((4, 4, 4), int))
    assert np.array_equal(array, ARRAY)


@given(TRIPLES, SHAPES)
def test_a_window_built_from_its_start_starts_there(start, shape) -> None:
    window = Window.from_start(Zyx(*start), Zyx(*shape))
    assert window.start == start
    assert window.stop == tuple(np.add(start, shape))
    assert Window(window.center, window.shape) == window


def test_a_crop_owns_its_voxels() -> None:
    array = ARRAY.copy()
    patch = Window(Zyx(2, 2, 2), Zyx(3, 3, 3)).crop(array)
    patch[:] = 0
    assert np.array_equal(array, ARRAY)


def test_a_crop_keeps_the_dtype() -> None:
    window = Window(Zyx(0, 0, 0), Zyx(3, 3, 3))
    assert window.crop(ARRAY.astype(np.int16), fill=-2048).dtype == np.int16
    assert window.crop(ARRAY > 3).dtype == bool


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 3), min_size=1, max_size=6), st.integers(0, 3))
def test_bounding_slices_are_the_smallest_box_with_its_margin(voxels, margin) -> None:
    mask = np.zeros((6, 6, 6), bool)
    mask[tuple(np.transpose(voxels))] = True
    box = bounding_slices(mask, margin)
    assert box is not None
    low = np.maximum(np.min(voxels, axis=0) - margin, 0)
    high = np.minimum(np.max(voxels, axis=0) + 1 + margin, 6)
    assert [(s.start, s.stop) for s in box] == list(zip(low, high, strict=True))


def test_an_empty_mask_has_no_box() -> None:
    assert bounding_slices(np.zeros((3, 3, 3), bool)) is None
