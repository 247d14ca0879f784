"""Published layouts are read as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.study.case_folders import read_case
from napari_vertseg.study.real_scans import keep_real_scans
from napari_vertseg.study.subject import Subject


def _nothing(line: str) -> None:
    return None


def test_csi_is_divided_as_in_the_paper_and_numbered_by_order(
    tmp_path: Path, soap: Subject
) -> None:
    data = tmp_path / "csi"
    data.mkdir()
    odd = np.zeros_like(soap.labels)
    for value, other in ((22, 90), (23, 70), (24, 110)):
        odd[soap.labels == value] = other
    for number in range(1, 7):
        write_scan(data / f"case{number}.nii.gz", soap.scan)
        write_labels(data / f"case{number}_label.nii.gz", odd, soap.scan)
    kept = keep_real_scans(data, tmp_path / "out", _nothing)
    assert [role for _, role in kept] == ["train"] * 4 + ["test"] * 2
    subject = read_case(kept[0][0])
    # Three vertebrae, the last taken for L5: values ascend whatever they were.
    assert subject.targets == [22, 23, 24]
    assert np.array_equal(subject.labels == 22, soap.labels == 22)
    assert subject.is_complete[22] is False
    assert not subject.is_exhaustive


def test_a_scan_whose_labels_do_not_fit_is_told_and_left_out(
    tmp_path: Path, soap: Subject
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    write_scan(data / "a.nii.gz", soap.scan)
    write_labels(data / "a_label.nii.gz", soap.labels, soap.scan)
    part = soap.cropped((slice(0, 20), slice(None), slice(None)))
    write_scan(data / "b.nii.gz", soap.scan)
    write_labels(data / "b_label.nii.gz", part.labels, part.scan)
    told: list[str] = []
    kept = keep_real_scans(data, tmp_path / "out", told.append)
    assert [folder.name for folder, _ in kept] == ["a"]
    assert "b is left out" in told[0]


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseIncomplete, match="has labels beside it"):
        keep_real_scans(tmp_path, tmp_path / "out", _nothing)
