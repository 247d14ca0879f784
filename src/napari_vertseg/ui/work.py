"""What has been done on one scan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from psygnal import Signal

from ..measures import VertebraMeasures
from ..segmentation import VertebraInstance
from ..volume import Scan, Zyx
from . import single_layers
from .chain import Chain
from .edits import restore_locked
from .layers import SpineLayers
from .messages import Edited
from .records import VertebraRecord


class SpineWork:
    """A scan, its vertebrae, and what is chosen in them.

    The chain says what is known about each vertebra, the labels where it is;
    this keeps the two together.
    """

    selection_changed = Signal()
    hand_changed = Signal(object)
    """Ids of the masks that were brought up to date after a hand changed them."""
    painted = Signal()
    """A hand has changed the labels; the table does not know how yet."""

    def __init__(self, spine: SpineLayers) -> None:
        self.spine = spine
        self.chain = Chain(spine.scan.grid)
        self.selected: int | None = None
        self.is_taken_over = False
        """The scan comes from a layer of another reader."""
        self.is_edited = False
        """A hand has changed the labels since the table was last compared with them."""
        self.place: Zyx | None = None
        """Voxel that was clicked last."""
        self._next_id = 1
        self._weighed: tuple[VertebraInstance, ...] = ()
        spine.painted.connect(self._on_painted)
        spine.chosen.connect(self._on_chosen)

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

    def apply_edits(self, edited: Edited) -> None:
        """Take over what a hand has changed in the labels."""
        for vertebra in edited.gone:
            self.chain.remove(vertebra)
        self.hand_changed.emit([r.id for r in edited.records] + list(edited.gone))
        self.chain.update_all([r for r in edited.records if r.id in self.chain])
        self.add_records(r for r in edited.records if r.id not in self.chain)

    def has_new_masks(self) -> bool:
        """Whether masks were found or changed since this was asked last."""
        masks = tuple(record.instance for record in self.chain)
        before, self._weighed = self._weighed, masks
        return len(masks) != len(before) or any(
            a is not b for a, b in zip(masks, before, strict=True)
        )

    def _on_chosen(self, vertebra: int) -> None:
        if vertebra in self.chain:
            self.select(vertebra)

    def _on_painted(self) -> None:
        """Give locked vertebrae their voxels back at once; the rest is for a worker."""
        self.spine.redraw(restore_locked(self.spine.labels, list(self.chain)))
        self.is_edited = True
        self.painted.emit()

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
        self._next_id = 1
        self.select(None)

    def is_split(self) -> bool:
        """Whether vertebrae lie in layers of their own."""
        return single_layers.is_split(self.spine)

    def split(self) -> Iterator[None]:
        """One layer per vertebra; a step for each, so that the window stays awake."""
        single_layers.hide_joint(self.spine)
        for number, record in self.chain.numbered():
            level = record.level.name if record.level else str(number)
            single_layers.split_one(self.spine, record, f"{self.scan.name} vertebra {level}")
            yield

    def join(self) -> None:
        """Back into one layer, with what was painted in the single ones."""
        single_layers.join(self.spine)
        self.is_edited = True

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
