"""What is known about a reference beside its voxels."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.evaluation.references import read_reference
from napari_vertseg.volume import Grid

GRID = Grid.canonical((40, 30, 30), (2.0, 1.0, 1.0))


def _write(path: Path, values: tuple[int, ...] = (20, 21, 22)) -> Path:
    """Three blocks; the first reaches the first slice with 4 cm²."""
    labels = np.zeros(GRID.shape, dtype=np.int16)
    for value, top in zip(values, (0, 14, 28), strict=True):
        labels[top : top + 10, 5:25, 5:25] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(labels, GRID.affine), path)
    return path


def test_where_nobody_says_it_the_first_and_last_slice_tell(tmp_path: Path) -> None:
    read = read_reference(_write(tmp_path / "x.nii.gz"))
    assert read.reference.is_complete == {20: False, 21: True, 22: True}
    assert (read.marks_from, read.has_levels, read.reference.is_exhaustive) == (
        "faces",
        True,
        True,
    )


def test_the_truth_of_a_phantom_is_believed(tmp_path: Path) -> None:
    path = _write(tmp_path / "p_labels.nii.gz")
    rows = [{"value": v, "is_complete": v != 21} for v in (20, 21, 22, 23)]
    (tmp_path / "p_truth.json").write_text(json.dumps({"labels": rows}))
    read = read_reference(path)
    assert read.reference.is_complete == {20: True, 21: False, 22: True}
    assert read.marks_from == "marks"


def test_a_manifest_says_what_is_cut_and_whether_all_is_labelled(tmp_path: Path) -> None:
    path = _write(tmp_path / "anna" / "vertebrae.nii.gz")
    line = {"path": "anna", "role": "test", "complete": {"20": True}}
    (tmp_path / "manifest.json").write_text(json.dumps([{"path": "bert"}, line]))
    read = read_reference(path, root=tmp_path)
    assert read.reference.is_complete == {20: True, 21: True, 22: True}
    assert not read.reference.is_exhaustive
    (tmp_path / "manifest.json").write_text(json.dumps([line | {"exhaustive": True}]))
    assert read_reference(path, root=tmp_path).reference.is_exhaustive


def test_marks_in_the_folder_of_a_case(tmp_path: Path) -> None:
    path = _write(tmp_path / "vertebrae.nii.gz")
    (tmp_path / "marks.json").write_text('{"complete": {"22": false}, "exhaustive": false}')
    read = read_reference(path)
    assert read.reference.is_complete == {20: False, 21: True, 22: False}
    assert not read.reference.is_exhaustive
    (tmp_path / "marks.json").write_text("[]")
    with pytest.raises(CaseIncomplete, match=r"marks\.json"):
        read_reference(path)


def test_other_values_are_numbered_from_the_head(tmp_path: Path) -> None:
    read = read_reference(_write(tmp_path / "case1_label.nii.gz", (300, 100, 200)))
    assert not read.has_levels
    assert sorted(read.reference.is_complete) == [1, 2, 3]
    assert read.reference.labels[2, 10, 10] == 1
    assert read.reference.labels[30, 10, 10] == 3


def test_a_range_is_a_range_whatever_the_files_say(tmp_path: Path) -> None:
    assert not read_reference(_write(tmp_path / "x.nii.gz"), is_range=True).reference.is_exhaustive
