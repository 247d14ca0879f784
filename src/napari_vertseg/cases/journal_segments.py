"""The files of a journal: one at a time, a newer one takes the place of all before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..io.atomic import atomic_path, writing
from .journal_record import MAGIC, Begin, Change, Record, Saving, encode, read_records

_NAME: Final = "{:06d}.journal"


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One file, as far as it can be read."""

    begin: Begin
    records: tuple[Change | Saving, ...]
    """All good ones after the first."""
    is_cut: bool
    """Something follows that is damaged or was not wholly written."""


def segment_path(folder: Path, number: int) -> Path:
    """Where a segment lies."""
    return folder / _NAME.format(number)


def segment_numbers(folder: Path) -> list[int]:
    """Numbers of the segments in a folder, in order; none where there is no folder."""
    return sorted(int(p.stem) for p in folder.glob("*.journal") if p.stem.isdecimal())


def read_segment(path: Path) -> Segment | None:
    """A segment; None where not even its beginning can be read.

    Raises
    ------
    OSError
        The file cannot be opened.
    """
    with path.open("rb") as file:
        records = list(read_records(file))
    is_cut = bool(records) and records[-1] is None
    good = [record for record in records if record is not None]
    if not good or not isinstance(good[0], Begin):
        return None
    return Segment(good[0], tuple(r for r in good[1:] if not isinstance(r, Begin)), is_cut)


def newest_segment(folder: Path) -> Segment | None:
    """The one that counts; None where there is none."""
    for number in reversed(segment_numbers(folder)):
        segment = read_segment(segment_path(folder, number))
        # One without a beginning was made in the moment of a crash, before any change.
        if segment is not None:
            return segment
    return None


def write_segment(folder: Path, number: int, records: Iterable[Record]) -> None:
    """Write a segment that is either all there or not at all.

    Raises
    ------
    OutputRefused
        The folder cannot be written.
    """
    path = segment_path(folder, number)
    with writing(path):
        folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(path, overwrite=True) as beside, writing(path):
        beside.write_bytes(b"".join([MAGIC, *(encode(record) for record in records)]))


def remove_segments(folder: Path, up_to: int | None = None) -> None:
    """Take segments away, the oldest first: the one that counts is the last to go."""
    for number in segment_numbers(folder):
        if up_to is None or number <= up_to:
            segment_path(folder, number).unlink(missing_ok=True)
