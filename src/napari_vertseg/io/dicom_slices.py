"""What each DICOM file of a folder says about itself; only geometry, never a patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .kinds import is_dicom, raw_head_of

_CT_IMAGE = b"1.2.840.10008.5.1.4.1.1.2\0"
"""Storage class of a CT slice; the byte after it tells it from enhanced CT."""
_META_BYTES = 512
"""Further in, a report may name the class of the slices it speaks of."""


@dataclass(frozen=True, eq=False)
class Slice:
    """Header of one DICOM image; numbers that it does not state are NaN."""

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
    spacing_mm: tuple[float, float]
    """Between columns and between rows."""
    position_mm: NDArray[np.float64]
    """(3,) LPS position of the first pixel."""
    directions: NDArray[np.float64]
    """(3, 3) columns: LPS directions along a row, down a column, and their normal."""

    @property
    def is_placed(self) -> bool:
        """Whether the file says where the slice lies."""
        stated = [*self.spacing_mm, *self.position_mm, *self.directions.ravel()]
        return bool(np.isfinite(stated).all())

    @property
    def stack_key(self) -> str:
        """Equal for slices that can lie in one stack.

        Rounded, since scanners do; a localizer inside a series differs clearly.
        """
        axes = (np.round(self.directions, 2) + 0.0).ravel().tolist()  # no -0
        spacing = np.round(self.spacing_mm, 4).tolist()
        return str((self.series_uid, self.size, spacing, axes))

    def along_normal_mm(self) -> float:
        """Position along the normal of the slice."""
        return float(self.position_mm @ self.directions[:, 2])


def slices_in(folder: Path) -> list[Slice]:
    """Every DICOM image below a folder; other files are passed over.

    Raises
    ------
    ScanUnreadable
        A CT slice is damaged: left out at an end of the stack it would not be missed.
    """
    found = []
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.name == "DICOMDIR":
            continue
        head = raw_head_of(file)
        one = slice_of(file) if is_dicom(head) else None
        if one is not None:
            found.append(one)
        elif _was_ct_slice(file, head):
            raise ScanUnreadable(
                f"{file.name} in {folder.name} is a CT slice that is damaged or cut short; "
                "copy or export the series again."
            )
    return found


def slice_of(file: Path) -> Slice | None:
    """Header of one file, None for DICOM without pixels (reports, plans, cut files)."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(file))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
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
        spacing_mm=(float(spacing_mm[1]), float(spacing_mm[0])),
        position_mm=_floats(reader, "0020|0032", 3),
        directions=_directions(_floats(reader, "0020|0037", 6)),
    )


def _was_ct_slice(file: Path, head: bytes) -> bool:
    """Whether a file without a readable image says, at its very start, that it is CT."""
    return _CT_IMAGE in head[:_META_BYTES] or (not head and file.suffix.lower() == ".dcm")


def _directions(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Columns: along a row, down a column, normal; NaN where the file does not say."""
    along_row, down_column = cosines[:3], cosines[3:]
    normal = np.cross(along_row, down_column)
    length = float(np.linalg.norm(normal))
    if not length > 0.5:  # NaN included
        return np.full((3, 3), np.nan)
    return np.column_stack([along_row, down_column, normal / length])


def _text(reader: Any, tag: str) -> str:
    return str(reader.GetMetaData(tag)).strip(" \0") if reader.HasMetaDataKey(tag) else ""


def _floats(reader: Any, tag: str, count: int) -> NDArray[np.float64]:
    """Numbers of a tag; NaN where it is missing or holds something else."""
    try:
        values = np.array([float(part) for part in _text(reader, tag).split("\\")])
    except ValueError:
        values = np.empty(0)
    return values if values.size == count else np.full(count, np.nan)
