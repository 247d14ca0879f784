"""What every tool works on: the label volume with its spacing, its boxes and its locks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import Slices, Zyx, ZyxFloat
from .index import LabelIndex, Labels, around
from .proposal import Proposal, propose


@dataclass(frozen=True, eq=False, slots=True)
class EditableLabels:
    """A label volume in the hands of the tools; never copied, only boxes of it are.

    Cheap to make anew from the same array and index, when locks or names have changed.
    """

    array: Labels
    """(z, y, x) stable ids, 0 is background."""
    spacing_mm: ZyxFloat
    index: LabelIndex
    """Boxes of the ids in ``array``; kept up to date by ``apply`` and ``revert``."""
    locked: frozenset[int] = frozenset()
    """Ids that no tool takes a voxel from or gives one to."""
    names: Mapping[int, str] = field(default_factory=dict)
    """What ids are called in steps and messages, "T11" say."""

    @classmethod
    def of(
        cls,
        array: Labels,
        spacing_mm: tuple[float, float, float],
        locked: Iterable[int] = (),
        names: Mapping[int, str] | None = None,
    ) -> EditableLabels:
        """Look through a volume once and take it in hand."""
        spacing = ZyxFloat(*spacing_mm)
        return cls(array, spacing, LabelIndex(array), frozenset(locked), names or {})

    def with_locked(self, locked: Iterable[int]) -> EditableLabels:
        """The same volume and index under other locks."""
        return replace(self, locked=frozenset(locked))

    def called(self, vertebra: int) -> str:
        """Name of an id for people."""
        return self.names.get(vertebra, f"vertebra {vertebra}")

    def box(self, vertebra: int, margin_mm: float = 0.0) -> Slices:
        """Box of an id with a margin, and at least one voxel of it where the volume goes on.

        Raises
        ------
        EditImpossible
            The id has no voxel.
        """
        box = self.index.box(vertebra)
        if box is None:
            raise EditImpossible(
                f"{self.called(vertebra)} has no voxel, so there is nothing to work on; "
                "paint it first or choose another"
            )
        return self.padded(box, margin_mm)

    def padded(self, box: Slices, margin_mm: float) -> Slices:
        """A box with a margin, clipped to the volume."""
        z, y, x = (
            slice(max(s.start - pad, 0), min(s.stop + pad, size))
            for s, mm, size in zip(box, self.spacing_mm, self.array.shape, strict=True)
            for pad in (1 + int(np.ceil(margin_mm / mm)),)
        )
        return z, y, x

    def box_of_all(self, vertebrae: Iterable[int]) -> Slices:
        """Box around several ids; each must have voxels."""
        return around(*(self.box(vertebra) for vertebra in vertebrae))

    def placed(self, start: Zyx, shape: tuple[int, ...]) -> Slices:
        """Slices of a crop that lies at ``start``.

        Raises
        ------
        EditImpossible
            It reaches beyond the volume.
        """
        if any(a < 0 or a + n > m for a, n, m in zip(start, shape, self.array.shape, strict=True)):
            raise EditImpossible(
                f"a mask of {shape} voxels at {tuple(start)} reaches beyond the scan of "
                f"{self.array.shape}; it belongs to another scan or grid"
            )
        z, y, x = (slice(int(a), int(a) + n) for a, n in zip(start, shape, strict=True))
        return z, y, x

    def check_editable(self, *vertebrae: int) -> None:
        """Refuse ids that are background, too large for the volume's numbers, or locked."""
        largest = np.iinfo(self.array.dtype).max
        for vertebra in vertebrae:
            if not 1 <= vertebra <= largest:
                raise EditImpossible(f"{vertebra} is no id of a vertebra: 1 to {largest} are")
            if vertebra in self.locked:
                raise EditImpossible(
                    f"{self.called(vertebra)} is locked and was left as it is; unlock it first"
                )

    def check_unused(self, *vertebrae: int) -> None:
        """Refuse ids that cannot be given to a new vertebra."""
        self.check_editable(*vertebrae)
        for vertebra in vertebrae:
            if self.index.voxels(vertebra):
                raise EditImpossible(
                    f"{self.called(vertebra)} already has voxels, and an id is never given twice; "
                    "choose an unused one"
                )

    def propose(
        self,
        name: str,
        slices: Slices,
        after: Labels,
        protected: NDArray[np.bool_] | None = None,
    ) -> Proposal:
        """A proposal that leaves locked ids alone, and ``protected`` voxels too."""
        kept = np.isin(self.array[slices], list(self.locked))
        return propose(
            name, self.array, slices, after, kept if protected is None else kept | protected
        )

    def apply(self, proposal: Proposal) -> None:
        """Write a proposal and keep the index true."""
        proposal.apply(self.array)
        self.index.changed(self.array, proposal.slices, proposal.before)

    def revert(self, proposal: Proposal) -> None:
        """Take an applied proposal back and keep the index true."""
        proposal.revert(self.array)
        self.index.changed(self.array, proposal.slices, proposal.after)
