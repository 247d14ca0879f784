"""TIFF stacks: pages from head to foot, spacing from ImageJ, OME or the caller."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile

from napari_vertseg.errors import ScanUnreadable
from napari_vertseg.io import read_labels, read_scan, write_labels
from napari_vertseg.volume import AIR_HU

SHAPE = (6, 7, 8)
SPACING_MM = (2.5, 0.8, 0.7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Stapel_脊柱.tif"


@pytest.mark.parametrize("dtype", [np.int16, np.float32, np.int32])
@pytest.mark.parametrize("big", [False, True])
def test_pages_run_from_head_to_foot_as_shown(
    path: Path, ct: SimpleNamespace, dtype: type, big: bool
) -> None:
    values = ct.values(SHAPE)
    tifffile.imwrite(path, values.astype(dtype), bigtiff=big)
    scan = read_scan(path, spacing_mm=SPACING_MM)
    assert np.array_equal(scan.voxels, np.maximum(values, AIR_HU))
    assert np.allclose(scan.grid.spacing_mm, SPACING_MM)
    assert re.search("does not say how the patient lies", scan.warnings[0])


@pytest.mark.parametrize(
    ("unit", "mm"), [("mm", 1.0), ("micron", 1e-3), ("um", 1e-3), ("cm", 10.0), ("\\u00B5m", 1e-3)]
)
def test_spacing_of_imagej(path: Path, ct: SimpleNamespace, unit: str, mm: float) -> None:
    z, y, x = (v / mm for v in SPACING_MM)
    tifffile.imwrite(
        path,
        ct.values(SHAPE),
        imagej=True,
        resolution=(1 / x, 1 / y),
        metadata={"spacing": z, "unit": unit, "axes": "ZYX"},
    )
    assert np.allclose(read_scan(path).grid.spacing_mm, SPACING_MM, rtol=1e-4)


def test_spacing_of_ome(path: Path, ct: SimpleNamespace) -> None:
    physical = {
        "PhysicalSizeX": 0.07,
        "PhysicalSizeXUnit": "cm",
        "PhysicalSizeY": 800.0,  # the standard's default unit is µm
        "PhysicalSizeZ": 2.5,
        "PhysicalSizeZUnit": "mm",
    }
    ome = path.with_suffix(".ome.tif")
    tifffile.imwrite(ome, ct.values(SHAPE), metadata={"axes": "ZYX", **physical})
    scan = read_scan(ome)
    assert np.allclose(scan.grid.spacing_mm, SPACING_MM)
    assert scan.name == "Stapel_脊柱"


def test_the_option_goes_before_the_file(path: Path, ct: SimpleNamespace) -> None:
    tifffile.imwrite(
        path,
        ct.values(SHAPE),
        imagej=True,
        resolution=(1.0, 1.0),
        metadata={"spacing": 1.0, "unit": "mm", "axes": "ZYX"},
    )
    assert np.allclose(read_scan(path, spacing_mm=SPACING_MM).grid.spacing_mm, SPACING_MM)


@pytest.mark.parametrize("metadata", [{}, {"unit": "pixel", "spacing": 1}])
def test_without_spacing_the_option_is_asked_for(
    path: Path, ct: SimpleNamespace, metadata: dict[str, object]
) -> None:
    tifffile.imwrite(path, ct.values(SHAPE), imagej=True, metadata={"axes": "ZYX", **metadata})
    with pytest.raises(ScanUnreadable, match=r"states no spacing; give it as spacing_mm=\(page"):
        read_scan(path)


def test_a_printers_resolution_is_no_spacing(path: Path, ct: SimpleNamespace) -> None:
    tifffile.imwrite(path, ct.values(SHAPE), resolution=(72, 72), resolutionunit="inch")
    with pytest.raises(ScanUnreadable, match="states no spacing"):
        read_scan(path)


@pytest.mark.parametrize("spacing_mm", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 400.0)])
def test_an_impossible_option_is_refused(
    path: Path, ct: SimpleNamespace, spacing_mm: tuple[float, float, float]
) -> None:
    tifffile.imwrite(path, ct.values(SHAPE))
    with pytest.raises(ScanUnreadable, match="spacing of"):
        read_scan(path, spacing_mm=spacing_mm)


def test_pages_written_one_by_one_are_a_stack(path: Path, ct: SimpleNamespace) -> None:
    values = ct.values(SHAPE)
    with tifffile.TiffWriter(path) as writer:
        for page in values:
            writer.write(page, contiguous=False)
    scan = read_scan(path, spacing_mm=SPACING_MM)
    assert np.array_equal(scan.voxels, np.maximum(values, AIR_HU))


@pytest.mark.parametrize("pages_left", [5, 3, 2])
def test_a_file_cut_between_two_pages_is_not_taken_for_a_shorter_scan(
    path: Path, ct: SimpleNamespace, pages_left: int
) -> None:
    with tifffile.TiffWriter(path) as writer:
        for page in ct.values(SHAPE):
            writer.write(page, contiguous=False, metadata=None)
    with tifffile.TiffFile(path) as file:
        end = file.pages[pages_left].offset
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(ScanUnreadable, match="damaged or cut short"):
        read_scan(path, spacing_mm=SPACING_MM)


def test_pages_of_different_sizes_are_no_stack(path: Path, ct: SimpleNamespace) -> None:
    with tifffile.TiffWriter(path) as writer:
        for columns in (8, 9):
            writer.write(ct.values((2, 7, columns))[0])
    with pytest.raises(ScanUnreadable, match="pages of different sizes"):
        read_scan(path, spacing_mm=SPACING_MM)


@pytest.mark.parametrize("shape", [(7, 8, 3), (6, 7, 8, 3)])
def test_colour_is_refused(path: Path, shape: tuple[int, ...]) -> None:
    tifffile.imwrite(path, np.zeros(shape, np.uint8), photometric="rgb")
    with pytest.raises(ScanUnreadable, match=r"colour \(RGB\)"):
        read_scan(path, spacing_mm=SPACING_MM)


def test_time_points_are_refused(path: Path, ct: SimpleNamespace) -> None:
    values = np.stack([ct.values(SHAPE)] * 3)
    tifffile.imwrite(path, values, imagej=True, metadata={"axes": "TZYX"})
    with pytest.raises(ScanUnreadable, match="3 time points"):
        read_scan(path, spacing_mm=SPACING_MM)


def test_one_page_is_no_scan(path: Path, ct: SimpleNamespace) -> None:
    tifffile.imwrite(path, ct.values(SHAPE)[0])
    with pytest.raises(ScanUnreadable, match="single 2D slice"):
        read_scan(path, spacing_mm=SPACING_MM)


def test_unsigned_pixels_are_seen_as_an_offset(path: Path, ct: SimpleNamespace) -> None:
    values = np.clip(ct.values((20, 21, 22)).astype(int) + 1024, 0, None)
    tifffile.imwrite(path, values.astype(np.uint16))
    with pytest.raises(ScanUnreadable, match="1024 too high"):
        read_scan(path, spacing_mm=SPACING_MM)


def test_labels_of_a_stack_are_written_on_its_grid(
    path: Path, ct: SimpleNamespace, tmp_path: Path
) -> None:
    tifffile.imwrite(path, ct.values(SHAPE))
    scan = read_scan(path, spacing_mm=SPACING_MM)
    write_labels(tmp_path / "labels.nii.gz", scan.voxels > 200, scan)
    labels, grid = read_labels(tmp_path / "labels.nii.gz", like=scan)
    assert np.array_equal(labels, scan.voxels > 200)
    assert grid.is_same(scan.grid, 1e-3)
