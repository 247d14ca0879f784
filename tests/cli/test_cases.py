"""``vertseg cases``: a project from its first scan to its export, typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import Project, Status, Verdict
from napari_vertseg.cli import main
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.volume import Scan

Vertseg = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Vertseg:
    """``vertseg cases COMMAND project …``: exit code, what it said, what it complained of."""

    def call(command: str, *words: object) -> tuple[int, str, str]:
        code = main(["cases", command, str(tmp_path / "project"), *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def mask_file(bones: NDArray[np.uint8], ct: Callable[..., Scan], tmp_path: Path) -> Path:
    path = tmp_path / "in" / "mask.nrrd"
    path.parent.mkdir(exist_ok=True)
    write_labels(path, np.where(bones, bones + 19, 0).astype(np.uint8), ct())
    return path


def test_a_reference_goes_from_import_to_export(
    typed: Vertseg, scan_file: Path, mask_file: Path, tmp_path: Path
) -> None:
    who = ("--annotator", "Ann")
    assert typed("new", "--name", "spines", *who)[0] == 0
    code, out, _ = typed(
        "import", scan_file, "--labels", mask_file, "--as", "reference", "--patient", "7", *who
    )
    assert (code, out) == (0, "case-0001: patient, train, in_correction, 4 vertebrae\n")

    code, _, err = typed("submit", "case-0001", *who)
    assert code == 2
    assert "reviewed range is not stated" in err
    code, out, _ = typed("submit", "case-0001", "--reviewed", "L1:3", *who)
    assert (code, out) == (0, "case-0001: version 2 is submitted (train)\n")
    case = Project.open(tmp_path / "project").case("case-0001")
    assert case.reviewed is not None
    assert (case.reviewed.first, case.reviewed.last) == (1, 3)

    assert "case-0001  train    done          4        4        2" in typed("list")[1]
    shown = typed("show", "case-0001")[1]
    for word in ("L1", "accepted", "Ann: submitted for training", "../in/patient.nii.gz"):
        assert word in shown
    assert "1.000" in typed("show", "case-0001", "--compare", 1, 2)[1]
    for kind, name in (
        ("verse", "case-0001_patient_seg-vert_msk.nii.gz"),
        ("seg-nrrd", "case-0001_patient.seg.nrrd"),
        ("nnunet", "Dataset001_spines"),
        ("csv", "vertebrae.csv"),
    ):
        code, out, _ = typed("export", "-o", tmp_path / "out", "--format", kind)
        assert code == 0
        assert name in out
        assert (tmp_path / "out" / name).exists()
    assert typed("check") == (0, "nothing is wrong\n", "")


def test_what_segment_wrote_comes_in_with_all_that_the_walk_said(
    typed: Vertseg, vertseg: Callable[..., int], scan_file: Path, out: Path, tmp_path: Path
) -> None:
    assert vertseg(scan_file, "--keep-incomplete") == 0
    typed("new")
    code, _, _ = typed("import", scan_file, "--labels", out / "patient_vertebrae.nii.gz")

    assert code == 0
    case = Project.open(tmp_path / "project").case("case-0001")
    told = json.loads((out / "patient_vertebrae.json").read_text())
    assert case.status is Status.PROPOSED
    assert case.prediction is not None
    assert case.prediction.model is not None
    assert case.prediction.model.name == told["model"]["name"]
    assert len(case.vertebrae) == len(told["vertebrae"]) > 0
    for vertebra, row in zip(case.vertebrae, told["vertebrae"], strict=True):
        assert vertebra.walk is not None
        assert vertebra.walk.confidence == row["confidence"]
        assert vertebra.is_complete == row["is_complete"]
        assert vertebra.verdict is Verdict.PROPOSED


def test_one_bad_scan_among_several_does_not_stop_the_others(
    typed: Vertseg, scan_file: Path, ct: Callable[..., Scan], tmp_path: Path
) -> None:
    (tmp_path / "bad.nii.gz").write_bytes(b"no scan")
    write_scan(tmp_path / "other.nii.gz", ct(has_bones=False))
    typed("new")
    code, out, err = typed("import", scan_file, tmp_path / "bad.nii.gz", tmp_path / "other.nii.gz")

    assert code == 1
    assert [line[:9] for line in out.splitlines()] == ["case-0001", "case-0002"]
    assert "bad.nii.gz" in err
    assert "--patient" in err


def test_a_mask_is_given_for_one_scan_only(typed: Vertseg, scan_file: Path) -> None:
    typed("new")

    code, _, err = typed("import", scan_file, scan_file, "--labels", scan_file)
    assert code == 2
    assert "one by one" in err


def test_removal_says_what_would_go_and_does_it_on_demand(
    typed: Vertseg, scan_file: Path, tmp_path: Path
) -> None:
    typed("new")
    typed("import", scan_file)
    code, out, _ = typed("remove", "case-0001")
    assert code == 0
    assert "would remove" in out
    assert "../in/patient.nii.gz" in out
    assert Project.open(tmp_path / "project").ids() == ("case-0001",)

    assert "no model of this project" in typed("remove", "case-0001", "--yes")[1]
    assert Project.open(tmp_path / "project").ids() == ()
    assert scan_file.is_file()


def test_check_tells_by_its_exit_code_and_repair_mends(
    typed: Vertseg, scan_file: Path, mask_file: Path, tmp_path: Path
) -> None:
    typed("new")
    typed("import", scan_file, "--labels", mask_file)
    shutil.move(scan_file, tmp_path / "elsewhere.nii.gz")
    (tmp_path / "project" / "cases" / "case-0001" / "prediction.nii.gz").unlink()
    code, out, _ = typed("check", "--quick")
    assert code == 1
    assert "prediction.nii.gz is not the newest version of it (vertseg cases repair)" in out
    assert "not at ../in/patient.nii.gz" in out

    code, out, _ = typed("repair", "--scans", tmp_path)
    assert code == 0
    assert "found its scan again at ../elsewhere.nii.gz" in out
    assert typed("check")[0] == 0
    assert typed("repair")[1] == "nothing had to be repaired\n"


def test_a_damaged_case_is_told_beside_the_list_of_the_others(
    typed: Vertseg, scan_file: Path, ct: Callable[..., Scan], tmp_path: Path
) -> None:
    write_scan(tmp_path / "other.nii.gz", ct(has_bones=False))
    typed("new")
    typed("import", scan_file, tmp_path / "other.nii.gz")
    (tmp_path / "project" / "cases" / "case-0001" / "case.json").write_text("[]")
    code, out, err = typed("list", "--json")

    assert code == 1
    assert [case["id"] for case in json.loads(out)] == ["case-0002"]
    assert "case-0001/case.json cannot be used" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("list",), "is no project"),
        (("show", "case-0001"), "is no project"),
    ],
)
def test_a_folder_that_is_no_project_is_told(
    typed: Vertseg, words: tuple[Any, ...], told: str
) -> None:
    code, _, err = typed(*words)

    assert code == 2
    assert told in err


def test_a_range_that_names_no_vertebra_is_refused(
    typed: Vertseg, scan_file: Path, mask_file: Path
) -> None:
    typed("new")
    typed("import", scan_file, "--labels", mask_file, "--as", "reference")
    for text, told in (("L1-L3", "is no range"), ("T1:L3", "no vertebra T1; it has L1, L2")):
        code, _, err = typed("submit", "case-0001", "--reviewed", text)
        assert code == 2
        assert told in err
