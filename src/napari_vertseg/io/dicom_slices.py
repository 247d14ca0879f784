"""What each DICOM file of a folder says about itself; only geometry, never a patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kinds import head_of, is_dicom


@dataclass(frozen=True, eq=False)
class Slice:
    """Header of one DICOM image."""

    file: Path
    series_uid: str
    series_number: int
    image_uid: str
    modality: str
    is_localizer: bool
    is_multi_frame: bool
    channels: int
    size: tuple[int, int]
    """Columns and rows."""
    spacing_mm: tuple[float, float] | None
    """Between columns and between rows; None where the file does not say."""
    position_mm: NDArray[np.float64] | None
    """(3,) LPS position of the first pixel; None where the file does not say."""
    directions: NDArray[np.float64] | None
    """(3, 3) columns: LPS directions along a row, down a column, and their normal."""

    @property
    def is_placed(self) -> bool:
        """Whether the file says where the slice lies."""
        return not (self.spacing_mm is None or self.position_mm is None or self.directions is None)

    @property
    def stack_key(self) -> tuple[object, ...]:
        """Equal for slices that can lie in one stack.

        Rounded, since scanners do; a localizer inside a series differs clearly.
        """
        axes = None if self.directions is None else tuple(np.round(self.directions, 2).ravel())
        spacing = None if self.spacing_mm is None else tuple(np.round(self.spacing_mm, 4))
        return (self.series_uid, self.is_localizer, self.size, self.channels, spacing, axes)

    def along_normal_mm(self) -> float:
        """Position along the normal of the slice."""
        assert self.position_mm is not None
        assert self.directions is not None
        return float(self.position_mm @ self.directions[:, 2])


def slices_in(folder: Path) -> list[Slice]:
    """Every DICOM image below a folder; other files are passed over."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "DICOMDIR")
    found = (slice_of(file) for file in files if is_dicom(head_of(file)))
    return [found_slice for found_slice in found if found_slice is not None]


def slice_of(file: Path) -> Slice | None:
    """Header of one file, None for DICOM that is no image (reports, plans)."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(file))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        # Reports have no pixels; so has an image cut within its header, which then
        # shows as a missing slice.
        return None
    spacing_mm = _floats(reader, "0028|0030", 2)
    return Slice(
        file=file,
        series_uid=_text(reader, "0020|000e"),
        series_number=int(float(_text(reader, "0020|0011") or 0)),
        image_uid=_text(reader, "0008|0018"),
        modality=_text(reader, "0008|0060") or "unknown modality",
        is_localizer="LOCALIZER" in _text(reader, "0008|0008").upper(),
        is_multi_frame=int(_text(reader, "0028|0008") or 1) > 1,
        channels=int(_text(reader, "0028|0002") or 1),
        size=(reader.GetSize()[0], reader.GetSize()[1]),
        # DICOM names the distance between rows first.
        spacing_mm=None if spacing_mm is None else (spacing_mm[1], spacing_mm[0]),
        position_mm=_floats(reader, "0020|0032", 3),
        directions=_directions(_floats(reader, "0020|0037", 6)),
    )


def _directions(cosines: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    if cosines is None:
        return None
    along_row, down_column = cosines[:3], cosines[3:]
    normal = np.cross(along_row, down_column)
    if not np.linalg.norm(normal) > 0.5:
        return None
    return np.column_stack([along_row, down_column, normal / np.linalg.norm(normal)])


def _text(reader: Any, tag: str) -> str:
    return str(reader.GetMetaData(tag)).strip(" \0") if reader.HasMetaDataKey(tag) else ""


def _floats(reader: Any, tag: str, count: int) -> NDArray[np.float64] | None:
    try:
        values = np.array([float(part) for part in _text(reader, tag).split("\\")])
    except ValueError:
        return None
    return values if values.size == count and np.isfinite(values).all() else None
