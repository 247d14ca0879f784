"""Masks of other tools: their vertebrae fill table and memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.io import write_labels
from napari_vertseg.ui.proposals import instances_of, levels_of, propose
from napari_vertseg.ui.session import Session
from napari_vertseg.volume import Scan

pytestmark = pytest.mark.usefixtures("on_scan")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], [None] * 3),
        ([19, 20, 21], [Level.T12, Level.L1, Level.L2]),
        ([19, 28, 20], [Level.T12, Level.T13, Level.L1]),
        ([21, 20], [None] * 2),
        ([20, 99], [None] * 2),
        ([3, 4], [Level.C3, Level.C4]),
    ],
)
def test_values_are_levels_only_where_they_are_in_anatomical_order(
    values: list[int], expected: list[Level | None]
) -> None:
    assert levels_of(values) == expected


def test_every_label_becomes_a_vertebra_head_to_foot(scan: Scan) -> None:
    shuffled = np.array([0, 30, 7, 255, 2, 9])[scan.voxels]
    found = instances_of(shuffled, scan, first_id=10)

    assert [value for value, _, _ in found] == [30, 7, 255, 2, 9]
    assert [instance.id for _, instance, _ in found] == [10, 11, 12, 13, 14]


def test_a_mask_file_fills_table_memory_and_labels(
    session: Session, scan: Scan, tmp_path: Path
) -> None:
    """Its last two are missing; the walk then finds just these."""
    mask = np.where(scan.voxels <= 3, scan.voxels, 0)
    write_labels(tmp_path / "mask.nii.gz", mask, scan)
    session.errands.take_mask_file(tmp_path / "mask.nii.gz")
    assert [n for n, _ in session.work.chain.numbered()] == [1, 2, 3]
    assert np.array_equal(session.work.spine.labels, mask)

    session.play()
    assert np.array_equal(session.work.spine.labels, scan.voxels)
    assert [r.is_from_walk for r in session.work.chain] == [False] * 3 + [True] * 2


def test_a_labels_layer_is_taken_and_hidden(session: Session, scan: Scan) -> None:
    values = np.array([0, 20, 21, 22, 23, 26], np.uint8)
    layer = session.viewer.add_labels(values[scan.voxels], scale=scan.grid.spacing_mm)
    session.errands.take_mask_layer(layer)

    assert [r.level for r in session.work.chain] == [Level.L1, Level.L2, Level.L3, Level.L4]
    assert not layer.visible


def test_a_mask_is_not_taken_on_top_of_vertebrae(session: Session, scan: Scan) -> None:
    failures: list[Any] = []
    session.failed.connect(failures.append)
    session.play()
    session.errands.take_mask_layer(session.viewer.add_labels(np.zeros(scan.grid.shape, np.uint8)))

    assert "remove all" in str(failures[0].error)
    assert len(session.work.chain) == 5


def test_an_empty_or_foreign_mask_is_refused_with_words(scan: Scan) -> None:
    with pytest.raises(CaseIncomplete, match="is empty"):
        list(propose(np.zeros(scan.grid.shape, np.uint8), scan, 1, name="mask"))
    with pytest.raises(CaseIncomplete, match="very scan"):
        list(propose(np.zeros((3, 3, 3), np.uint8), scan, 1, name="mask"))


def test_a_mask_with_more_labels_than_a_spine_has_is_refused(scan: Scan) -> None:
    many = np.zeros(scan.grid.shape, dtype=np.uint16)
    many.reshape(-1)[:300] = np.arange(1, 301)

    with pytest.raises(CaseIncomplete, match="300 labels, more than the 255"):
        list(propose(many, scan, 1, name="parcels"))
