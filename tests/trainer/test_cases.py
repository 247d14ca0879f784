"""Cases on disk: read as they are meant, kept to their role, refused with the reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.volume import Grid
from vertseg_trainer.cases import TrainingCase, load_case, load_cases, read_manifest

Labels = NDArray[np.uint8]
Blocks = Callable[..., Labels]
CaseFolder = Callable[..., Path]


def names(cases: list[TrainingCase]) -> list[str]:
    return [case.name for case in cases]


def test_each_role_gets_its_own_cases_and_no_other(case_folder: CaseFolder) -> None:
    root = case_folder(
        one={}, two={"role": "validation"}, three={"role": "test"}, four={}, five={"role": "input"}
    )

    assert names(load_cases(root, "train")) == ["one", "four"]
    assert names(load_cases(root, "validation")) == ["two"]
    assert names(load_cases(root, "test")) == ["three"]


def test_the_shared_scans_keep_their_roles(shared_data: Path) -> None:
    entries = read_manifest(shared_data)
    used = {entry.folder for entry in entries if entry.role in ("train", "validation")}

    assert {"verse008", "abdomen-3mm"} <= {
        e.folder.name for e in entries if e.role == "validation"
    }
    assert all((folder / "vertebrae.nii.gz").is_file() for folder in used)


def test_no_case_of_a_role_is_no_error(case_folder: CaseFolder) -> None:
    assert load_cases(case_folder(one={}), "validation") == []


def test_a_case_carries_what_lies_in_its_folder(case_folder: CaseFolder, blocks: Blocks) -> None:
    labels = blocks((20, 21))
    bone = np.where(labels > 0, 500, 0).astype(np.int16)
    volumes = {"bone": bone, "structures": labels + 4, "ignore": (labels == 21).astype(np.uint8)}
    record = {"licence": "CC0", "exhaustive": True, "complete": {"21": False}}
    root = case_folder(one={"labels": labels, "ct": True, "volumes": volumes} | record)

    (case,) = load_cases(root, "train")

    np.testing.assert_array_equal(case.labels, labels)
    assert case.image is not None
    assert case.bone is not None
    assert case.structures is not None
    assert case.ignore is not None
    np.testing.assert_array_equal(case.image, np.where(labels > 0, 400, -100))
    np.testing.assert_array_equal(case.bone, bone)
    np.testing.assert_array_equal(case.structures, labels + 4)
    np.testing.assert_array_equal(case.ignore, labels == 21)
    assert case.grid.spacing_mm == pytest.approx((4.0, 4.0, 4.0))
    assert (case.licence, case.is_exhaustive) == ("CC0", True)
    assert case.completeness() == {20: True, 21: False}


def test_labels_alone_are_a_case(case_folder: CaseFolder) -> None:
    (case,) = load_cases(case_folder(one={}), "train")

    assert case.image is None
    assert case.ignore is None
    assert not case.is_exhaustive


def test_any_axis_order_is_turned_to_the_canonical_one(
    case_folder: CaseFolder, blocks: Blocks
) -> None:
    root = case_folder(one={"ct": True})
    for stem in ("vertebrae", "ct"):
        path = root / "one" / f"{stem}.nii.gz"
        image = nib.load(path)
        turned = image.as_reoriented(nib.orientations.axcodes2ornt("LAS")[[2, 0, 1]])
        nib.save(nib.Nifti1Image(np.asarray(turned.dataobj), turned.affine), path)

    (case,) = load_cases(root, "train")

    np.testing.assert_array_equal(case.labels, blocks((20, 21, 22, 23, 24, 26)))


def test_the_hash_follows_the_content(case_folder: CaseFolder, blocks: Blocks) -> None:
    root = case_folder(one={}, two={}, three={"labels": blocks((20,))})

    one, two, three = (case.sha256 for case in load_cases(root, "train"))

    assert one == two != three
    assert len(one) == 64


def test_a_vertebra_on_the_first_or_last_slice_is_cut_by_the_scan() -> None:
    """100 mm² decide: tight crops around whole vertebrae touch their faces a little."""
    labels = np.zeros((20, 30, 30), dtype=np.uint8)
    labels[:5, 5:15, 5:15] = 19  # 100 voxels on the face
    labels[8:12, 5:15, 5:15] = 20
    labels[15:, 5:15, 5:16] = 21
    labels[15:, :3] = 26

    def cut(spacing: tuple[float, float, float]) -> dict[int, bool]:
        return TrainingCase("x", Grid.canonical(labels.shape, spacing), labels).completeness()

    assert cut((1.0, 1.0, 1.0)) == {19: True, 20: True, 21: False}
    assert cut((1.0, 1.0, 1.1)) == {19: False, 20: True, 21: False}
    assert cut((9.0, 0.9, 0.9)) == {19: True, 20: True, 21: True}


# Refusals


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(CaseIncomplete) as caught:
        call()
    return str(caught.value)


def test_without_a_manifest_the_roles_are_unknown(tmp_path: Path) -> None:
    assert "has no manifest.json" in refusal(lambda: load_cases(tmp_path, "train"))


@pytest.mark.parametrize(
    "text", ["{", "3", '[{"path": "a"}]', '[{"role": "train"}]', '["a"]', "[null]", '{"a": 1}']
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)

    assert "cannot be used" in refusal(lambda: load_cases(tmp_path, "train"))


def test_a_case_in_two_roles_is_refused(case_folder: CaseFolder) -> None:
    root = case_folder(one={})
    lines = [{"path": "one", "role": "train"}, {"path": "./one", "role": "validation"}]
    (root / "manifest.json").write_text(json.dumps(lines))

    assert "gives one two roles" in refusal(lambda: load_cases(root, "train"))


def test_a_listed_case_without_labels_is_named(case_folder: CaseFolder) -> None:
    root = case_folder(one={}, two={})
    shutil.rmtree(root / "two")

    assert "two has no vertebrae.nii.gz" in refusal(lambda: load_cases(root, "train"))


def test_volumes_on_different_grids_are_refused(case_folder: CaseFolder, blocks: Blocks) -> None:
    other = blocks((20,), (32, 24, 24)).astype(np.int16) * 20 - 100
    root = case_folder(one={"volumes": {"ct": other}})

    assert "ct and vertebrae differ in their grid" in refusal(lambda: load_cases(root, "train"))


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.full((4, 4, 4), 300, dtype=np.int16), "holds the value 300"),
        (np.full((4, 4, 4), 1.5, dtype=np.float32), "not whole"),
        (np.full((4, 4, 4), -1, dtype=np.int16), "from -1"),
    ],
)
def test_what_are_no_labels_is_refused(
    case_folder: CaseFolder, labels: NDArray[Any], reason: str
) -> None:
    root = case_folder(one={"labels": labels})

    sentence = refusal(lambda: load_cases(root, "train"))
    assert "the case one" in sentence
    assert reason in sentence


def test_a_scan_that_is_no_ct_is_refused(case_folder: CaseFolder, blocks: Blocks) -> None:
    mr = np.where(blocks((20, 21)) > 0, 700, 200).astype(np.int16)
    root = case_folder(one={"volumes": {"ct": mr}})

    assert "holds no CT values" in refusal(lambda: load_cases(root, "train"))


def test_a_damaged_file_is_refused_without_its_path(case_folder: CaseFolder) -> None:
    root = case_folder(one={})
    path = root / "one" / "vertebrae.nii.gz"
    path.write_bytes(path.read_bytes()[:100])

    sentence = refusal(lambda: load_case(root / "one", {}))
    assert "the case one cannot be used" in sentence
    assert str(root) not in sentence
