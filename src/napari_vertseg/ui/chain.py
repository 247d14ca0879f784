"""The vertebrae of a scan as the table shows them, head to foot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from psygnal import Signal

from ..labelling import head_to_foot
from ..segmentation import Segmentation
from ..suspicion import Evidence, judge
from ..volume import Grid
from .colours import choose_colour
from .records import VertebraRecord, evidence_of


@dataclass(eq=False)
class Chain:
    """All vertebrae of one scan; tells when it has changed."""

    grid: Grid
    _records: dict[int, VertebraRecord] = field(default_factory=dict)
    _evidence: dict[int, Evidence] = field(default_factory=dict)
    _colours: dict[int, int] = field(default_factory=dict)
    """Ever given: a vertebra that comes back by *Undo* has the colour that it had."""

    changed = Signal()

    @classmethod
    def of(cls, grid: Grid, records: Iterable[VertebraRecord]) -> Chain:
        """A chain of records as they are."""
        return cls(grid, {record.id: record for record in records})

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

    def called(self, vertebra: int) -> str:
        """A vertebra in words, as the table numbers it."""
        number, record = next((n, r) for n, r in self.numbered() if r.id == vertebra)
        return record.level.name if record.level else f"vertebra {number}"

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
        if record.id not in self._colours:
            self._colours[record.id] = self._colour_at(order, order.index(record.id))
        self._take(replace(record, colour=self._colours[record.id]))
        self._tell()
        return self._records[record.id]

    def update(self, record: VertebraRecord) -> None:
        """Replace the record of the same id."""
        self.update_all([record])

    def update_all(self, records: list[VertebraRecord]) -> None:
        """Replace several records and tell once; ids that are gone are left out."""
        for record in records:
            if record.id in self._records:
                self._take(record)
        self._tell()

    def remove(self, vertebra: int) -> VertebraRecord | None:
        """Take a vertebra out."""
        record = self._records.pop(vertebra, None)
        self._evidence.pop(vertebra, None)
        self._tell()
        return record

    def clear(self) -> None:
        """Take all out."""
        self._records.clear()
        self._evidence.clear()
        self._colours.clear()
        self._tell()

    def weigh(self, evidence: Mapping[int, Evidence]) -> None:
        """Judge anew by better evidence; that of vertebrae which are gone is left out."""
        self._evidence.update({v: e for v, e in evidence.items() if v in self._records})
        self._tell()

    def _take(self, record: VertebraRecord) -> None:
        old = self._records.get(record.id)
        self._records[record.id] = record
        if old is None or old.instance is not record.instance or record.id not in self._evidence:
            # Without the scan, so that it costs nothing here; ``weigh`` brings the rest.
            self._evidence[record.id] = evidence_of(record, self.grid)

    def _tell(self) -> None:
        """Judge every vertebra beside its neighbours of now, and say that things have changed."""
        order = [record.id for record in self.ordered()]
        verdicts = judge([self._evidence[vertebra] for vertebra in order])
        for vertebra, found in zip(order, verdicts, strict=True):
            self._records[vertebra] = replace(
                self._records[vertebra], suspicion=found.score, reasons=found.sentences
            )
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
