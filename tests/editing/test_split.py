"""Two vertebrae under one id come apart where they touch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from napari_vertseg.editing import EditableLabels, split_by_plane, split_by_seeds
from napari_vertseg.errors import EditImpossible
from napari_vertseg.volume import Zyx, ZyxFloat


def body_of(mask):
    """The deepest voxel: a click into the middle of the body."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1, 1:-1]
    return Zyx(*(int(i) for i in np.unravel_index(np.argmax(depth), mask.shape)))


def merged(phantom, pair):
    """All other vertebrae as they are, two of them as one."""
    array = phantom.labels.astype(np.uint16)
    one, two = (array == int(level) for level in pair)
    array[two] = int(pair[0])
    labels = EditableLabels.of(array, phantom.scan.grid.spacing_mm)
    return labels, one, two


def whole_pairs(phantom):
    whole = [level for level in phantom.levels if phantom.is_complete[int(level)]]
    return list(pairwise(whole))


@pytest.mark.parametrize("with_scan", [True, False])
def test_two_merged_vertebrae_come_apart_by_one_seed_in_each_body(phantom, dice, with_scan):
    image = phantom.scan.voxels if with_scan else None
    pairs = whole_pairs(phantom)
    assert len(pairs) >= 2
    for pair in pairs:
        labels, one, two = merged(phantom, pair)
        seeds = [[body_of(one)], [body_of(two)]]
        labels.apply(split_by_seeds(labels, int(pair[0]), seeds, [99], image))

        assert dice(labels.array == int(pair[0]), one) >= 0.95
        assert dice(labels.array == 99, two) >= 0.95


def test_vertebrae_that_touch_broadly_come_apart_at_the_plane():
    array = np.zeros((24, 20, 20), dtype=np.uint16)
    array[2:22, 4:16, 4:16] = 1
    labels = EditableLabels.of(array, (3.0, 1.0, 1.0))
    # 45 degrees in millimetres: three rows of 1 mm for one slice of 3 mm.
    labels.apply(split_by_plane(labels, 1, ZyxFloat(11.5, 9.5, 9.5), ZyxFloat(1, 1, 0), 2))

    z, y, _ = np.indices(array.shape)
    beyond = (z - 11.5) * 3.0 + (y - 9.5) * 1.0 > 0
    assert np.array_equal(array == 2, beyond & (array != 0))


def test_three_parts_get_the_ids_in_the_order_of_their_seeds():
    array = np.zeros((12, 12, 40), dtype=np.uint16)
    for start in (2, 13, 24):
        array[2:10, 2:10, start : start + 10] = 5
    array[5, 5, 12] = array[5, 5, 23] = 5  # narrow bridges
    labels = EditableLabels.of(array, (1.0, 1.0, 1.0))
    seeds = [[Zyx(5, 5, 29)], [Zyx(5, 5, 7), Zyx(4, 4, 4)], [Zyx(5, 5, 18)]]
    labels.apply(split_by_seeds(labels, 5, seeds, [8, 9]))

    assert (array[4, 4, 7], array[4, 4, 18], array[4, 4, 29]) == (8, 9, 5)
    assert [np.count_nonzero(array == i) // 10 for i in (5, 8, 9)] == [64, 64, 64]


def test_a_loose_piece_goes_to_the_nearest_part_in_millimetres():
    array = np.zeros((30, 12, 30), dtype=np.uint16)
    array[2:6, 2:10, 2:10] = array[2:6, 2:10, 12:20] = 1
    array[5, 5, 10:12] = 1
    # 4 slices of 5 mm below the first, 9 columns of 1 mm beside the second
    array[10, 5, 8] = array[4, 5, 28] = array[10, 5, 28] = 1
    labels = EditableLabels.of(array, (5.0, 1.0, 1.0))
    labels.apply(split_by_seeds(labels, 1, [[Zyx(4, 5, 5)], [Zyx(4, 5, 16)]], [2]))

    assert (array[10, 5, 8], array[4, 5, 28], array[10, 5, 28]) == (1, 2, 2)


def box_labels():
    array = np.zeros((10, 10, 10), dtype=np.uint16)
    array[2:8, 2:8, 2:8] = 1
    array[0, 0, 0] = 3
    return EditableLabels.of(array, (1.0, 1.0, 1.0))


INSIDE, ALSO_INSIDE, OUTSIDE, FAR_OUTSIDE = Zyx(3, 3, 3), Zyx(6, 6, 6), Zyx(1, 1, 1), Zyx(99, 0, 0)


@pytest.mark.parametrize(
    ("seeds", "new_ids", "reason"),
    [
        ([[INSIDE]], [], "at least two parts"),
        ([[INSIDE], []], [2], "part 2 has no seed"),
        ([[INSIDE], [OUTSIDE]], [2], r"\(1, 1, 1\) lies outside"),
        ([[INSIDE], [FAR_OUTSIDE]], [2], "lies outside"),
        ([[INSIDE], [INSIDE]], [2], "stands for two parts"),
        ([[INSIDE], [ALSO_INSIDE]], [2, 4], "need 1 different new ids"),
        ([[INSIDE], [ALSO_INSIDE]], [3], "already has voxels"),
    ],
)
def test_impossible_seeds_are_refused(seeds, new_ids, reason):
    with pytest.raises(EditImpossible, match=reason):
        split_by_seeds(box_labels(), 1, seeds, new_ids)


@pytest.mark.parametrize(
    ("point", "normal", "reason"),
    [
        (ZyxFloat(1, 5, 5), ZyxFloat(1, 0, 0), "passes it by"),
        (ZyxFloat(5, 5, 5), ZyxFloat(0, 0, 0), "no direction"),
    ],
)
def test_impossible_planes_are_refused(point, normal, reason):
    with pytest.raises(EditImpossible, match=reason):
        split_by_plane(box_labels(), 1, point, normal, 2)
