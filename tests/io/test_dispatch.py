"""The content tells the format, and the package loads no library before it is needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import SimpleITK
import tifffile

from napari_vertseg.io import read_scan

SHAPE = (6, 7, 8)


@pytest.fixture
def one_scan_in_all_formats(
    tmp_path: Path,
    nifti: Callable[..., Path],
    dicom: Callable[..., Path],
    ct: SimpleNamespace,
) -> dict[str, Path]:
    """Files of every format; the NIfTI, MHA and NRRD ones hold the very same scan."""
    values = ct.values(SHAPE)
    plain, packed = nifti(values, name="plain.nii"), nifti(values, name="packed.nii.gz")
    image = SimpleITK.ReadImage(str(plain))
    for suffix in ("mha", "nrrd"):
        SimpleITK.WriteImage(image, str(tmp_path / f"scan.{suffix}"))
    tifffile.imwrite(
        tmp_path / "scan.tif",
        values,
        imagej=True,
        resolution=(2.0, 2.0),
        metadata={"spacing": 3.0, "unit": "mm", "axes": "ZYX"},
    )
    return {
        "plain": plain,
        "packed": packed,
        "mha": tmp_path / "scan.mha",
        "nrrd": tmp_path / "scan.nrrd",
        "tif": tmp_path / "scan.tif",
        "dicom": dicom(ct.values((4, 6, 7))) / "im000.dcm",
    }


@pytest.mark.parametrize("suffix", ["", ".img", ".tif", ".nii.gz", ".mha", ".dcm"])
@pytest.mark.parametrize("kind", ["plain", "packed", "mha", "nrrd", "tif", "dicom"])
def test_a_wrong_suffix_does_not_matter(
    one_scan_in_all_formats: dict[str, Path], kind: str, suffix: str
) -> None:
    source = one_scan_in_all_formats[kind]
    renamed = source.with_name(f"renamed{suffix}")
    truth = read_scan(source)
    shutil.move(source, renamed)
    scan = read_scan(renamed)
    assert np.array_equal(scan.voxels, truth.voxels)
    assert scan.grid.is_same(truth.grid)


def test_the_formats_agree(one_scan_in_all_formats: dict[str, Path]) -> None:
    truth = read_scan(one_scan_in_all_formats["plain"])
    for kind in ("packed", "mha", "nrrd"):
        scan = read_scan(one_scan_in_all_formats[kind])
        assert np.array_equal(scan.voxels, truth.voxels)
        assert scan.grid.is_same(truth.grid, 1e-3)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("verse008.nii.gz", "verse008"),
        ("sub-01.v2.nii", "sub-01.v2"),
        ("Ä.b.NII.GZ", "Ä.b"),
        ("no_suffix", "no_suffix"),
    ],
)
def test_a_scan_is_named_after_its_file(
    nifti: Callable[..., Path], ct: SimpleNamespace, tmp_path: Path, file: str, name: str
) -> None:
    shutil.move(nifti(ct.values(SHAPE), name="x.nii"), tmp_path / file)
    assert read_scan(tmp_path / file).name == name


def test_an_unstated_orientation_is_read_with_a_warning(
    nifti: Callable[..., Path], ct: SimpleNamespace
) -> None:
    def forget(image: Any) -> None:
        image.set_sform(None, code=0)
        image.set_qform(None, code=0)

    scan = read_scan(nifti(ct.values(SHAPE), edit=forget))
    assert "does not say how the patient lies" in scan.warnings[0]
    assert np.allclose(scan.grid.spacing_mm, (2.5, 1.25, 0.75))


def test_a_file_of_another_format_in_a_dicom_folder_is_no_hindrance(
    dicom: Callable[..., Path], ct: SimpleNamespace
) -> None:
    folder = dicom(ct.values((4, 6, 7)))
    (folder / "labels.nii.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 100)
    assert read_scan(folder).voxels.shape == (4, 6, 7)


def test_a_path_may_be_text(nifti: Callable[..., Path], ct: SimpleNamespace) -> None:
    assert read_scan(str(nifti(ct.values(SHAPE)))).name == "scan"


def test_importing_io_loads_no_file_library() -> None:
    code = (
        "import sys, napari_vertseg.io; "
        "print([m for m in ('nibabel', 'SimpleITK', 'pydicom', 'tifffile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
