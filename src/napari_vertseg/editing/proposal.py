"""What a tool would change: looked at first, written on *Apply*, forgotten on *Cancel*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EditImpossible
from ..volume import Slices, bounding_slices
from .index import Labels, within


@dataclass(frozen=True, slots=True)
class VoxelChange:
    """What one id wins and loses."""

    gained: int
    lost: int


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Proposal:
    """A change of one box of a label volume; nothing is written until ``apply``.

    Cancelling is dropping it. The same value is the undo step: ``revert`` brings back every
    byte.
    """

    name: str
    """Of the undo step: "Split T11"."""
    slices: Slices
    """The box in the volume, no larger than the change."""
    before: Labels
    """(z, y, x) read-only: the box when the tool looked at it."""
    after: Labels
    """(z, y, x) read-only: the box as the tool would have it."""
    changes: Mapping[int, VoxelChange]
    """Per id that wins or loses voxels; background is left out."""
    spared: Mapping[int, int]
    """Per id the voxels that the tool would have taken and left: locked, or in the way."""

    @property
    def voxels(self) -> int:
        """Number of voxels that change."""
        return int(np.count_nonzero(self.before != self.after))

    def apply(self, array: Labels) -> None:
        """Write the box in place.

        Raises
        ------
        EditImpossible
            The box is no longer what the tool looked at; nothing is written.
        """
        self._write(array, self.before, self.after)

    def revert(self, array: Labels) -> None:
        """Write back what the box held before.

        Raises
        ------
        EditImpossible
            The box is no longer what ``apply`` left; nothing is written.
        """
        self._write(array, self.after, self.before)

    def _write(self, array: Labels, expected: Labels, wanted: Labels) -> None:
        if not np.array_equal(array[self.slices], expected):
            raise EditImpossible(
                f"{self.name}: the labels have changed since this was proposed, so that writing "
                "it would undo other work; run the tool again"
            )
        array[self.slices] = wanted


def propose(
    name: str,
    array: Labels,
    slices: Slices,
    after: Labels,
    protected: NDArray[np.bool_],
) -> Proposal:
    """A proposal for a box, trimmed to what changes.

    Parameters
    ----------
    name : str
        Of the undo step.
    array : (z, y, x) unsigned
        The volume; only the box is read.
    slices : tuple of slice
        The box.
    after : (z, y, x) unsigned
        Wish for the box; owned by the proposal from now on.
    protected : (z, y, x) bool
        Voxels of the box that keep their label whatever the wish.

    Raises
    ------
    EditImpossible
        Nothing would change.
    """
    before = array[slices]
    spared = _count(before[protected & (after != before)])
    np.copyto(after, before, where=protected)
    inner = bounding_slices(after != before)
    if inner is None:
        left = f": all {sum(spared.values())} voxels are locked or taken" if spared else ""
        raise EditImpossible(f"{name}: nothing would change{left}; no step was made")
    was, becomes = _frozen(before[inner]), _frozen(after[inner])
    return Proposal(
        name=name,
        slices=within(slices, inner),
        before=was,
        after=becomes,
        changes=_changes(was, becomes),
        spared=MappingProxyType(spared),
    )


def _changes(before: Labels, after: Labels) -> Mapping[int, VoxelChange]:
    moved = before != after
    lost, gained = _count(before[moved]), _count(after[moved])
    ids = sorted(lost.keys() | gained.keys())
    return MappingProxyType({i: VoxelChange(gained.get(i, 0), lost.get(i, 0)) for i in ids})


def _count(values: Labels) -> dict[int, int]:
    counts = np.bincount(values)
    return {int(v): int(counts[v]) for v in np.flatnonzero(counts) if v}


def _frozen(box: NDArray[Any]) -> NDArray[Any]:
    owned = np.array(box)
    owned.flags.writeable = False
    return owned
