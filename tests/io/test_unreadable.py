"""One clear sentence for everything that is no CT volume: what, why, what to do."""

from __future__ import annotations

import builtins
import gzip
import io
import re
import struct
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK

from napari_vertseg.errors import ScanUnreadable
from napari_vertseg.io import read_scan

SHAPE = (6, 7, 8)
Nifti = Callable[..., Path]


def refusal(path: Path, **options: Any) -> str:
    """The sentence that refuses a file; proves that it names the file and no folder."""
    with pytest.raises(ScanUnreadable) as caught:
        read_scan(path, **options)
    text = str(caught.value)
    assert path.name in text
    assert str(path.parent) not in text
    assert re.search(r"[;,] .*\.$", text), f"says nothing to do: {text}"
    return text


def itk_image(ct: SimpleNamespace, shape: tuple[int, ...] = SHAPE) -> SimpleITK.Image:
    return SimpleITK.GetImageFromArray(ct.values(shape))


def test_nothing_there(tmp_path: Path) -> None:
    assert "not found" in refusal(tmp_path / "scan.nii.gz")


@pytest.mark.parametrize(
    "content", [b"hello, I am a text", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"\0" * 400]
)
def test_a_foreign_file_in_a_scan_suffix(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.nii"
    path.write_bytes(content)
    assert "no volume in a known format" in refusal(path)


def test_a_gzipped_foreign_file(tmp_path: Path) -> None:
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(gzip.compress(b"a text, not a scan" * 100))
    assert "no volume in a known format" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b\x08\x00"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(content)
    assert "empty (0 bytes)" in refusal(path)


def test_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 200)
    assert "damaged or cut short" in refusal(path)


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "no DICOM" in refusal(tmp_path)


@pytest.mark.parametrize("kept", [0.9, 0.5, 0.1])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".mha", ".nrrd", ".tif"])
def test_a_truncated_file(
    tmp_path: Path, nifti: Nifti, ct: SimpleNamespace, suffix: str, kept: float
) -> None:
    whole = tmp_path / f"scan{suffix}"
    values = ct.values((20, 30, 40))
    if suffix.startswith(".nii"):
        nifti(values, name=whole.name)
    elif suffix == ".tif":
        import tifffile

        with tifffile.TiffWriter(whole) as writer:
            for page in values:
                writer.write(page, contiguous=False, metadata=None)
    else:
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(whole))
    options = {"spacing_mm": (1.0, 1.0, 1.0)} if suffix == ".tif" else {}
    read_scan(whole, **options)

    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * kept)])
    assert "damaged or cut short" in refusal(whole, **options)


def test_an_mhd_without_its_raw_file(tmp_path: Path, ct: SimpleNamespace) -> None:
    path = tmp_path / "scan.mhd"
    SimpleITK.WriteImage(itk_image(ct), str(path))
    assert read_scan(path).voxels.shape == SHAPE
    (tmp_path / "scan.raw").unlink()
    assert "could not be read as MetaImage" in refusal(path)


@pytest.mark.parametrize("suffix", [".nii.gz", ".mha"])
def test_no_permission(
    tmp_path: Path,
    nifti: Nifti,
    ct: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
) -> None:
    path = tmp_path / f"scan{suffix}"
    nifti(ct.values(SHAPE), name="scan.nii.gz")
    SimpleITK.WriteImage(itk_image(ct), str(tmp_path / "scan.mha"))
    real = io.open

    def denied(file: Any, *args: Any, **kwargs: Any) -> Any:
        if Path(str(file)) == path:
            raise PermissionError(13, "Permission denied", str(file))
        return real(file, *args, **kwargs)

    monkeypatch.setattr(io, "open", denied)
    monkeypatch.setattr(builtins, "open", denied)
    assert "may not be read by this user" in refusal(path)


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path, *_: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rglob", denied)
    assert "may not be read by this user" in refusal(tmp_path)


@pytest.mark.parametrize("shape", [(6, 7), (6, 7, 1), (1, 6, 7)])
def test_a_single_slice(nifti: Nifti, ct: SimpleNamespace, shape: tuple[int, ...]) -> None:
    assert "single 2D slice" in refusal(nifti(ct.values((6, 7, 2))[..., 0].reshape(shape)))


def test_a_single_slice_of_itk(tmp_path: Path, ct: SimpleNamespace) -> None:
    SimpleITK.WriteImage(itk_image(ct)[:, :, 0], str(tmp_path / "flat.mha"))
    assert "single 2D slice" in refusal(tmp_path / "flat.mha")


@pytest.mark.parametrize("shape", [(4, 5, 6, 3), (4, 5, 6, 1, 3)])
def test_several_time_points(nifti: Nifti, ct: SimpleNamespace, shape: tuple[int, ...]) -> None:
    values = np.resize(ct.values((4, 5, 6)), shape)
    text = refusal(nifti(values))
    assert "time points or channels" in text
    assert " × ".join(str(n) for n in shape) in text


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
def test_several_time_points_of_itk(tmp_path: Path, ct: SimpleNamespace, suffix: str) -> None:
    path = tmp_path / f"scan{suffix}"
    volumes = [itk_image(ct), itk_image(ct)]
    SimpleITK.WriteImage(SimpleITK.JoinSeries(volumes), str(path))
    assert "time points" in refusal(path)


@pytest.mark.parametrize("trailing", [(1,), (1, 1)])
def test_a_trailing_axis_of_one_is_no_fourth_dimension(
    nifti: Nifti, ct: SimpleNamespace, trailing: tuple[int, ...]
) -> None:
    values = ct.values(SHAPE)
    flat = read_scan(nifti(values, name="flat.nii"))
    scan = read_scan(nifti(values.reshape(*SHAPE, *trailing)))
    assert np.array_equal(scan.voxels, flat.voxels)


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
def test_one_time_point_of_itk_is_a_volume(
    tmp_path: Path, ct: SimpleNamespace, suffix: str
) -> None:
    image = itk_image(ct)
    SimpleITK.WriteImage(image, str(tmp_path / f"flat{suffix}"))
    SimpleITK.WriteImage(SimpleITK.JoinSeries([image]), str(tmp_path / f"one{suffix}"))
    flat, one = read_scan(tmp_path / f"flat{suffix}"), read_scan(tmp_path / f"one{suffix}")
    assert np.array_equal(flat.voxels, one.voxels)
    assert flat.grid.is_same(one.grid)


def test_colour_in_nifti(nifti: Nifti) -> None:
    rgb = np.zeros(SHAPE, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    assert "colour (RGB)" in refusal(nifti(rgb))


def test_complex_numbers_in_nifti(nifti: Nifti) -> None:
    assert "complex" in refusal(nifti(np.ones(SHAPE, np.complex64)))


@pytest.mark.parametrize("suffix", [".mha", ".nrrd"])
def test_colour_in_itk(tmp_path: Path, suffix: str) -> None:
    image = SimpleITK.GetImageFromArray(np.zeros((*SHAPE, 3), np.uint8), isVector=True)
    SimpleITK.WriteImage(image, str(tmp_path / f"rgb{suffix}"))
    assert "3 values per voxel (colour" in refusal(tmp_path / f"rgb{suffix}")


@pytest.mark.parametrize("value", [0, -1024, 55])
def test_every_voxel_the_same(nifti: Nifti, value: int) -> None:
    text = refusal(nifti(np.full(SHAPE, value, np.int16)))
    assert f"empty: every voxel is {value}" in text


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_number(nifti: Nifti, ct: SimpleNamespace, value: float) -> None:
    values = ct.values(SHAPE).astype(np.float32)
    values[1, 2, 3:5] = value
    assert "2 voxels that are NaN or infinite" in refusal(nifti(values))


def with_pixdim(path: Path, axis: int, value: float) -> Path:
    """Overwrite one spacing in the raw header and void both forms."""
    raw = bytearray(path.read_bytes())
    struct.pack_into("<f", raw, 76 + 4 * (axis + 1), value)
    struct.pack_into("<hh", raw, 252, 0, 0)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("value", [0.0, -1.5, float("nan"), float("inf")])
def test_no_spacing_in_nifti(nifti: Nifti, ct: SimpleNamespace, axis: int, value: float) -> None:
    path = with_pixdim(nifti(ct.values(SHAPE), name="scan.nii"), axis, value)
    assert "zero, negative or not a number" in refusal(path)


def test_a_zero_column_in_the_sform(nifti: Nifti, ct: SimpleNamespace) -> None:
    path = nifti(ct.values(SHAPE), ct.affine((0, 1, 2)), name="scan.nii")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<4f", raw, 280 + 32, 0, 0, 0, 5)  # srow_z
    path.write_bytes(raw)
    assert "zero, negative or not a number" in refusal(path)


@pytest.mark.parametrize("spacing_mm", [(0.0008, 0.0008, 0.001), (800.0, 800.0, 1000.0)])
def test_an_implausible_spacing(
    nifti: Nifti, ct: SimpleNamespace, spacing_mm: tuple[float, ...]
) -> None:
    text = refusal(nifti(ct.values(SHAPE), ct.affine(spacing_mm=spacing_mm)))
    assert "implausible spacing" in text


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1e-3), ("micron", 1e3), ("mm", 1.0)])
def test_another_unit_that_is_stated_is_converted(
    nifti: Nifti, ct: SimpleNamespace, unit: str, factor: float
) -> None:
    affine = ct.affine()
    stated = affine.copy()
    stated[:3] *= factor
    scan = read_scan(
        nifti(ct.values(SHAPE), stated, edit=lambda image: image.header.set_xyzt_units(unit))
    )
    assert np.allclose(scan.stored_grid.affine, affine, rtol=1e-5)


@pytest.mark.parametrize("line", ["ElementSpacing", "missing"])
def test_no_spacing_in_metaimage(tmp_path: Path, ct: SimpleNamespace, line: str) -> None:
    path = tmp_path / "scan.mha"
    SimpleITK.WriteImage(itk_image(ct), str(path))
    spaced = b"ElementSpacing = 1 1 1\n"
    raw = path.read_bytes()
    assert spaced in raw
    if line == "missing":
        path.write_bytes(raw.replace(spaced, b""))
        assert "states no voxel spacing" in refusal(path)
    else:
        path.write_bytes(raw.replace(spaced, b"ElementSpacing = 1 0 1\n"))
        assert "1 × 0 × 1 mm: zero" in refusal(path)


@pytest.mark.parametrize(
    ("vectors", "says"),
    [(b"", "states no voxel spacing"), (b"space directions: (1,0,0) (0,0,0) (0,0,1)\n", "zero")],
)
def test_no_spacing_in_nrrd(
    tmp_path: Path, ct: SimpleNamespace, vectors: bytes, says: str
) -> None:
    path = tmp_path / "scan.nrrd"
    SimpleITK.WriteImage(itk_image(ct), str(path))
    stated = b"space directions: (1,0,0) (0,1,0) (0,0,1)\n"
    raw = path.read_bytes()
    assert stated in raw
    path.write_bytes(raw.replace(stated, vectors))
    assert says in refusal(path)


@pytest.mark.parametrize("degrees", [1.0, 12.0])
def test_a_sheared_affine(nifti: Nifti, ct: SimpleNamespace, degrees: float) -> None:
    affine = ct.oblique((0.8, 0.8, 2.0))
    affine[:3, 2] += affine[:3, 1] / 0.8 * 2.0 * np.tan(np.radians(degrees))
    text = refusal(nifti(ct.values(SHAPE), affine))
    assert f"{degrees:.1f}° off a right angle" in text
    assert "gantry tilt" in text


def test_rounded_direction_cosines_are_no_shear(nifti: Nifti, ct: SimpleNamespace) -> None:
    affine = np.round(ct.oblique((1.0, 1.0, 1.0)), 3)
    assert read_scan(nifti(ct.values(SHAPE), affine)).voxels.size


def test_a_header_that_claims_more_than_memory_holds(nifti: Nifti, ct: SimpleNamespace) -> None:
    path = nifti(ct.values(SHAPE), name="scan.nii")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<4h", raw, 40, 3, 32767, 32767, 32767)
    path.write_bytes(raw)
    text = refusal(path)
    assert "does not fit into the memory" in text or "damaged or cut short" in text


def test_one_half_of_a_nifti_pair(tmp_path: Path, ct: SimpleNamespace) -> None:
    nibabel.Nifti1Pair(ct.values(SHAPE), ct.affine()).to_filename(tmp_path / "scan.img")
    assert "one half of a NIfTI pair" in refusal(tmp_path / "scan.hdr")


def test_spacing_for_a_file_that_has_its_own(nifti: Nifti, ct: SimpleNamespace) -> None:
    text = refusal(nifti(ct.values(SHAPE)), spacing_mm=(1.0, 1.0, 1.0))
    assert "states its own spacing" in text


def test_a_series_number_for_a_file_with_one_volume(nifti: Nifti, ct: SimpleNamespace) -> None:
    assert "one volume" in refusal(nifti(ct.values(SHAPE)), series="2")


def test_nifti_1_and_2_of_either_byte_order_read_the_same(
    nifti: Nifti, ct: SimpleNamespace
) -> None:
    values = ct.values(SHAPE)
    truth = read_scan(nifti(values))
    for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        for order in "<>":
            header = kind.header_class(endianness=order)
            header.set_data_dtype(np.dtype(np.int16).newbyteorder(order))
            scan = read_scan(nifti(values, name="other.nii.gz", kind=kind, header=header))
            assert np.array_equal(scan.voxels, truth.voxels)
            assert scan.grid.is_same(truth.grid)
