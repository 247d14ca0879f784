"""Whatever the axis order of a file: read upright, written back exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest
import SimpleITK

from napari_vertseg.io import read_labels, read_scan, write_labels, write_scan
from napari_vertseg.volume import AIR_HU, Grid, Scan, canonical_affine
from napari_vertseg.volume.zyx import ZyxFloat

SHAPE = (5, 6, 7)
Turn = tuple[tuple[int, ...], tuple[float, ...]]


def assert_canonical_view(scan: Scan, stored: np.ndarray, affine: np.ndarray) -> None:
    """Proves that no voxel moved: value by value, place by place, against the file itself."""
    for index, value in np.ndenumerate(scan.voxels):
        place = np.linalg.solve(affine, [*scan.grid.to_world(index), 1.0])[:3]
        assert np.allclose(place, np.rint(place), atol=1e-3)
        assert value == max(stored[tuple(np.rint(place).astype(int))], AIR_HU)


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha", ".nrrd"])
def test_labels_return_to_voxel_order_and_affine_of_the_file(
    turn: Turn,
    suffix: str,
    tmp_path: Path,
    nifti: Callable[..., Path],
    ct: SimpleNamespace,
) -> None:
    stored, affine = ct.values(SHAPE), ct.affine(*turn)
    scan = read_scan(nifti(stored, affine))
    assert_canonical_view(scan, stored, affine)

    bone = (stored > 200).astype(np.uint8)
    labels = (scan.voxels > 200).astype(np.uint8)
    out = tmp_path / f"labels{suffix}"
    write_labels(out, labels, scan)

    again, grid = read_labels(out, like=scan)
    assert np.array_equal(again, labels)
    assert grid.is_same(scan.grid, 1e-4)
    if suffix == ".nii.gz":
        written = nibabel.load(out)
        assert np.array_equal(np.asanyarray(written.dataobj), bone)
        assert np.allclose(written.affine, affine, atol=1e-5)
    else:
        written = SimpleITK.ReadImage(str(out))
        assert np.array_equal(SimpleITK.GetArrayFromImage(written).T, bone)
        corner = written.TransformIndexToPhysicalPoint((4, 5, 6))
        assert np.allclose(corner, (affine @ (4, 5, 6, 1))[:3] * (-1, -1, 1), atol=1e-4)


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
def test_a_scan_that_itk_converts_reads_the_same(
    turn: Turn, suffix: str, tmp_path: Path, nifti: Callable[..., Path], ct: SimpleNamespace
) -> None:
    """ITK has its own NIfTI reader: an independent witness of both affine conventions."""
    source = nifti(ct.values(SHAPE), ct.affine(*turn))
    converted = tmp_path / f"scan{suffix}"
    SimpleITK.WriteImage(SimpleITK.ReadImage(str(source)), str(converted))
    one, other = read_scan(source), read_scan(converted)
    assert np.array_equal(one.voxels, other.voxels)
    assert one.grid.is_same(other.grid, 1e-3)
    assert one.stored_grid.is_same(other.stored_grid, 1e-3)
    assert one.orientation == other.orientation


def test_qform_and_sform_say_the_same(turn: Turn, tmp_path: Path, ct: SimpleNamespace) -> None:
    from napari_vertseg.volume import Orientation, Zyx

    affine = ct.affine(*turn)
    orientation = Orientation.of(affine)
    stored = Grid(Zyx(*SHAPE), affine)
    voxels = orientation.apply(ct.values(SHAPE))
    scan = Scan(voxels, orientation.apply_to_grid(stored), stored, orientation)
    write_scan(tmp_path / "scan.nii.gz", scan)

    image = nibabel.load(tmp_path / "scan.nii.gz")
    for form, code in (image.get_sform(coded=True), image.get_qform(coded=True)):
        assert code == 1
        assert np.allclose(form, affine, atol=1e-4)
    assert image.header.get_xyzt_units()[0] == "mm"


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd"])
def test_an_oblique_affine_is_kept(
    suffix: str, tmp_path: Path, nifti: Callable[..., Path], ct: SimpleNamespace
) -> None:
    stored, affine = ct.values(SHAPE), ct.oblique()
    scan = read_scan(nifti(stored, affine))
    assert_canonical_view(scan, stored, affine)
    assert np.allclose(scan.stored_grid.affine, affine, atol=1e-4)

    write_scan(tmp_path / f"again{suffix}", scan)
    again = read_scan(tmp_path / f"again{suffix}")
    assert np.array_equal(again.voxels, scan.voxels)
    assert np.allclose(again.stored_grid.affine, affine, atol=1e-4)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd"])
@pytest.mark.parametrize("name", ["Müller-Lüdenscheidt", "脊柱 扫描", "позвоночник"])
def test_names_beyond_ascii_work_in_every_format(
    name: str, suffix: str, tmp_path: Path, ct: SimpleNamespace
) -> None:
    folder = tmp_path / f"Ordner {name}"
    folder.mkdir()
    path = folder / f"{name}{suffix}"
    grid = Grid.canonical(SHAPE, (2.5, 0.75, 0.8))
    scan = Scan.from_canonical(ct.values(SHAPE), grid)
    write_scan(path, scan)
    write_labels(folder / f"{name}_labels{suffix}", scan.voxels > 100, scan)

    again = read_scan(path)
    labels, _ = read_labels(folder / f"{name}_labels{suffix}", like=again)
    assert again.name == name
    assert np.array_equal(again.voxels, scan.voxels)
    assert np.array_equal(labels, scan.voxels > 100)
    assert len(list(folder.iterdir())) == 2


def test_anisotropic_spacing_lands_on_the_right_axes(
    turn: Turn, nifti: Callable[..., Path], ct: SimpleNamespace
) -> None:
    affine = ct.affine(*turn)
    scan = read_scan(nifti(ct.values(SHAPE), affine))
    along_world = np.abs(affine[:3, :3]).max(axis=1)
    assert np.allclose(scan.grid.spacing_mm, along_world[::-1])


def test_files_are_the_same_bytes_every_time(tmp_path: Path, ct: SimpleNamespace) -> None:
    """Neither the hour nor the temporary name goes into the file."""
    scan = Scan.from_canonical(ct.values(SHAPE), Grid.canonical(SHAPE, (1.0, 1.0, 1.0)))
    for name in ("one.nii.gz", "two.nii.gz"):
        write_scan(tmp_path / name, scan)
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "two.nii.gz").read_bytes()


def test_voxels_are_contiguous_whatever_the_file(
    turn: Turn, nifti: Callable[..., Path], ct: SimpleNamespace
) -> None:
    scan = read_scan(nifti(ct.values(SHAPE), ct.affine(*turn)))
    assert scan.voxels.flags.c_contiguous
    assert scan.voxels.dtype == np.int16


def test_an_upright_affine_is_read_as_canonical(
    nifti: Callable[..., Path], ct: SimpleNamespace
) -> None:
    stored = ct.values(SHAPE)
    scan = read_scan(nifti(stored, canonical_affine(ZyxFloat(3.0, 1.0, 1.0))))
    assert np.array_equal(scan.voxels, np.maximum(stored, AIR_HU))
    assert scan.grid.is_same(scan.stored_grid)
