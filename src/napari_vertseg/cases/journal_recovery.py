"""What a journal brings back after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .journal_record import Begin, Change, JournalPatch, JsonRow, Saving
from .journal_segments import newest_segment


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """A state that changes are put on; used up by that."""

    labels: NDArray[Any]
    """(z, y, x) whole numbers."""
    rows: Mapping[int, JsonRow]
    ignore: NDArray[np.uint8] | None = None
    """(z, y, x), not 0 where nothing is learned; needed where changes speak of it."""

    @classmethod
    def blank(cls, begin: Begin) -> Saved:
        """A scan in which nothing was done."""
        labels = np.zeros(begin.shape, dtype=np.dtype(begin.dtype))
        return cls(labels, {}, np.zeros(begin.shape, dtype=np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """Changes that are in no saved version."""

    begin: Begin
    """What they follow upon."""
    changes: tuple[Change, ...]
    """At least one."""
    is_cut: bool
    """The last record was damaged or not wholly written, and is left out."""

    @property
    def at(self) -> str:
        """Time of the last change."""
        return self.changes[-1].at

    @property
    def next_id(self) -> int:
        """Lowest id that no vertebra has ever had."""
        return max(change.next_id for change in self.changes)

    def fits(self, base: str, shape: tuple[int, ...]) -> bool:
        """Whether they can be put on a saved state."""
        is_known = self.begin.is_whole or self.begin.base == base
        return is_known and tuple(self.begin.shape) == tuple(shape)

    @property
    def has_ignore(self) -> bool:
        """Whether they say where nothing is learned."""
        return any(change.ignore for change in self.changes)

    def onto(self, saved: Saved) -> dict[int, JsonRow]:
        """Replay on a saved state, whose arrays are changed in place.

        Returns
        -------
        dict
            Rows by id as they were at the crash.
        """
        now = {} if self.begin.is_whole else dict(saved.rows)
        for change in self.changes:
            _write(saved.labels, change.patches)
            if change.ignore:
                _write(saved.ignore, change.ignore)
            for vertebra, row in change.rows.items():
                if row is None:
                    now.pop(vertebra, None)
                else:
                    now[vertebra] = row
        return now


def recover(folder: Path, base: str) -> Recovered | None:
    """Changes that were not saved; None where there are none.

    Parameters
    ----------
    folder : path
        Of the journal; may be missing.
    base : str
        The newest saved state. A crash between saving and emptying the journal
        leaves changes in it that are saved: these are left out.

    Raises
    ------
    OSError
        A file cannot be opened.
    """
    segment = newest_segment(folder)
    if segment is None:
        return None
    begin, records = segment.begin, segment.records
    marks = [i for i, r in enumerate(records) if isinstance(r, Saving) and r.base == base]
    if marks and begin.base != base:
        begin = Begin(base, begin.shape, begin.dtype)
        records = records[marks[-1] + 1 :]
    changes = tuple(record for record in records if isinstance(record, Change))
    return Recovered(begin, changes, segment.is_cut) if changes else None


def squashed(recovered: Recovered, saved: Saved) -> Change:
    """One change that holds everything, whatever it is put on."""
    now = recovered.onto(saved)
    ignore = saved.ignore if recovered.has_ignore else None
    return Change(
        name="snapshot",
        at=recovered.at,
        patches=_whole(saved.labels),
        rows=now,
        next_id=recovered.next_id,
        ignore=() if ignore is None else _whole(ignore),
    )


def _whole(values: NDArray[Any]) -> tuple[JournalPatch, ...]:
    z, y, x = (slice(0, n) for n in values.shape)
    return (JournalPatch.of((z, y, x), values),)


def _write(array: NDArray[Any] | None, patches: tuple[JournalPatch, ...]) -> None:
    if array is None:
        raise ValueError("the journal has changed an ignore mask, and none was given")
    for patch in patches:
        array[patch.box] = patch.values
