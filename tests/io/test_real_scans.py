"""Real scans, as archives and data sets deliver them, read without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

import nibabel
import numpy as np
import pytest

from napari_vertseg.errors import ScanUnreadable
from napari_vertseg.io import read_labels, read_scan, write_labels

LABELLED = [
    "abdomen-3mm",
    "l3-cutout",
    "thorax-1.5mm",
    "verse005",
    "verse006",
    "verse007",
    "verse008",
]


@pytest.mark.parametrize("case", LABELLED)
def test_scan_and_reference_share_a_grid_and_run_head_to_foot(
    shared_data: Path, case: str
) -> None:
    scan = read_scan(shared_data / "ct-labelled" / case / "ct.nii.gz")
    labels, _ = read_labels(shared_data / "ct-labelled" / case / "vertebrae.nii.gz", like=scan)
    assert scan.warnings == ()
    values = [int(v) for v in np.unique(labels) if v]
    heights = [float(np.argwhere(labels == v)[:, 0].mean()) for v in values]
    assert heights == sorted(heights)
    # Were it turned upside down or inside out, bone would not lie under the labels.
    assert np.median(scan.voxels[labels > 0]) > np.median(scan.voxels[labels == 0]) + 50


@pytest.mark.parametrize("case", LABELLED)
def test_a_reference_written_back_equals_its_file(
    shared_data: Path, case: str, tmp_path: Path
) -> None:
    folder = shared_data / "ct-labelled" / case
    scan = read_scan(folder / "ct.nii.gz")
    labels, _ = read_labels(folder / "vertebrae.nii.gz", like=scan)
    write_labels(tmp_path / "again.nii.gz", labels, scan)
    one, other = nibabel.load(folder / "vertebrae.nii.gz"), nibabel.load(tmp_path / "again.nii.gz")
    assert np.array_equal(np.asanyarray(one.dataobj), np.asanyarray(other.dataobj))
    assert np.allclose(one.affine, other.affine, atol=1e-4)
    assert np.allclose(other.get_qform(), other.get_sform(), atol=1e-3)


def test_a_clinical_dicom_series(shared_data: Path) -> None:
    scan = read_scan(shared_data / "dicom" / "abdomen-5mm")
    assert scan.voxels.shape == (41, 512, 512)
    assert scan.grid.spacing_mm.z == pytest.approx(5.0)
    # Supine: the table, and nothing else, lies behind the back; the front is air.
    assert scan.voxels[:, :40].mean() < -900
    assert scan.warnings == ()


def test_a_clinical_series_without_some_slices(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "series"
    folder.mkdir()
    for file in sorted((shared_data / "dicom" / "abdomen-5mm").iterdir()):
        if file.stem not in {"1-10", "1-11", "1-30"}:
            shutil.copyfile(file, folder / file.name)
    with pytest.raises(ScanUnreadable, match=r"lacks 3 slices \((2|1) between"):
        read_scan(folder)


def test_bone_on_an_empty_ground_is_read_on_request(shared_data: Path) -> None:
    path = shared_data / "ct-labelled" / "torso328" / "bone.nii.gz"
    with pytest.raises(ScanUnreadable, match="no CT values"):
        read_scan(path)
    assert read_scan(path, check_ct=False).voxels.min() == 0
