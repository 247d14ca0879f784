"""DICOM says whose scan it is: only a salted hash of that ever reaches the disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_vertseg.cases import PatientSource, Project, import_scan
from napari_vertseg.errors import CaseIncomplete

pydicom = pytest.importorskip("pydicom")

NAME, NUMBER = "Mustermann^Erika", "HOSP-774411"


def series(folder: Path, seed: int = 0, number: str = NUMBER, name: str = NAME) -> Path:
    """A small CT series."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    folder.mkdir(parents=True)
    uid = generate_uid()
    pixels = np.random.default_rng(seed).integers(-200, 900, (6, 16, 14)).astype(np.int16)
    for z, plane in enumerate(pixels):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        one.PatientName, one.PatientID, one.Modality = name, number, "CT"
        one.SeriesInstanceUID, one.SeriesNumber, one.ImageType = uid, 1, ["ORIGINAL", "PRIMARY"]
        one.Rows, one.Columns, one.SamplesPerPixel = 16, 14, 1
        one.PhotometricInterpretation = "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit = 16, 16, 15
        one.PixelRepresentation, one.RescaleSlope, one.RescaleIntercept = 1, 1, 0
        one.PixelSpacing, one.SliceThickness = [0.9, 0.9], 2.0
        one.ImagePositionPatient = [0.0, 0.0, 2.0 * z]
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        one.PixelData = plane.tobytes()
        one.save_as(folder / f"{z}.dcm", enforce_file_format=True)
    return folder


def everything_on_disk(project: Project) -> bytes:
    files = [p for p in project.folder.path.rglob("*") if p.is_file()]
    names = "\n".join(str(p.relative_to(project.folder.path)) for p in files)
    import gzip

    contents = [
        gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in files
    ]
    return b"\n".join([names.encode(), *contents]).lower()


def test_two_series_of_one_patient_have_one_role_and_no_name_is_kept(
    project: Project, tmp_path: Path
) -> None:
    first = import_scan(project, series(tmp_path / "a"), annotator="Ann", copy=True).case
    second = import_scan(project, series(tmp_path / "b", seed=1), annotator="Ann").case

    assert first.patient == second.patient
    assert project.record.patients[0].known_from is PatientSource.DICOM
    written = everything_on_disk(project)
    for word in ("mustermann", "erika", "774411", str(tmp_path)):
        assert word.lower().encode() not in written
    np.testing.assert_array_equal(project.scan(first).grid.shape, project.scan(second).grid.shape)


def test_a_path_that_shows_the_patient_is_refused_and_copied_without_it(
    project: Project, tmp_path: Path
) -> None:
    folder = series(tmp_path / "MUSTERMANN_E" / "ct")
    with pytest.raises(CaseIncomplete, match="name or number of its patient") as told:
        import_scan(project, folder, annotator="Ann")
    assert "mustermann" not in str(told.value).lower()
    telling = series(tmp_path / "Erika", seed=2)
    copied = import_scan(project, telling, annotator="Ann", copy=True).case

    assert copied.name == copied.id
    assert b"erika" not in everything_on_disk(project)


def test_an_anonymised_number_names_nobody(project: Project, tmp_path: Path) -> None:
    made = [
        import_scan(
            project, series(tmp_path / str(n), n, number="ANONYMOUS", name="Anon"), annotator="A"
        )
        for n in range(2)
    ]

    assert len({m.case.patient for m in made}) == 2
    assert "--patient" in made[0].warnings[-1]


def test_the_number_of_the_files_goes_before_what_is_stated(
    project: Project, tmp_path: Path
) -> None:
    first = import_scan(project, series(tmp_path / "a"), annotator="Ann").case
    second = import_scan(project, series(tmp_path / "b", 1), annotator="Ann", patient="other")

    assert second.case.patient == first.patient
    assert any("not from what was stated" in w for w in second.warnings)


def test_renamed_and_reordered_files_are_still_the_scan(project: Project, tmp_path: Path) -> None:
    folder = series(tmp_path / "a")
    case = import_scan(project, folder, annotator="Ann").case
    for n in range(6):
        (folder / f"{n}.dcm").rename(folder / f"x{9 - n}.dcm")

    from napari_vertseg.cases import check_project

    assert check_project(project) == ()
    assert project.scan(case).grid.shape == (6, 16, 14)
