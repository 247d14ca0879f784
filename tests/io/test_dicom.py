"""A folder of DICOM becomes one even upright stack of HU, or says why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import ScanUnreadable
from napari_vertseg.io import read_labels, read_scan, write_labels

SHAPE = (8, 12, 10)
"""Slices from feet to head, rows from front to back, columns from right to left."""
Dicom = Callable[..., Path]


@pytest.fixture
def hu(ct: SimpleNamespace) -> np.ndarray:
    return ct.values(SHAPE)


def refusal(folder: Path, **options: Any) -> str:
    """The sentence that refuses a folder; proves that it names no patient."""
    with pytest.raises(ScanUnreadable) as caught:
        read_scan(folder, **options)
    text = str(caught.value)
    assert folder.name in text
    assert "Doe" not in text
    assert "SECRET" not in text
    assert str(folder.parent) not in text
    return text


def every(number: int) -> Callable[[Any, int], None]:
    """Move slice ``number`` by 1.2 mm along the normal."""

    def edit(dataset: Any, n: int) -> None:
        if n == number:
            x, y, z = dataset.ImagePositionPatient
            dataset.ImagePositionPatient = [x, y, float(z) + 1.2]

    return edit


def test_a_series_is_stacked_upright_in_hu(dicom: Dicom, hu: np.ndarray) -> None:
    scan = read_scan(dicom(hu))
    assert np.array_equal(scan.voxels, hu[::-1])  # the head comes first
    assert np.allclose(scan.grid.spacing_mm, (2.5, 0.8, 0.6))
    # DICOM states LPS: -50, -40, 300 is the first pixel of the lowest slice.
    assert np.allclose(scan.grid.to_world((7, 0, 0)), (50.0, 40.0, 300.0))
    assert np.allclose(scan.grid.to_world((0, 0, 0)), (50.0, 40.0, 317.5))
    assert scan.warnings == ()
    assert scan.name == "series"


def test_labels_of_a_dicom_scan_lie_where_the_slices_lie(
    dicom: Dicom, hu: np.ndarray, tmp_path: Path
) -> None:
    import SimpleITK

    folder = dicom(hu)
    scan = read_scan(folder)
    write_labels(tmp_path / "labels.nii.gz", scan.voxels > 200, scan)
    labels, _ = read_labels(tmp_path / "labels.nii.gz", like=scan)
    assert np.array_equal(labels, scan.voxels > 200)

    # ITK reads series and NIfTI by itself: the same voxel must be at the same place.
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    itk_scan = reader.Execute()
    itk_labels = SimpleITK.ReadImage(str(tmp_path / "labels.nii.gz"))
    for index in ((0, 0, 0), (9, 11, 7), (3, 5, 6)):
        place = itk_scan.TransformIndexToPhysicalPoint(index)
        assert np.allclose(place, itk_labels.TransformIndexToPhysicalPoint(index), atol=1e-3)
        assert (itk_scan[index] > 200) == itk_labels[index]


def test_the_order_of_file_names_does_not_matter(dicom: Dicom, hu: np.ndarray) -> None:
    order = [3, 0, 7, 1, 6, 2, 5, 4]
    scan = read_scan(dicom(hu[order], positions_mm=[2.5 * n for n in order]))
    assert np.array_equal(scan.voxels, hu[::-1])


@pytest.mark.parametrize(
    ("slope", "intercept", "signed"), [("1", "0", 1), ("2", "-1024", 0), ("0.5", "-1024", 0)]
)
def test_slope_and_intercept_are_applied(
    dicom: Dicom, hu: np.ndarray, slope: str, intercept: str, signed: int
) -> None:
    folder = dicom(hu, RescaleSlope=slope, RescaleIntercept=intercept, PixelRepresentation=signed)
    difference = np.abs(read_scan(folder).voxels.astype(int) - hu[::-1])
    assert difference.max() <= float(slope) / 2


def test_each_slice_has_its_own_intercept(dicom: Dicom, hu: np.ndarray) -> None:
    def edit(dataset: Any, number: int) -> None:
        pixels = np.frombuffer(dataset.PixelData, "<u2") + number
        dataset.PixelData = pixels.astype("<u2").tobytes()
        dataset.RescaleIntercept = str(-1024 - number)

    assert np.array_equal(read_scan(dicom(hu, edit=edit)).voxels, hu[::-1])


def test_a_missing_intercept_is_seen(dicom: Dicom, hu: np.ndarray) -> None:
    def edit(dataset: Any, number: int) -> None:
        del dataset.RescaleIntercept
        del dataset.RescaleSlope

    bright = np.maximum(hu, -1000)
    bright[-1, -1] = 2000
    assert "1024 too high" in refusal(dicom(bright, edit=edit))


def test_one_file_stands_for_its_series(dicom: Dicom, hu: np.ndarray, ct: SimpleNamespace) -> None:
    folder = dicom(hu)
    dicom(ct.values(SHAPE, seed=5), series=2, prefix="other")
    scan = read_scan(folder / "im004.dcm")
    assert np.array_equal(scan.voxels, hu[::-1])
    assert scan.name == "series"


def test_subfolders_are_looked_through(dicom: Dicom, hu: np.ndarray, tmp_path: Path) -> None:
    dicom(hu, folder="study/deep/down")
    assert np.array_equal(read_scan(tmp_path / "study").voxels, hu[::-1])


@pytest.mark.parametrize("name", ["Müller_Jürgen", "脊柱"])
def test_folders_beyond_ascii(dicom: Dicom, hu: np.ndarray, name: str) -> None:
    scan = read_scan(dicom(hu, folder=name, prefix=name))
    assert np.array_equal(scan.voxels, hu[::-1])
    assert scan.name == name


def test_foreign_files_beside_the_slices_are_passed_over(dicom: Dicom, hu: np.ndarray) -> None:
    folder = dicom(hu)
    (folder / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (folder / "readme.txt").write_text("notes", encoding="utf-8")
    (folder / "report.dcm").write_bytes(b"\0" * 128 + b"DICM")
    assert np.array_equal(read_scan(folder).voxels, hu[::-1])


@pytest.mark.parametrize("degrees", [-20.0, 12.0])
def test_a_tilted_head_with_upright_slices_is_oblique_not_sheared(
    dicom: Dicom, hu: np.ndarray, degrees: float
) -> None:
    """Slices that move along their own normal: turned as a whole, nothing to refuse."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    scan = read_scan(dicom(hu, ImageOrientationPatient=[1, 0, 0, 0, round(c, 6), round(s, 6)]))
    assert np.array_equal(scan.voxels, hu[::-1])
    steps = scan.grid.affine[:3, :3]
    assert np.allclose(steps.T @ steps, np.diag([2.5**2, 0.8**2, 0.6**2]), atol=1e-3)
    assert abs(steps[1, 0]) > 0.4  # along the slices the place moves to the front or back


@pytest.mark.parametrize("degrees", [-15.0, 0.5, 8.0])
def test_a_gantry_tilt_is_refused_with_its_angle(
    dicom: Dicom, hu: np.ndarray, degrees: float
) -> None:
    def edit(dataset: Any, number: int) -> None:
        x, y, z = (float(v) for v in dataset.ImagePositionPatient)
        shift = np.tan(np.radians(degrees)) * 2.5 * number
        dataset.ImagePositionPatient = [x, f"{y + shift:.6f}", z]

    text = refusal(dicom(hu, edit=edit))
    assert f"gantry tilt of {abs(degrees):.1f}°" in text
    assert "dcm2niix" in text


def test_missing_slices_are_counted_and_placed(dicom: Dicom, hu: np.ndarray) -> None:
    folder = dicom(hu)
    for number in (2, 5, 6):
        (folder / f"im{number:03d}.dcm").unlink()
    text = refusal(folder)
    # 2.5 mm apart, from 300 mm on
    assert "lacks 3 slices" in text
    assert "1 between 302.5 and 307.5 mm; 2 between 310.0 and 317.5 mm" in text
    assert "export or copy the whole series again" in text


@pytest.mark.parametrize("kept", [0, 300, 700, -60])
@pytest.mark.parametrize("number", [0, 3, 7])
def test_a_cut_slice_is_named_even_at_the_ends(
    dicom: Dicom, hu: np.ndarray, kept: int, number: int
) -> None:
    """Without the first or last slice the stack would still look whole."""
    folder = dicom(hu)
    damaged = folder / f"im{number:03d}.dcm"
    damaged.write_bytes(damaged.read_bytes()[:kept])
    assert f"im{number:03d}.dcm in series is a CT slice that is damaged" in refusal(folder)


def test_a_slice_whose_pixels_cannot_be_decoded_is_named(dicom: Dicom, hu: np.ndarray) -> None:
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEG2000Lossless

    def edit(dataset: Any, number: int) -> None:
        if number == 3:
            dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
            dataset.PixelData = encapsulate([b"no image at all."])
            dataset["PixelData"].is_undefined_length = True

    with pytest.raises(ScanUnreadable, match=r"im003.dcm.*damaged"):
        read_scan(dicom(hu, edit=edit))


def test_uneven_slices_are_named(dicom: Dicom, hu: np.ndarray) -> None:
    text = refusal(dicom(hu, edit=every(4)))
    assert "uneven slices: 1.30 to 3.70 mm apart" in text
    assert "1 of 8 off their place (at 311.2 mm)" in text


def test_a_series_with_two_slice_distances_is_uneven_not_incomplete(
    dicom: Dicom, ct: SimpleNamespace
) -> None:
    places = [*np.arange(0, 20, 2.0), *np.arange(20, 60, 4.5)]
    text = refusal(dicom(ct.values((len(places), 8, 9)), positions_mm=places))
    assert "uneven slices: 2.00 to 4.50 mm apart" in text


def test_positions_rounded_by_the_scanner_are_even(dicom: Dicom, ct: SimpleNamespace) -> None:
    places = [round(0.625 * n, 1) for n in range(40)]
    scan = read_scan(dicom(ct.values((40, 8, 9)), positions_mm=places))
    assert scan.grid.spacing_mm.z == pytest.approx(0.625, abs=2e-3)


def test_two_phases_in_one_series_are_refused(dicom: Dicom, hu: np.ndarray) -> None:
    folder = dicom(hu)
    dicom(hu, prefix="late")
    text = refusal(folder)
    assert "more than one slice at 8 positions (at 300.0, 302.5, 305.0 …" in text


def test_a_file_copied_twice_is_used_once(dicom: Dicom, hu: np.ndarray) -> None:
    folder = dicom(hu)
    shutil.copy(folder / "im002.dcm", folder / "im002 (copy).dcm")
    scan = read_scan(folder)
    assert np.array_equal(scan.voxels, hu[::-1])
    assert "1 slice twice" in scan.warnings[0]


def test_localizers_are_ignored_within_and_beside_the_series(
    dicom: Dicom, hu: np.ndarray, ct: SimpleNamespace
) -> None:
    folder = dicom(hu)
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    across = {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}
    dicom(ct.values((1, 40, 10)), prefix="scout_in", **scout, **across)
    dicom(ct.values((2, 40, 10)), prefix="scout_beside", series=9, **scout, **across)
    scan = read_scan(folder)
    assert np.array_equal(scan.voxels, hu[::-1])
    assert scan.warnings == ()


def test_localizers_alone_are_no_scan(dicom: Dicom, hu: np.ndarray) -> None:
    folder = dicom(hu[:2], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert "localizers (scouts) only" in refusal(folder)


def test_several_alike_are_listed_and_chosen_by_number(
    dicom: Dicom, hu: np.ndarray, ct: SimpleNamespace
) -> None:
    other = ct.values((10, 12, 10), seed=7)
    folder = dicom(hu, series=2)
    dicom(other, series=3, prefix="other", positions_mm=[2.0 * n for n in range(10)])
    text = refusal(folder)
    assert "1: CT, 8 slices, 2.5 mm apart; 2: CT, 10 slices, 2 mm apart" in text
    assert np.array_equal(read_scan(folder, series="1").voxels, hu[::-1])
    assert np.array_equal(read_scan(folder, series="2").voxels, other[::-1])
    assert "choose one of these by its number: 1: CT" in refusal(folder, series="3")
    assert "no series 'bone'" in refusal(folder, series="bone")


def test_a_clearly_larger_series_is_taken_and_said(
    dicom: Dicom, hu: np.ndarray, ct: SimpleNamespace
) -> None:
    folder = dicom(hu, series=2)
    dicom(ct.values((3, 12, 10)), series=1, prefix="short")
    scan = read_scan(folder)
    assert np.array_equal(scan.voxels, hu[::-1])
    assert "number 2 was taken" in scan.warnings[0]
    assert "1: CT, 3 slices" in scan.warnings[0]


def test_sagittal_reformats_and_other_modalities_are_no_rivals(
    dicom: Dicom, hu: np.ndarray, ct: SimpleNamespace
) -> None:
    folder = dicom(hu, series=5)
    sagittal = [0, 1, 0, 0, 0, -1]
    dicom(ct.values((30, 12, 10)), series=6, prefix="sag", ImageOrientationPatient=sagittal)
    dicom(ct.values((30, 12, 10)), series=7, prefix="pet", modality="PT")
    scan = read_scan(folder)
    assert np.array_equal(scan.voxels, hu[::-1])
    assert "2: CT, 30 slices" in scan.warnings[0]
    assert "3: PT, 30 slices" in scan.warnings[0]
    assert "that series is PT" in refusal(folder, series="3")


def test_a_sagittal_series_may_be_asked_for(dicom: Dicom, hu: np.ndarray) -> None:
    folder = dicom(hu, ImageOrientationPatient=[0, 1, 0, 0, 0, -1])
    assert "no axial CT series (1: CT, 8 slices" in refusal(folder)
    scan = read_scan(folder, series="1")
    # rows run from head to foot, columns to the back, slices from left to right
    assert np.array_equal(scan.voxels, np.transpose(hu[::-1], (1, 2, 0)))


def test_mr_is_refused_by_its_modality(dicom: Dicom, hu: np.ndarray) -> None:
    assert "no axial CT series (1: MR, 8 slices" in refusal(dicom(hu, modality="MR"))


def test_colour_pictures_are_refused(dicom: Dicom, hu: np.ndarray) -> None:
    def edit(dataset: Any, number: int) -> None:
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
        dataset.PlanarConfiguration = 0
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit = 7
        dataset.PixelData = bytes(3 * SHAPE[1] * SHAPE[2])

    assert "colour (RGB)" in refusal(dicom(hu, edit=edit))


def test_multi_frame_dicom_says_what_to_do(dicom: Dicom, hu: np.ndarray) -> None:
    def edit(dataset: Any, number: int) -> None:
        dataset.NumberOfFrames = 2
        dataset.PixelData = dataset.PixelData * 2

    assert "multi-frame" in refusal(dicom(hu[:1], edit=edit))


def test_slices_without_a_position_cannot_be_stacked(dicom: Dicom, hu: np.ndarray) -> None:
    def edit(dataset: Any, number: int) -> None:
        del dataset.ImagePositionPatient

    assert "state no position" in refusal(dicom(hu, edit=edit), series="1")


def test_a_single_slice_is_no_scan(dicom: Dicom, hu: np.ndarray) -> None:
    assert "single 2D slice" in refusal(dicom(hu[:1]))


def test_thick_slices_bring_a_warning(dicom: Dicom, hu: np.ndarray) -> None:
    scan = read_scan(dicom(hu, positions_mm=[8.0 * n for n in range(len(hu))]))
    assert "slices 8 mm apart" in scan.warnings[0]


def test_padding_of_the_scanner_becomes_air(dicom: Dicom, hu: np.ndarray) -> None:
    padded = hu.copy()
    padded[:, :3] = -3024
    scan = read_scan(dicom(padded, PixelRepresentation=1, RescaleIntercept="-1024"))
    assert scan.voxels.min() == -1024
    assert (scan.voxels[:, :3] == -1024).all()
