"""A validation label map becomes a scan whose truth it is."""

from __future__ import annotations

from collections import Counter

import numpy as np

from napari_vertseg.study.subject import Subject
from napari_vertseg.study.syntheses import syntheses_of, synthesis_subject


def test_twenty_of_them_in_equal_parts() -> None:
    chosen = syntheses_of()
    assert Counter(name for name, _ in chosen) == {"verse008": 10, "abdomen-3mm": 10}
    assert len({seed for _, seed in chosen}) == 20


def test_the_labels_are_those_of_the_scan_and_the_ct_is_new(soap: Subject) -> None:
    made = synthesis_subject(soap, 5)
    assert made.scan.voxels.shape == made.labels.shape
    for value in (22, 23, 24):
        assert np.count_nonzero(made.labels == value) == np.count_nonzero(soap.labels == value)
    assert made.is_complete == soap.is_complete
    bone = made.scan.voxels[made.labels > 0].mean()
    assert bone > made.scan.voxels[made.labels == 0].mean() + 100
    again = synthesis_subject(soap, 5)
    assert np.array_equal(made.scan.voxels, again.scan.voxels)
    assert not np.array_equal(made.scan.voxels, synthesis_subject(soap, 6).scan.voxels)
