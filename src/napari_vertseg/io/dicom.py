"""A folder of DICOM files as one volume; SimpleITK's GDCM decodes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .dicom_series import Series, choose_series, series_of
from .dicom_slices import Slice, slice_of, slices_in
from .dicom_stack import ordered, stack_affine
from .kinds import reading
from .stored import StoredVolume


def read_dicom(path: Path, series: str | None) -> StoredVolume:
    """The CT series of a folder, or the series that a single file belongs to.

    Parameters
    ----------
    path : Path
        Folder (subfolders are looked through), or one file of the series.
    series : str or None
        Number of the series, where the folder holds several.

    Raises
    ------
    ScanUnreadable
        No DICOM, no or several CT series, a stack that is not whole, even and
        upright, a damaged slice.
    """
    folder = path if path.is_dir() else path.parent
    slices = slices_in(folder)
    if not path.is_dir():
        slices = _companions(path, slices)
    if not slices:
        raise ScanUnreadable(
            f"{path.name} holds no DICOM images; give a scan file or the folder of one."
        )
    chosen, warning = choose_series(path.name, _readable_series(path.name, slices), series)
    if chosen.modality != "CT":
        raise ScanUnreadable(
            f"{path.name}: that series is {chosen.modality}, so it holds no CT values; "
            "choose a CT."
        )
    in_order, copies = ordered(path.name, chosen)
    voxels = _decoded(in_order)
    warnings = (*([warning] if warning else []), *copies)
    return StoredVolume(voxels, stack_affine(in_order), warnings)


def _companions(file: Path, slices: list[Slice]) -> list[Slice]:
    own = slice_of(file)
    return [] if own is None else [s for s in slices if s.series_uid == own.series_uid]


def _readable_series(name: str, slices: list[Slice]) -> list[Series]:
    """Stacks of single grey slices, or the reason why there is none."""
    series = series_of([s for s in slices if not s.is_multi_frame])
    if series:
        return series
    if any(s.is_multi_frame for s in slices):
        raise ScanUnreadable(
            f"{name} holds enhanced (multi-frame) DICOM, which is not read; "
            "convert it to NIfTI (dcm2niix does) and give the result."
        )
    if any(s.channels > 1 for s in slices):
        raise ScanUnreadable(
            f"{name} holds colour (RGB) pictures, not CT values; export the CT itself."
        )
    raise ScanUnreadable(
        f"{name} holds localizers (scouts) only, no stack of slices; export the CT itself."
    )


def _decoded(slices: list[Slice]) -> NDArray[np.int16]:
    """(column, row, slice) HU; GDCM applies rescale slope and intercept per slice."""
    import SimpleITK

    columns, rows = slices[0].size
    stack = np.empty((len(slices), rows, columns), dtype=np.int16)
    limits = np.iinfo(np.int16)
    for page, one in zip(stack, slices, strict=True):
        with reading(one.file, "a DICOM slice"):
            pixels = SimpleITK.GetArrayFromImage(
                SimpleITK.ReadImage(str(one.file), imageIO="GDCMImageIO")
            )
            page[:] = np.clip(np.rint(pixels.reshape(rows, columns)), limits.min, limits.max)
    return stack.T
