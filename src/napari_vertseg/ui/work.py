"""What has been done on one scan."""

from __future__ import annotations

from collections.abc import Iterable

from psygnal import Signal

from ..measures import VertebraMeasures
from ..segmentation import VertebraInstance
from ..volume import Scan, Zyx
from .chain import Chain, VertebraRecord
from .layers import SpineLayers


class SpineWork:
    """A scan, its vertebrae, and what is chosen in them.

    The chain says what is known about each vertebra, the labels where it is;
    this keeps the two together.
    """

    selection_changed = Signal()

    def __init__(self, spine: SpineLayers) -> None:
        self.spine = spine
        self.chain = Chain(spine.scan.grid)
        self.selected: int | None = None
        self.place: Zyx | None = None
        """Voxel that was clicked last."""
        self._next_id = 1

    @property
    def scan(self) -> Scan:
        """The scan."""
        return self.spine.scan

    @property
    def next_id(self) -> int:
        """Lowest id that no vertebra of this scan has ever had."""
        return self._next_id

    def reserve(self, next_id: int) -> None:
        """Ids below were given."""
        self._next_id = max(self._next_id, next_id)

    def add(self, instance: VertebraInstance, measures: VertebraMeasures) -> VertebraRecord:
        """Show a vertebra that the walk has found."""
        return self.add_record(VertebraRecord(instance=instance, measures=measures))

    def add_record(self, record: VertebraRecord) -> VertebraRecord:
        """Show a vertebra."""
        self.reserve(record.id + 1)
        coloured = self.chain.add(record)
        self.spine.show_vertebrae(self.chain)
        self.spine.colour(self.chain)
        self.spine.paint(coloured.instance)
        return coloured

    def add_records(self, records: Iterable[VertebraRecord]) -> None:
        """Show several vertebrae."""
        for record in records:
            self.reserve(record.id + 1)
            self.spine.paint(self.chain.add(record).instance)
        self.spine.show_vertebrae(self.chain)
        self.spine.colour(self.chain)

    def remove(self, vertebra: int) -> None:
        """Take a vertebra out of table and labels."""
        record = self.chain.remove(vertebra)
        if record is not None:
            self.spine.erase(record.instance)
        if self.selected == vertebra:
            self.select(None)

    def clear(self) -> None:
        """Take all vertebrae out; a deliberate reset, asked for by name."""
        self.chain.clear()
        self.spine.erase_all()
        self.select(None)

    def select(self, vertebra: int | None, *, jump: bool = False) -> None:
        """Choose a vertebra, in the table and as the selected label alike."""
        record = self.chain.get(vertebra) if vertebra is not None else None
        chosen = record.id if record else None
        if record is not None:
            self.spine.select(record.id)
            if jump:
                self.spine.jump_to(record.measures.centroid_voxel)
        if chosen != self.selected:
            self.selected = chosen
            self.selection_changed.emit()
