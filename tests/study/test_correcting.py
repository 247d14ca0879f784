"""The simulated person keeps what is good, draws what is not, and counts the work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.study.correcting import correct
from napari_vertseg.study.subject import Subject
from napari_vertseg.study.suspicion import true_segmentation
from napari_vertseg.volume import Zyx


def _moved(instance: VertebraInstance, down: int) -> VertebraInstance:
    return replace(instance, start=instance.start._replace(z=instance.start.z + down))


def _proposal(subject: Subject, *instances: VertebraInstance) -> Segmentation:
    return Segmentation(subject.scan.grid, instances)


def test_a_perfect_proposal_takes_no_work(soap: Subject) -> None:
    done = correct(true_segmentation(soap), soap)
    assert (done.touched, done.voxels, done.vertebrae) == (0, 0, 3)
    assert np.array_equal(done.labels, soap.labels)


def test_an_empty_proposal_is_drawn_from_nothing(soap: Subject) -> None:
    done = correct(_proposal(soap), soap)
    assert (done.added, done.replaced, done.deleted) == (3, 0, 0)
    assert done.voxels == 3 * 10 * 12 * 12
    assert np.array_equal(done.labels, soap.labels)


def test_what_is_good_enough_is_left_as_the_model_drew_it(soap: Subject) -> None:
    first, second, third = true_segmentation(soap).instances
    smaller = second.mask.copy()
    smaller[0] = False  # 9 of 10 slices: Dice 0.947
    done = correct(_proposal(soap, first, replace(second, mask=smaller), third), soap)
    assert done.touched == 0
    assert np.count_nonzero(done.labels == 23) == 9 * 12 * 12


def test_a_bad_mask_is_replaced_and_a_false_one_deleted(soap: Subject) -> None:
    first, second, third = true_segmentation(soap).instances
    false = replace(first, id=9, start=Zyx(30, 0, 0), mask=np.ones((3, 3, 3), dtype=bool))
    done = correct(_proposal(soap, first, _moved(second, 4), third, false), soap)
    assert (done.replaced, done.added, done.deleted) == (1, 0, 1)
    assert np.array_equal(done.labels, soap.labels)
    # Four slices too many below, four missing above; on the next vertebra it lies on two.
    assert done.voxels == 4 * 144 + 2 * 144 + 27


def test_of_two_on_one_vertebra_the_better_one_stays(soap: Subject) -> None:
    first, second, third = true_segmentation(soap).instances
    piece = replace(second, id=8, mask=second.mask[:3])
    done = correct(_proposal(soap, first, piece, second, third), soap)
    assert (done.replaced, done.deleted) == (0, 1)


def test_what_lies_beyond_the_labelled_range_is_no_work(soap: Subject) -> None:
    """A scan of which only the middle one is labelled: its neighbours are nobody's mistakes."""
    part = replace(soap, labels=np.where(soap.labels == 23, soap.labels, 0), is_exhaustive=False)
    found = true_segmentation(soap)

    done = correct(found, part)

    assert (done.touched, done.voxels) == (0, 0)
    assert np.array_equal(done.labels, part.labels)
    assert correct(found, replace(part, is_exhaustive=True)).deleted == 2


def test_a_neighbour_that_reaches_into_the_last_labelled_slices_is_no_work(soap: Subject) -> None:
    """The centre of a piece of it lies below the labelled centre, and above its last slice."""
    part = replace(soap, labels=np.where(soap.labels == 23, soap.labels, 0), is_exhaustive=False)
    right = true_segmentation(part).instances[0]
    last = int(np.flatnonzero((part.labels == 23).any(axis=(1, 2)))[-1])
    piece = replace(right, id=9, start=Zyx(last - 1, 0, 0), mask=np.ones((2, 3, 3), dtype=bool))

    assert correct(_proposal(part, right, piece), part).touched == 0


def test_what_lies_within_the_labelled_range_is_false_all_the_same(soap: Subject) -> None:
    """Of three vertebrae the lower two are labelled; a piece lies between their centres."""
    part = replace(soap, labels=np.where(soap.labels >= 23, soap.labels, 0), is_exhaustive=False)
    right = true_segmentation(part).instances
    aside = replace(right[0], id=9, start=Zyx(20, 0, 0), mask=np.ones((4, 3, 3), dtype=bool))

    assert correct(_proposal(part, *right, aside), part).deleted == 1


def test_the_labels_are_listed_once_however_many_instances_there_are(
    soap: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To list them counts every voxel of the scan; of a whole trunk that takes a second."""
    asked: list[list[int]] = []
    listed: Any = Subject.targets

    def count(subject: Subject) -> list[int]:
        asked.append(listed.fget(subject))
        return asked[-1]

    instances = true_segmentation(soap).instances
    monkeypatch.setattr(Subject, "targets", property(count))
    for is_exhaustive in (True, False):
        asked.clear()
        correct(_proposal(soap, *instances), replace(soap, is_exhaustive=is_exhaustive))
        assert len(asked) == 1
