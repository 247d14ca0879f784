"""The vertebrae of a scan as the table shows them, head to foot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from psygnal import Signal

from ..anatomy import Level
from ..labelling import head_to_foot
from ..measures import VertebraMeasures
from ..segmentation import Segmentation, VertebraInstance
from ..volume import Grid
from .colours import choose_colour


class Verdict(StrEnum):
    """What a person thinks of a vertebra."""

    PROPOSED = "proposed"
    EDITED = "edited"
    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraRecord:
    """One row of the table."""

    instance: VertebraInstance
    """On the scan's canonical grid."""
    measures: VertebraMeasures
    colour: int = 0
    """Index into the palette; stays for good."""
    verdict: Verdict = Verdict.PROPOSED
    is_locked: bool = False
    suspicion: float | None = None
    """0 = none; None = not computed."""
    reasons: tuple[str, ...] = ()
    is_from_walk: bool = True
    """False for a mask of another tool, about which the network said nothing."""

    @property
    def id(self) -> int:
        """Stable instance id: the value in the labels layer."""
        return self.instance.id

    @property
    def level(self) -> Level | None:
        """Anatomical level where known."""
        return self.instance.level


@dataclass(eq=False)
class Chain:
    """All vertebrae of one scan; tells when it has changed."""

    grid: Grid
    _records: dict[int, VertebraRecord] = field(default_factory=dict)

    changed = Signal()

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[VertebraRecord]:
        """Head to foot."""
        return iter(self.ordered())

    def __contains__(self, vertebra: object) -> bool:
        return vertebra in self._records

    def get(self, vertebra: int) -> VertebraRecord | None:
        """The record of an id, or None."""
        return self._records.get(vertebra)

    def ordered(self) -> list[VertebraRecord]:
        """Records from head to foot, whatever way the walks went."""
        records = list(self._records.values())
        return [records[i] for i in head_to_foot(_centers_mm(records, self.grid))]

    def numbered(self) -> list[tuple[int, VertebraRecord]]:
        """Records with their value in a saved mask; 1 = topmost while levels are unknown."""
        by_id = {record.id: record for record in self.ordered()}
        return [(number, by_id[i.id]) for number, i in self.segmentation().numbered()]

    def has_levels(self) -> bool:
        """Whether numbers are VerSe values rather than a count from the top."""
        return bool(self._records) and all(r.level is not None for r in self._records.values())

    def segmentation(self) -> Segmentation:
        """What is saved."""
        return Segmentation(self.grid, tuple(record.instance for record in self.ordered()))

    def add(self, record: VertebraRecord) -> VertebraRecord:
        """Take in a new vertebra and give it a colour unlike those of its neighbours."""
        self._records[record.id] = record
        order = [r.id for r in self.ordered()]
        coloured = replace(record, colour=self._colour_at(order, order.index(record.id)))
        self._records[record.id] = coloured
        self.changed.emit()
        return coloured

    def update(self, record: VertebraRecord) -> None:
        """Replace the record of the same id."""
        self.update_all([record])

    def update_all(self, records: list[VertebraRecord]) -> None:
        """Replace several records and tell once; ids that are gone are left out."""
        self._records.update({r.id: r for r in records if r.id in self._records})
        self.changed.emit()

    def remove(self, vertebra: int) -> VertebraRecord | None:
        """Take a vertebra out."""
        record = self._records.pop(vertebra, None)
        self.changed.emit()
        return record

    def clear(self) -> None:
        """Take all out."""
        self._records.clear()
        self.changed.emit()

    def _colour_at(self, order: list[int], place: int) -> int:
        near = [place + step for step in (-1, 1, -2, 2) if 0 <= place + step < len(order)]
        taken = [self._records[order[i]].colour for i in near]
        above = self._records[order[place - 1]].colour + 1 if place else None
        below = self._records[order[place + 1]].colour - 1 if place + 1 < len(order) else 0
        return choose_colour(taken, below if above is None else above)


def _centers_mm(records: list[VertebraRecord], grid: Grid) -> np.ndarray:
    centers = np.array([r.measures.centroid_voxel for r in records], dtype=np.float64)
    return centers.reshape(-1, 3) * np.array(grid.spacing_mm)
