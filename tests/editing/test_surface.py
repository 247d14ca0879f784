"""Surfaces move by millimetres, whatever the voxels' shape; pieces and holes are found."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.editing import (
    EditableLabels,
    fill_holes,
    grow,
    keep_largest,
    shrink,
    smooth,
)
from napari_vertseg.errors import EditImpossible

SPACING = (2.0, 1.0, 0.5)


def ball(radius_mm=10.0, center_mm=(16.0, 16.0, 16.0), shape=(17, 33, 65)):
    z, y, x = (np.arange(n) * mm for n, mm in zip(shape, SPACING, strict=True))
    away = np.sqrt(
        ((z - center_mm[0]) ** 2)[:, None, None]
        + ((y - center_mm[1]) ** 2)[:, None]
        + (x - center_mm[2]) ** 2
    )
    return EditableLabels.of((away <= radius_mm).astype(np.uint16), SPACING), away


def test_growing_reaches_equally_far_along_every_axis():
    labels, away = ball()
    labels.apply(grow(labels, 1, 4.0))
    grown = labels.array == 1

    assert away[grown].max() <= 14.0
    assert grown[away <= 12.5].all()


def test_shrinking_takes_equally_much_along_every_axis():
    labels, away = ball()
    labels.apply(shrink(labels, 1, 4.0))
    left = labels.array == 1

    assert away[left].max() <= 8.0
    assert left[away <= 5.5].all()


def test_growing_stops_at_neighbours_and_says_how_much_was_taken():
    labels, _ = ball()
    labels.array[:2] = 2
    labels = EditableLabels.of(labels.array, SPACING)
    proposal = grow(labels, 1, 5.0)

    assert set(proposal.changes) == {1}
    assert proposal.spared[2] > 0


def test_shrinking_leaves_the_faces_of_the_scan_alone():
    array = np.zeros((10, 20, 20), dtype=np.uint16)
    array[:5, 5:15, 5:15] = 1
    labels = EditableLabels.of(array, (1.0, 1.0, 1.0))
    labels.apply(shrink(labels, 1, 1.0))

    assert array[0, 10, 10] == 1
    assert array[4, 10, 10] == 0


def test_smoothing_removes_a_spike_and_keeps_the_ball(dice):
    labels, away = ball()
    labels.array[8, 16, 50:63] = 1  # a spike of one voxel across
    labels = EditableLabels.of(labels.array, SPACING)
    labels.apply(smooth(labels, 1, 1.5))

    assert not labels.array[8, 16, 56:].any()
    assert dice(labels.array == 1, away <= 10.0) > 0.95


def test_smoothing_does_not_touch_a_neighbour():
    labels, _ = ball()
    labels.array[7:10, 16, 50:53] = 2
    neighbour = labels.array == 2
    labels = EditableLabels.of(labels.array, SPACING)
    labels.apply(smooth(labels, 1, 3.0))

    assert np.array_equal(labels.array == 2, neighbour)


def test_the_largest_piece_stays_alone():
    labels, away = ball()
    labels.array[0, :3, :3] = 1
    labels = EditableLabels.of(labels.array, SPACING)
    labels.apply(keep_largest(labels, 1))

    assert np.array_equal(labels.array == 1, away <= 10.0)


def test_an_enclosed_hole_is_filled_and_a_canal_is_not():
    array = np.ones((9, 9, 9), dtype=np.uint16)
    array[:, 6:8, 4] = 0  # open above and below
    array[3:6, 2:4, 4] = 0
    array[4, 3, 4] = 2  # another vertebra's voxel within the hole
    labels = EditableLabels.of(array, SPACING)
    proposal = fill_holes(labels, 1)
    labels.apply(proposal)

    assert not array[:, 6:8, 4].any()
    assert np.count_nonzero(array[3:6, 2:4, 4] == 1) == 5
    assert array[4, 3, 4] == 2
    assert proposal.spared == {2: 1}


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda labels: keep_largest(labels, 1), "one piece already"),
        (lambda labels: fill_holes(labels, 1), "no enclosed hole"),
        (lambda labels: grow(labels, 1, 0.4), "less than a voxel, 0.5 mm"),
        (lambda labels: shrink(labels, 1, 0.0), "above 0 mm"),
        (lambda labels: smooth(labels, 1, float("nan")), "above 0 mm"),
        (lambda labels: shrink(labels, 1, 30.0), "nothing would be left"),
        (lambda labels: smooth(labels, 1, 40.0), "nothing would be left"),
        (lambda labels: grow(labels, 2, 1.0), "has no voxel"),
    ],
)
def test_impossible_surfaces_are_refused(ask, reason):
    labels, _ = ball()
    with pytest.raises(EditImpossible, match=reason):
        ask(labels)
