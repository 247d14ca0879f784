"""Predictions find their references by name, and what finds none is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.evaluation import pair_up
from napari_vertseg.evaluation.pairing import scan_name


def _touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("x_vertebrae.nii.gz", "x"),
        ("x.nii.gz", "x"),
        ("phantom_3_labels.nii.gz", "phantom_3"),
        ("case1_label.mhd", "case1"),
        ("sub-verse004_seg-vert_msk.nii.gz", "sub-verse004"),
        ("sub-verse004_ct_vertebrae.nii.gz", "sub-verse004"),
        ("verse008/vertebrae.nii.gz", "verse008"),
        ("verse008/ct_vertebrae.nii.gz", "verse008"),
        ("v1.2_seg.nrrd", "v1.2"),
    ],
)
def test_a_name_is_what_all_files_of_a_scan_share(path: str, name: str) -> None:
    assert scan_name(Path("root") / path) == name


def test_pairs_and_those_left_alone(tmp_path: Path) -> None:
    pred = _touch(tmp_path / "pred", "a_vertebrae.nii.gz", "b_vertebrae.nii.gz", "b_overview.png")
    ref = _touch(tmp_path / "ref", "a.nii.gz", "c.nii.gz")
    pairing = pair_up(pred, ref)
    assert [(p.name, p.reference.name, p.scan) for p in pairing.pairs] == [("a", "a.nii.gz", None)]
    assert pairing.predictions_alone == ("b",)
    assert pairing.references_alone == ("c",)


def test_a_scan_beside_its_labels_is_no_second_reference(tmp_path: Path) -> None:
    pred = _touch(tmp_path / "pred", "phantom_1_vertebrae.nii.gz")
    ref = _touch(tmp_path / "ref", "phantom_1.nii.gz", "phantom_1_labels.nii.gz")
    (pair,) = pair_up(pred, ref).pairs
    assert pair.reference.name == "phantom_1_labels.nii.gz"
    assert pair.scan is not None
    assert pair.scan.name == "phantom_1.nii.gz"


def test_the_layout_of_verse(tmp_path: Path) -> None:
    ref = _touch(
        tmp_path / "verse",
        "rawdata/sub-verse004/sub-verse004_ct.nii.gz",
        "derivatives/sub-verse004/sub-verse004_seg-vert_msk.nii.gz",
        "derivatives/sub-verse004/sub-verse004_seg-vert_snp.png",
    )
    pred = _touch(tmp_path / "pred", "sub-verse004_ct_vertebrae.nii.gz")
    (pair,) = pair_up(pred, ref).pairs
    assert pair.name == "sub-verse004"
    assert pair.scan is not None
    assert pair.scan.name == "sub-verse004_ct.nii.gz"


def test_case_folders_and_what_else_the_trainer_keeps_in_them(tmp_path: Path) -> None:
    ref = _touch(
        tmp_path / "data",
        "one/ct.nii.gz",
        "one/vertebrae.nii.gz",
        "one/structures.nii.gz",
        "two/vertebrae.nii.gz",
        "two/structures.nii.gz",
    )
    pred = _touch(tmp_path / "pred", "one/ct_vertebrae.nii.gz")
    pairing = pair_up(pred, ref)
    assert [p.name for p in pairing.pairs] == ["one"]
    assert pairing.references_alone == ("two",)


def test_two_files_pair_whatever_they_are_called(tmp_path: Path) -> None:
    folder = _touch(tmp_path, "mine_vertebrae.nii.gz", "truth.nii.gz")
    (pair,) = pair_up(folder / "mine_vertebrae.nii.gz", folder / "truth.nii.gz").pairs
    assert pair.name == "mine"


def test_two_label_maps_of_one_scan_are_refused(tmp_path: Path) -> None:
    pred = _touch(tmp_path / "pred", "a_vertebrae.nii.gz")
    ref = _touch(tmp_path / "ref", "a_seg.nii.gz", "a_mask.nii.gz")
    with pytest.raises(CaseIncomplete, match=r"a_mask\.nii\.gz, a_seg\.nii\.gz"):
        pair_up(pred, ref)


def test_a_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    folder = _touch(tmp_path, "a.nii.gz")
    with pytest.raises(CaseIncomplete, match="two files or two folders"):
        pair_up(folder, folder / "a.nii.gz")
    with pytest.raises(CaseIncomplete, match="not found"):
        pair_up(folder, folder / "nothing")
