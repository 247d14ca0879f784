"""What is drawn in some slices becomes a vertebra; what is painted keeps to bone."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.editing import (
    EditableLabels,
    Plane,
    VoxelChange,
    add_vertebra,
    contour,
    copy_slice,
    erase,
    fill_contours,
    interpolate,
    paint,
    replace_vertebra,
)
from napari_vertseg.errors import EditImpossible
from napari_vertseg.volume import Zyx

SPACING = (1.0, 1.0, 3.0)


def cone(plane=Plane.SAGITTAL):
    """A cone along the slices of a plane: radius 4 in slice 2, 12 in slice 18."""
    rows, columns = np.indices((40, 40)) - 20
    stack = np.zeros((24, 40, 40), dtype=np.uint16)
    for number in range(2, 19):
        stack[number] = np.hypot(rows, columns) <= 4 + (number - 2) / 2
    return np.ascontiguousarray(plane.unstacked(stack))


def thinned(mask, plane, every=3):
    """The mask in every third of its slices only, the last one included."""
    stack = np.array(plane.stacked(mask))
    numbers = np.flatnonzero(stack.any(axis=(1, 2)))
    for number in set(numbers) - set(numbers[::every]) - {numbers[-1]}:
        stack[number] = False
    return plane.unstacked(stack)


@pytest.mark.parametrize("plane", Plane)
def test_slices_between_drawn_ones_follow_the_shape(plane, dice):
    truth = cone(plane)
    array = np.ascontiguousarray(thinned(truth, plane, every=8)).astype(np.uint16)
    labels = EditableLabels.of(array, SPACING)
    labels.apply(interpolate(labels, 1, plane))

    assert dice(array == 1, truth == 1) >= 0.97


@pytest.mark.parametrize("plane", Plane)
def test_phantom_vertebrae_come_back_from_every_third_slice(phantom, dice, plane):
    whole = [int(v) for v in phantom.levels if phantom.is_complete[int(v)]]
    found = []
    for level in whole:
        truth = phantom.labels == level
        array = phantom.labels.astype(np.uint16)
        array[truth & ~thinned(truth, plane)] = 0
        labels = EditableLabels.of(array, phantom.scan.grid.spacing_mm)
        labels.apply(interpolate(labels, level, plane))
        found.append(dice(array == level, truth))

    assert np.mean(found) >= 0.9, found


def test_interpolation_takes_only_empty_or_own_voxels():
    array = thinned(cone(), Plane.SAGITTAL, every=8).astype(np.uint16)
    array[20, 20, 5:15][array[20, 20, 5:15] == 0] = 2
    other = array == 2
    labels = EditableLabels.of(array, SPACING)
    proposal = interpolate(labels, 1, Plane.SAGITTAL)
    labels.apply(proposal)

    assert np.array_equal(array == 2, other)
    assert proposal.spared == {2: np.count_nonzero(other)}


def test_named_slices_replace_what_lies_between_them(dice):
    truth = cone()
    array = truth.copy()
    array[:, :, 6] = 0
    array[2:5, 2:5, 9] = 1  # a slip of the brush
    labels = EditableLabels.of(array, SPACING)
    labels.apply(interpolate(labels, 1, Plane.SAGITTAL, drawn=[2, 5, 10, 18]))

    assert not array[2:5, 2:5, 9].any()
    assert dice(array == 1, truth == 1) >= 0.97


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [([5], "two drawn slices"), ([5, 23], "nothing in slice 23"), ([5, 6], "no slice lies")],
)
def test_impossible_interpolations_are_refused(drawn, reason):
    labels = EditableLabels.of(cone(), SPACING)
    with pytest.raises(EditImpossible, match=reason):
        interpolate(labels, 1, Plane.SAGITTAL, drawn=drawn)


def test_a_vertebra_without_gaps_needs_no_interpolation():
    with pytest.raises(EditImpossible, match="no slice lies between"):
        interpolate(EditableLabels.of(cone(), SPACING), 1, Plane.SAGITTAL)


@pytest.mark.parametrize("plane", Plane)
def test_a_copied_slice_has_the_outline_of_its_source(plane):
    array = cone(plane)
    labels = EditableLabels.of(array, SPACING)
    labels.apply(copy_slice(labels, 1, plane, 18, 19))
    stack = plane.stacked(array)

    assert np.array_equal(stack[19], stack[18])
    assert not stack[20].any()


def test_a_copied_slice_spares_its_neighbour():
    array = cone()
    array[20, :, 19] = 2
    labels = EditableLabels.of(array, SPACING)
    proposal = copy_slice(labels, 1, Plane.SAGITTAL, 18, 19)

    assert set(proposal.changes) == {1}
    assert proposal.spared == {2: 25}


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [(20, 21, "nothing in slice 20"), (18, 24, "slices 0 to 23"), (-1, 3, "slices 0 to 23")],
)
def test_impossible_copies_are_refused(source, target, reason):
    with pytest.raises(EditImpossible, match=reason):
        copy_slice(EditableLabels.of(cone(), SPACING), 1, Plane.SAGITTAL, source, target)


def test_painting_keeps_to_a_range_of_hu_and_to_empty_voxels(labels):
    image = np.zeros(labels.array.shape, dtype=np.int16)
    image[:, :, 10:] = 300
    stroke = np.ones((4, 4, 6), dtype=bool)
    proposal = paint(labels, 9, stroke, Zyx(12, 12, 7), image, (200, 3000))

    # Columns 10 to 12 are bright; slices 12 to 14 belong to 2.
    assert proposal.changes == {9: VoxelChange(4 * 3, 0)}
    assert proposal.spared == {2: 3 * 4 * 3}


def test_painting_over_others_takes_the_unlocked_ones(labels):
    stroke = np.ones((9, 1, 1), dtype=bool)
    proposal = paint(labels.with_locked({3}), 9, stroke, Zyx(11, 20, 10), takes_from_others=True)

    assert proposal.changes == {2: VoxelChange(0, 4), 9: VoxelChange(5, 0)}
    assert proposal.spared == {3: 4}


def test_erasing_takes_only_from_the_one_that_is_named(labels):
    stroke = np.ones((9, 1, 1), dtype=bool)

    assert erase(labels, 2, stroke, Zyx(11, 20, 10)).changes == {2: VoxelChange(0, 4)}


@pytest.mark.parametrize(
    ("start", "hu_range", "reason"),
    [
        (Zyx(0, 0, 0), (500.0, 900.0), "widen the range"),
        (Zyx(0, 0, 0), (900.0, 500.0), "lower end first"),
        (Zyx(23, 0, 0), None, "beyond the scan"),
        (Zyx(-1, 0, 0), None, "beyond the scan"),
    ],
)
def test_impossible_strokes_are_refused(labels, start, hu_range, reason):
    image = np.zeros(labels.array.shape, dtype=np.int16)
    with pytest.raises(EditImpossible, match=reason):
        paint(labels, 9, np.ones((2, 2, 2), dtype=bool), start, image, hu_range)


def test_a_replaced_vertebra_is_the_mask_and_nothing_else(labels):
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[1:5, 1:5, 1:5] = True
    proposal = replace_vertebra(labels, 2, mask, Zyx(10, 2, 3))
    labels.apply(proposal)

    assert np.count_nonzero(labels.array == 2) == 64
    assert labels.array[11:15, 3:7, 4:8].min() == 2
    assert np.count_nonzero(labels.array == 1) == 1200


def test_a_mask_that_overlaps_a_neighbour_leaves_it_its_voxels(labels):
    mask = np.ones((9, 4, 4), dtype=bool)
    proposal = replace_vertebra(labels, 2, mask, Zyx(9, 12, 6))

    assert proposal.spared == {3: 2 * 16}


def test_an_empty_or_misplaced_mask_is_refused(labels):
    with pytest.raises(EditImpossible, match="empty"):
        replace_vertebra(labels, 2, np.zeros((2, 2, 2), dtype=bool), Zyx(0, 0, 0))
    with pytest.raises(EditImpossible, match="another scan"):
        add_vertebra(labels, 9, np.ones((2, 2, 2), dtype=bool), Zyx(0, 39, 0))


def circle(radius, center=(20, 20)):
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return contour(np.stack([np.sin(turn), np.cos(turn)], axis=1) * radius + center)


def test_contours_become_a_vertebra_with_the_slices_between_them(dice):
    labels = EditableLabels.of(np.zeros((40, 40, 24), dtype=np.uint16), SPACING)
    drawn = {n: [circle(4 + (n - 2) / 2)] for n in (2, 6, 10, 14, 18)}
    labels.apply(fill_contours(labels, 1, drawn))

    assert dice(labels.array == 1, cone() == 1) >= 0.95


def test_contours_replace_what_was_in_their_slices_and_leave_the_others():
    array = cone()
    before = array.copy()
    labels = EditableLabels.of(array, SPACING)
    labels.apply(fill_contours(labels, 1, {10: [circle(3)], 12: [circle(3)]}, between=False))

    assert array[:, :, 10].sum() < before[:, :, 10].sum() / 2
    others = [n for n in range(24) if n not in (10, 12)]
    assert np.array_equal(array[:, :, others], before[:, :, others])


def test_several_contours_in_a_slice_are_united():
    labels = EditableLabels.of(np.zeros((40, 40, 24), dtype=np.uint16), SPACING)
    drawn = {5: [circle(3, (10, 10)), circle(3, (30, 30))]}
    labels.apply(fill_contours(labels, 1, drawn))

    assert labels.array[10, 10, 5] == labels.array[30, 30, 5] == 1
    assert labels.array[20, 20, 5] == 0


@pytest.mark.parametrize(
    ("drawn", "reason"),
    [
        ({}, "encloses nothing"),
        ({5: [circle(3, (90, 90))]}, "encloses nothing"),
        ({24: [circle(3)]}, "slices 0 to 23"),
    ],
)
def test_impossible_contours_are_refused(drawn, reason):
    labels = EditableLabels.of(np.zeros((40, 40, 24), dtype=np.uint16), SPACING)
    with pytest.raises(EditImpossible, match=reason):
        fill_contours(labels, 1, drawn)
