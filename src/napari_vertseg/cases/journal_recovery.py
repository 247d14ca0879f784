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

    def onto(self, labels: NDArray[Any], rows: Mapping[int, JsonRow]) -> dict[int, JsonRow]:
        """Replay on a saved state.

        Parameters
        ----------
        labels : (z, y, x) whole numbers
            As they were saved; changed in place.
        rows : mapping
            As they were saved.

        Returns
        -------
        dict
            Rows by id as they were at the crash.
        """
        now = {} if self.begin.is_whole else dict(rows)
        for change in self.changes:
            for patch in change.patches:
                labels[patch.box] = patch.values
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


def squashed(recovered: Recovered, labels: NDArray[Any], rows: Mapping[int, JsonRow]) -> Change:
    """One change that holds everything, whatever it is put on.

    Parameters
    ----------
    labels : (z, y, x) whole numbers
        The saved state; used up.
    rows : mapping
        Likewise.
    """
    now = recovered.onto(labels, rows)
    z, y, x = (slice(0, n) for n in labels.shape)
    whole = JournalPatch.of((z, y, x), labels)
    return Change("snapshot", recovered.at, (whole,), dict(now), recovered.next_id)


def blank(begin: Begin) -> NDArray[Any]:
    """(z, y, x) labels of a scan in which nothing was segmented."""
    return np.zeros(begin.shape, dtype=np.dtype(begin.dtype))
