"""The patient number of a DICOM series, read to be hashed and never kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..io.dicom_series import choose_series, series_of
from ..io.dicom_slices import Slice, slice_of, slices_in
from ..io.kinds import Kind, kind_of

_NOBODY: Final = {"", "0", "000000", "anon", "anonymous", "anonymized", "anonymised", "unknown"}
_NOBODY_TOO: Final = {"none", "n/a", "na", "patient", "test", "no name", "noname", "xxx"}
_SHORTEST: Final = 3
"""Shorter parts of a name turn up in any path."""


@dataclass(frozen=True, slots=True, repr=False)
class DicomPatient:
    """Whom a series belongs to; has no ``repr``, so that no log shows it."""

    number: str | None
    """Patient ID with its issuer, None where it names nobody."""
    words: tuple[str, ...]
    """Parts of name and number, folded, that must not turn up on the disk."""

    def shows_in(self, text: str) -> bool:
        """Whether a path or a name gives the patient away."""
        folded = text.casefold()
        return any(word in folded for word in self.words)


def dicom_slices(path: Path, series: str | None) -> Sequence[Slice]:
    """Slices of the series that ``read_scan`` takes; empty for other formats."""
    if kind_of(path) is not Kind.DICOM:
        return ()
    folder = path if path.is_dir() else path.parent
    slices = [s for s in slices_in(folder) if not s.is_multi_frame]
    if not path.is_dir():
        own = slice_of(path)
        slices = [s for s in slices if own is not None and s.series_uid == own.series_uid]
    return choose_series(path.name, series_of(slices), series)[0].slices if slices else ()


def dicom_patient(slices: Sequence[Slice]) -> DicomPatient | None:
    """The patient of a series, None where there are no slices."""
    if not slices:
        return None
    reader = _header(slices[0].file)
    number, issuer = _text(reader, "0010|0020"), _text(reader, "0010|0021")
    name = _text(reader, "0010|0010")
    parts = re.split(r"[\W_]+", f"{name} {number}".casefold())
    words = tuple(p for p in dict.fromkeys(parts) if len(p) >= _SHORTEST and not _is_nobody(p))
    if _is_nobody(number):
        return DicomPatient(None, words)
    return DicomPatient(f"{issuer}/{number}" if issuer else number, words)


def _is_nobody(word: str) -> bool:
    return word.strip().casefold() in _NOBODY | _NOBODY_TOO


def _header(file: Path) -> Any:
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(file))
    reader.ReadImageInformation()
    return reader


def _text(reader: Any, tag: str) -> str:
    return str(reader.GetMetaData(tag)).strip(" \0") if reader.HasMetaDataKey(tag) else ""
