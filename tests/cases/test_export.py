"""What is exported is read by other programs, and comes back to the voxel."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
from numpy.typing import NDArray

from napari_vertseg.cases import (
    Case,
    MaskToImport,
    Project,
    ReviewedRange,
    Role,
    Verdict,
    export_of,
    import_scan,
    write_nnunet,
    write_segments,
    write_table,
    write_verse,
)
from napari_vertseg.errors import CaseIncomplete, OutputRefused
from napari_vertseg.io import read_labels

from .conftest import WHOLE, rows, scan_of

A, X = Verdict.ACCEPTED, Verdict.IGNORED


def colour_of(value: int) -> tuple[float, float, float]:
    return value / 100, 0.5, 1.0


def reimported(project: Project, tmp_path: Path, mask: Path) -> tuple[Project, Case]:
    """The mask taken into a second project."""
    other = Project.create(tmp_path / "second")
    source = project.folder.path.parent / "scans" / "scan0.nii.gz"
    made = import_scan(other, source, annotator="Ben", mask=MaskToImport(path=mask), patient="P")
    return other, made.case


def test_verse_files_lie_on_the_scan_for_nibabel_and_come_back(
    project: Project, case: Case, labels: NDArray[np.uint16], tmp_path: Path
) -> None:
    mask, centroids, legend = write_verse(tmp_path, export_of(project, case))

    image = nibabel.load(mask)
    scan = nibabel.load(tmp_path / "scans" / "scan0.nii.gz")
    np.testing.assert_allclose(image.affine, scan.affine, atol=1e-4)
    voxels = np.asarray(image.dataobj)
    assert sorted(np.unique(voxels).tolist()) == [0, 20, 21, 22]
    points = json.loads(centroids.read_text())
    assert points[0] == {"direction": list(nibabel.aff2axcodes(image.affine))}
    for point in points[1:]:
        center = [float(v.mean()) for v in np.nonzero(voxels == point["label"])]
        assert [point["X"], point["Y"], point["Z"]] == pytest.approx(center, abs=0.01)
    assert json.loads(legend.read_text())["legend"] == "VerSe values"
    assert str(tmp_path) not in legend.read_text()

    other, back = reimported(project, tmp_path, mask)
    np.testing.assert_array_equal(other.prediction(back), labels)
    assert [v.level for v in back.vertebrae] == ["L1", "L2", "L3"]


def test_without_levels_the_topmost_is_1_and_the_legend_says_so(
    project: Project, case: Case, tmp_path: Path
) -> None:
    with project.edit(case.id, "Ann") as desk:
        nameless = tuple(replace(v, level=None) for v in desk.case.vertebrae)
        case = desk.change(replace(desk.case, vertebrae=nameless))
    mask, _, legend = write_verse(tmp_path, export_of(project, case))

    assert sorted(np.unique(read_labels(mask)[0]).tolist()) == [0, 1, 2, 3]
    told = json.loads(legend.read_text())
    assert told["legend"] == "1 = topmost"
    assert [v["value"] for v in told["vertebrae"]] == [1, 2, 3]


def test_a_segmentation_for_slicer_has_names_colours_and_the_place_of_the_scan(
    project: Project, case: Case, labels: NDArray[np.uint16], tmp_path: Path
) -> None:
    (path,) = write_segments(tmp_path, export_of(project, case), colour_of=colour_of)

    image = SimpleITK.ReadImage(str(path))
    scan = SimpleITK.ReadImage(str(tmp_path / "scans" / "scan0.nii.gz"))
    for name in ("GetOrigin", "GetSpacing", "GetDirection", "GetSize"):
        assert getattr(image, name)() == pytest.approx(getattr(scan, name)(), abs=1e-4)
    assert image.GetMetaData("Segment1_Name") == "L2"
    assert image.GetMetaData("Segment1_LabelValue") == "21"
    assert image.GetMetaData("Segment1_Color") == "0.2100 0.5000 1.0000"
    extent = [int(v) for v in image.GetMetaData("Segment1_Extent").split()]
    voxels = SimpleITK.GetArrayFromImage(image).T
    inside = voxels[tuple(slice(a, b + 1) for a, b in zip(extent[::2], extent[1::2], strict=True))]
    assert (inside == 21).sum() == (voxels == 21).sum() > 0

    other, back = reimported(project, tmp_path, path)
    np.testing.assert_array_equal(other.prediction(back), labels)
    assert [v.level for v in back.vertebrae] == ["L1", "L2", "L3"]


def test_a_segmentation_opens_in_pynrrd(project: Project, case: Case, tmp_path: Path) -> None:
    nrrd = pytest.importorskip("nrrd")
    (path,) = write_segments(tmp_path, export_of(project, case), colour_of=colour_of)

    voxels, header = nrrd.read(str(path))

    assert header["Segment2_Name"] == "L3"
    assert header["space"] == "left-posterior-superior"
    assert (voxels == 22).any()


def test_an_nnunet_data_set_has_consecutive_classes_roles_and_silent_voxels(
    project: Project,
    scan_file: Callable[..., Path],
    mask_file: Callable[..., Path],
    labels: NDArray[np.uint16],
    tmp_path: Path,
) -> None:
    roles = (Role.TRAIN, Role.VALIDATION, Role.TEST)
    for n, role in enumerate(roles):
        mask = MaskToImport(path=mask_file((19, 28, 20)), is_reference=True)
        case = import_scan(
            project, scan_file(n), annotator="Ann", mask=mask, patient=f"P{n}", role=role
        ).case
        with project.edit(case.id, "Ann") as desk:
            first, second, third = desk.case.vertebrae
            ignored = (replace(first, verdict=X), second, third)
            desk.change(replace(desk.case, vertebrae=ignored))
            desk.submit(WHOLE)

    (folder,) = write_nnunet(tmp_path, project, project.cases())

    told = json.loads((folder / "dataset.json").read_text())
    assert told["labels"] == {"background": 0, "T12": 1, "T13": 2, "L1": 3, "ignore": 4}
    assert told["numTraining"] == 2
    assert json.loads((folder / "splits_final.json").read_text()) == [
        {"train": ["case-0001"], "val": ["case-0002"]}
    ]
    files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*.nii.gz"))
    assert files == [
        "imagesTr/case-0001_0000.nii.gz",
        "imagesTr/case-0002_0000.nii.gz",
        "imagesTs/case-0003_0000.nii.gz",
        "labelsTr/case-0001.nii.gz",
        "labelsTr/case-0002.nii.gz",
        "labelsTs/case-0003.nii.gz",
    ]
    written, _ = read_labels(folder / "labelsTr" / "case-0001.nii.gz", scan_of())
    np.testing.assert_array_equal(written, np.where(labels == 1, 4, labels))
    image = nibabel.load(folder / "imagesTr" / "case-0001_0000.nii.gz")
    scan = nibabel.load(tmp_path / "scans" / "scan0.nii.gz")
    np.testing.assert_array_equal(np.asarray(image.dataobj), np.asarray(scan.dataobj))


def test_an_nnunet_data_set_is_made_of_submitted_cases_only(
    project: Project, case: Case, tmp_path: Path
) -> None:
    with pytest.raises(CaseIncomplete, match=r"needs submitted cases .case-0001"):
        write_nnunet(tmp_path, project, project.cases())

    assert not list(tmp_path.glob("Dataset*"))


def test_the_table_of_measures_has_a_row_per_vertebra_and_true_volumes(
    project: Project, case: Case, labels: NDArray[np.uint16], tmp_path: Path
) -> None:
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(A, A, A), minutes=1)
        case = desk.submit(ReviewedRange(first=1, last=3))
    (path,) = write_table(tmp_path / "m.csv", project, [case])

    with path.open(newline="", encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert [row["id"] for row in table] == ["1", "2", "3"]
    scan = scan_of()
    for number, row in enumerate(table, start=1):
        count = int((labels == number).sum())
        assert float(row["volume_mm3"]) == pytest.approx(count * scan.grid.voxel_mm3, rel=1e-3)
        mean = scan.voxels[labels == number].mean()
        assert float(row["mean_hu"]) == pytest.approx(mean, abs=0.1)
        assert (row["case"], row["annotator"], row["verdict"]) == (case.id, "Ann", "accepted")


def test_a_table_without_the_scan_lacks_only_the_ct_value(
    project: Project, case: Case, tmp_path: Path
) -> None:
    (tmp_path / "scans" / "scan0.nii.gz").unlink()
    (path,) = write_table(tmp_path / "m.csv", project, [case])

    with path.open(newline="", encoding="utf-8") as stream:
        assert {row["mean_hu"] for row in csv.DictReader(stream)} == {""}


def test_nothing_is_written_over_unless_asked(
    project: Project, case: Case, tmp_path: Path
) -> None:
    exported = export_of(project, case)
    write_verse(tmp_path, exported)
    with pytest.raises(OutputRefused, match="exists already"):
        write_verse(tmp_path, exported)

    write_verse(tmp_path, exported, overwrite=True)
    write_segments(tmp_path, exported, colour_of=colour_of)
    with pytest.raises(OutputRefused, match="exists already"):
        write_segments(tmp_path, exported, colour_of=colour_of)


def test_a_case_without_vertebrae_is_not_exported(project: Project, plain: Case) -> None:
    with pytest.raises(CaseIncomplete, match="no vertebra to export"):
        export_of(project, plain)
