from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_vertseg.traversal import InstanceMemory, SearchStage, TraversalConfig
from napari_vertseg.traversal.search import (
    SearchCursor,
    constant_patch,
    may_hold_bone,
    raster_counts,
    window_at,
)
from napari_vertseg.volume import Window, Zyx

CONFIG = TraversalConfig(spacing_mm=1.0, patch_shape=Zyx(8, 8, 8))


def raster(shape, config=CONFIG):
    windows = []
    while (w := window_at(SearchCursor(index=len(windows)), Zyx(*shape), config)) is not None:
        windows.append(w)
    return windows


def test_the_raster_begins_in_the_corner_and_runs_along_x_first():
    starts = [tuple(w.start) for w in raster((12, 12, 12))]

    assert starts == [
        (0, 0, 0), (0, 0, 4), (0, 4, 0), (0, 4, 4),
        (4, 0, 0), (4, 0, 4), (4, 4, 0), (4, 4, 4),
    ]  # fmt: skip


def test_the_last_window_may_overhang():
    assert [w.start.x for w in raster((8, 8, 13))] == [0, 4, 8]


def test_a_small_scan_lies_in_the_middle_of_one_window():
    (window,) = raster((4, 5, 8))

    assert window.start == Zyx(-2, -2, 0)


@settings(deadline=None)
@given(st.tuples(*[st.integers(1, 40)] * 3))
def test_the_raster_covers_every_voxel_and_repeats_no_window(shape):
    covered = np.zeros(shape, dtype=bool)
    windows = raster(shape)
    for window in windows:
        covered[window.inside(shape)] = True
    counts = raster_counts(Zyx(*shape), CONFIG)

    assert covered.all()
    assert len(set(windows)) == len(windows) == counts.z * counts.y * counts.x


def test_beyond_the_last_vertebra_the_windows_slide_on_to_the_end():
    cursor = SearchCursor(stage=SearchStage.BEYOND, anchor=Zyx(10, 6, 7))
    centers = []
    while (w := window_at(cursor, Zyx(30, 20, 20), CONFIG)) is not None:
        centers.append(tuple(w.center))
        cursor = cursor.moved_on(is_trusted=True)

    assert centers == [(14, 6, 7), (18, 6, 7), (22, 6, 7), (26, 6, 7)]


def test_nothing_lies_beyond_a_patch_that_reaches_the_end():
    cursor = SearchCursor(stage=SearchStage.BEYOND, anchor=Zyx(26, 6, 7))

    assert window_at(cursor, Zyx(30, 20, 20), CONFIG) is None


def test_after_a_vertebra_comes_the_same_patch_then_what_lies_beyond_or_the_raster_again():
    found = SearchCursor(index=5).anchored_at(Zyx(9, 9, 9))

    assert (found.stage, found.raster_index) == (SearchStage.SAME, 5)
    assert found.moved_on(is_trusted=True).stage is SearchStage.BEYOND
    doubted = found.moved_on(is_trusted=False)
    assert (doubted.stage, doubted.index) == (SearchStage.RASTER, 5)


def test_the_place_in_the_raster_outlives_a_chain_of_vertebrae():
    cursor = SearchCursor(index=5).anchored_at(Zyx(9, 9, 9)).anchored_at(Zyx(15, 9, 9))

    assert cursor.raster_index == 5


def test_a_stage_without_its_anchor_is_an_error():
    with pytest.raises(ValueError, match="anchor"):
        window_at(SearchCursor(stage=SearchStage.SAME), Zyx(9, 9, 9), CONFIG)


def test_a_window_is_worth_a_look_from_one_voxel_of_bone_on():
    image = np.full((20, 20, 20), 40, dtype=np.int16)
    image[3, 3, 3] = 150
    window = Window(Zyx(4, 4, 4), Zyx(8, 8, 8))
    assert not may_hold_bone(image, window, CONFIG)
    image[3, 3, 3] = 151

    assert may_hold_bone(image, window, CONFIG)
    assert not may_hold_bone(image, Window(Zyx(15, 15, 15), Zyx(8, 8, 8)), CONFIG)


def test_constant_patches_are_told_apart_by_value_and_overhang():
    memory = InstanceMemory.empty((20, 20, 20))
    air = np.full((20, 20, 20), -1000, dtype=np.int16)
    inner = Window(Zyx(8, 8, 8), Zyx(8, 8, 8))
    other = Window(Zyx(12, 8, 8), Zyx(8, 8, 8))
    edge = Window(Zyx(0, 8, 8), Zyx(8, 8, 8))

    assert constant_patch(air, memory, inner) == constant_patch(air, memory, other)
    assert constant_patch(air, memory, inner) != constant_patch(air, memory, edge)
    assert constant_patch(air + 1, memory, inner) != constant_patch(air, memory, inner)
    memory.remember(inner, np.ones((8, 8, 8), dtype=bool), 1)
    assert constant_patch(air, memory, inner) is None
