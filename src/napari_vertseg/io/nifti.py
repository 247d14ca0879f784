"""NIfTI files, single or gzipped, through nibabel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .checks import check_spacing, volume_shape
from .kinds import head_of, open_unpacked
from .stored import StoredVolume

_MM_PER_UNIT = {"meter": 1000.0, "mm": 1.0, "micron": 0.001, "unknown": 1.0}


def read_nifti(path: Path) -> StoredVolume:
    """NIfTI-1 or -2 of either byte order, with slope and intercept applied.

    The sform comes before the qform, as the standard and nibabel have it.

    Raises
    ------
    ScanUnreadable
        Not one volume of scalars, no spacing. Damage surfaces as whatever
        nibabel or gzip raise; the caller names the file.
    """
    import nibabel

    head = head_of(path)
    if head[344:347] == b"ni1" or head[4:7] == b"ni2":
        raise ScanUnreadable(
            f"{path.name} is one half of a NIfTI pair (.hdr and .img); "
            "convert the pair to a single .nii.gz."
        )
    is_version_2 = head[4:7] == b"n+2"
    image_class = nibabel.Nifti2Image if is_version_2 else nibabel.Nifti1Image
    with open_unpacked(path) as stream:
        raw_header = image_class.header_class.from_fileobj(stream, check=False)
        _check_header(path.name, raw_header)
        stream.seek(0)
        image = image_class.from_file_map(image_class.make_file_map({"image": stream}), mmap=False)
        shape = volume_shape(path.name, image.shape)
        voxels = _scaled(image.dataobj).reshape(shape, order="F")
    affine = np.array(image.affine, dtype=np.float64)
    affine[:3] *= _MM_PER_UNIT[raw_header.get_xyzt_units()[0]]
    return StoredVolume(voxels, affine, _orientation_warning(path.name, raw_header))


def write_nifti(path: Path, voxels: NDArray[Any], affine: NDArray[np.float64]) -> None:
    """Write a volume with qform and sform alike, both with code 1 (scanner), in mm.

    Programs differ in which of the two they believe, so both say the same.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``.
    voxels : (i, j, k)
        In file order; the dtype is kept.
    affine : (4, 4)
        Voxel (i, j, k) → RAS millimetres.
    """
    import nibabel

    image = nibabel.Nifti1Image(voxels, affine, dtype=voxels.dtype)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.to_filename(path)


def _check_header(name: str, header: Any) -> None:
    """Refuse what nibabel would repair in silence: a spacing of 0 becomes 1 mm there."""
    if header.get_data_dtype().fields is not None:
        raise ScanUnreadable(
            f"{name} is a colour (RGB) image, not CT values; export the CT itself."
        )
    if header.get_data_dtype().kind == "c":
        raise ScanUnreadable(f"{name} holds complex numbers, not CT values; export the CT itself.")
    if int(header["sform_code"]) == 0:
        check_spacing(name, tuple(float(v) for v in header["pixdim"][1:4]))


def _scaled(data: Any) -> NDArray[Any]:
    """Voxels; as floats only where the file asks for scaling, and then as float32."""
    voxels: NDArray[Any] = np.asanyarray(data.get_unscaled())
    if (data.slope, data.inter) == (1.0, 0.0):
        return voxels
    scaled = voxels.astype(np.float32)
    scaled *= data.slope
    scaled += data.inter
    return scaled


def _orientation_warning(name: str, header: Any) -> tuple[str, ...]:
    if int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0:
        return ()
    return (
        f"{name} does not say how the patient lies in it; taken as stored left, front, up. "
        "Check the overview picture.",
    )
