"""A cropped scan knows which of its vertebrae are still complete, and where it lies."""

from __future__ import annotations

import numpy as np

from napari_vertseg.study.subject import Subject, phantom_subject
from napari_vertseg.volume import Grid, Scan


def _subject() -> Subject:
    labels = np.zeros((60, 10, 10), dtype=np.uint8)
    for number, label in enumerate((19, 20, 21)):
        labels[20 * number + 2 : 20 * number + 18, 2:8, 2:8] = label
    grid = Grid.canonical(labels.shape, (2.0, 2.0, 2.0))
    scan = Scan.from_canonical(np.zeros(labels.shape, dtype=np.int16), grid)
    return Subject(scan, labels, {19: False, 20: True, 21: True})


def test_a_vertebra_cut_by_the_crop_is_incomplete() -> None:
    part = _subject().cropped((slice(0, 50), slice(None), slice(None)))
    assert part.is_complete == {19: False, 20: True, 21: False}


def test_a_vertebra_outside_the_crop_is_gone() -> None:
    part = _subject().cropped((slice(20, 60), slice(None), slice(None)))
    assert part.targets == [20, 21]
    assert part.is_complete == {20: True, 21: True}


def test_a_sliver_that_a_crop_leaves_is_no_target() -> None:
    whole = slice(None), slice(None)
    four_slices, three_slices = slice(14, 60), slice(15, 60)  # of 288 mm³ each
    assert _subject().cropped((four_slices, *whole)).targets == [19, 20, 21]
    part = _subject().cropped((three_slices, *whole))
    assert part.targets == [20, 21]
    assert part.is_complete == {20: True, 21: True}


def test_a_phantom_is_asked_for_no_sliver_either() -> None:
    subject = phantom_subject(900_008)  # its field of view begins in the tip of a process
    volumes = np.bincount(subject.labels.ravel())[subject.targets] * subject.scan.grid.voxel_mm3
    assert subject.targets == [22, 23, 24]
    assert volumes.min() > 1000.0


def test_a_crop_stays_where_it_was() -> None:
    whole = _subject()
    part = whole.cropped((slice(7, 60), slice(3, 10), slice(None)))
    assert np.allclose(part.scan.grid.to_world((0, 0, 0)), whole.scan.grid.to_world((7, 3, 0)))


def test_a_phantom_seed_gives_the_same_subject_again() -> None:
    first, second = phantom_subject(7), phantom_subject(7)
    assert np.array_equal(first.scan.voxels, second.scan.voxels)
    assert first.targets
    assert set(first.targets) == set(first.is_complete)
