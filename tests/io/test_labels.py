"""Label maps are whole numbers on the grid of their scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest

from napari_vertseg.errors import CaseIncomplete, OutputRefused, ScanUnreadable
from napari_vertseg.io import read_labels, read_scan, write_labels
from napari_vertseg.volume import Grid, Scan

SHAPE = (5, 6, 7)
Nifti = Callable[..., Path]


@pytest.fixture
def scan(ct: SimpleNamespace) -> Scan:
    return Scan.from_canonical(ct.values(SHAPE), Grid.canonical(SHAPE, (2.5, 0.8, 0.8)), "patient")


def some_labels(top: int = 24) -> np.ndarray:
    return np.random.default_rng(0).integers(0, top + 1, SHAPE)


@pytest.mark.parametrize(("top", "dtype"), [(24, np.uint8), (255, np.uint8), (256, np.uint16)])
def test_labels_take_the_smallest_type_that_holds_them(
    scan: Scan, tmp_path: Path, top: int, dtype: type
) -> None:
    labels = some_labels(top)
    labels[0, 0, 0] = top
    write_labels(tmp_path / "labels.nii.gz", labels, scan)
    assert nibabel.load(tmp_path / "labels.nii.gz").get_data_dtype() == dtype
    again, _ = read_labels(tmp_path / "labels.nii.gz", like=scan)
    assert again.dtype == dtype
    assert np.array_equal(again, labels)


def test_an_empty_label_map_is_one(scan: Scan, tmp_path: Path) -> None:
    """A walk that found nothing, or a reference without vertebrae."""
    write_labels(tmp_path / "none.nii.gz", np.zeros(SHAPE, np.uint8), scan)
    labels, _ = read_labels(tmp_path / "none.nii.gz", like=scan)
    assert not labels.any()


def test_whole_numbers_in_floats_are_labels(nifti: Nifti) -> None:
    stored = some_labels().astype(np.float64)
    labels, _ = read_labels(nifti(stored))
    assert labels.dtype == np.uint8
    assert sorted(labels.ravel()) == sorted(stored.ravel())


@pytest.mark.parametrize("bad", [0.5, 19.98])
def test_numbers_between_are_refused(nifti: Nifti, bad: float) -> None:
    stored = some_labels().astype(np.float32)
    stored[2, 2, 2] = bad
    with pytest.raises(ScanUnreadable, match=r"scan.nii.gz is no label map.*not whole"):
        read_labels(nifti(stored))


@pytest.mark.parametrize("bad", [-1, 70000])
def test_numbers_that_cannot_be_labels_are_refused(nifti: Nifti, bad: int) -> None:
    stored = some_labels().astype(np.int32)
    stored[2, 2, 2] = bad
    with pytest.raises(ScanUnreadable, match=f"no label map.*{bad}"):
        read_labels(nifti(stored))


@pytest.mark.parametrize(
    "change",
    [
        {"origin_mm": (11.0, -7.5, 203.05)},
        {"spacing_mm": (0.75, 1.25, 2.6)},
        {"signs": (-1.0, 1.0, 1.0)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_labels_of_another_grid_are_refused_by_both_names(
    nifti: Nifti, ct: SimpleNamespace, change: dict[str, tuple[float, ...]]
) -> None:
    scan = read_scan(nifti(ct.values(SHAPE), ct.affine(), name="patient.nii.gz"))
    labels = nifti(some_labels().astype(np.uint8), ct.affine(**change), name="labels.nii.gz")
    with pytest.raises(CaseIncomplete, match=r"labels.nii.gz.*do not lie on.*scan patient"):
        read_labels(labels, like=scan)


def test_labels_of_another_shape_are_refused(nifti: Nifti, ct: SimpleNamespace) -> None:
    scan = read_scan(nifti(ct.values(SHAPE), name="patient.nii.gz"))
    labels = nifti(some_labels()[:4].astype(np.uint8), name="labels.nii.gz")
    with pytest.raises(CaseIncomplete, match=r"7 × 6 × 4 voxels.*7 × 6 × 5 voxels"):
        read_labels(labels, like=scan)


def test_a_rounded_origin_is_the_same_grid(nifti: Nifti, ct: SimpleNamespace) -> None:
    scan = read_scan(nifti(ct.values(SHAPE), ct.affine()))
    near = ct.affine(origin_mm=(11.004, -7.5, 203.0))
    labels, _ = read_labels(nifti(some_labels().astype(np.uint8), near, name="l.nii"), like=scan)
    assert labels.shape == scan.voxels.shape


def test_labels_in_another_axis_order_find_their_voxels(nifti: Nifti, ct: SimpleNamespace) -> None:
    """Editors save in an order of their own; the place in the patient is what counts."""
    values, affine = ct.values(SHAPE), ct.affine()
    scan = read_scan(nifti(values, affine, name="patient.nii.gz"))
    turned = nibabel.Nifti1Image((values > 200).astype(np.uint8), affine).as_reoriented(
        np.array([[1, -1], [2, 1], [0, -1]])
    )
    path = nifti(np.asanyarray(turned.dataobj), turned.affine, name="labels.nii.gz")
    labels, _ = read_labels(path, like=scan)
    assert np.array_equal(labels, scan.voxels > 200)


def test_labels_that_do_not_fit_the_scan_are_not_written(scan: Scan, tmp_path: Path) -> None:
    labels = some_labels()
    for wrong in (labels[:4], labels - 1, labels * 0.5, labels + 70000):
        with pytest.raises(ValueError, match="labels"):
            write_labels(tmp_path / "labels.nii.gz", wrong, scan)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_result_is_kept_unless_asked(scan: Scan, tmp_path: Path) -> None:
    path = tmp_path / "labels.nii.gz"
    write_labels(path, np.ones(SHAPE, np.uint8), scan)
    with pytest.raises(OutputRefused, match="--overwrite"):
        write_labels(path, np.zeros(SHAPE, np.uint8), scan)
    assert read_labels(path)[0].all()
    write_labels(path, np.zeros(SHAPE, np.uint8), scan, overwrite=True)
    assert not read_labels(path)[0].any()


@pytest.mark.parametrize("name", ["labels.png", "labels", "labels.mhd", "labels.tif"])
def test_an_unknown_suffix_is_refused(scan: Scan, tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputRefused, match=r"end it with one of \.nii\.gz"):
        write_labels(tmp_path / name, np.ones(SHAPE, np.uint8), scan)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha"])
def test_a_writer_that_fails_leaves_nothing(
    scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    import SimpleITK

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nibabel.Nifti1Image, "to_filename", full)
    monkeypatch.setattr(SimpleITK, "WriteImage", full)
    with pytest.raises(OutputRefused, match="No space left"):
        write_labels(tmp_path / f"labels{suffix}", np.ones(SHAPE, np.uint8), scan)
    assert list(tmp_path.iterdir()) == []
