"""A brush stroke as napari's paint event tells it: a box before and after.

The event carries napari's own history: changes in order, each with the place,
the values before and the value after. Some strokes are told before they are
written (a script that calls ``paint``), others after (the mouse): both boxes
are computed, so that it does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..editing.index import Labels
from ..volume import Slices


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """What one stroke of brush, bucket or polygon changes."""

    box: Slices
    before: Labels
    after: Labels
    """As painted; what is locked has to be put back by whoever takes it."""

    @classmethod
    def of(cls, atoms: Sequence[Any], labels: Labels) -> Stroke | None:
        """A stroke of the value of a paint event; None for an empty one."""
        changes = [_Change.of(atom) for atom in atoms]
        if not changes:
            return None
        box = _around([change.box for change in changes])
        before, after = labels[box].copy(), labels[box].copy()
        for change in changes:
            change.write(after, box, forward=True)
        for change in reversed(changes):
            change.write(before, box, forward=False)
        return cls(box, before, after)

    def is_written(self, labels: Labels) -> bool:
        """Whether the labels show it already."""
        return bool(np.array_equal(labels[self.box], self.after))

    def kept_from(
        self,
        locked: Sequence[int],
        voxels: NDArray[np.int16] | None = None,
        limits_hu: tuple[float, float] | None = None,
    ) -> Labels:
        """(z, y, x) labels of the box with only that painted which may be.

        Parameters
        ----------
        locked : sequence of int
            Ids that neither lose nor win voxels.
        voxels : (z, y, x) int16 HU, optional
            The scan.
        limits_hu : (low, high), optional
            Painting, unlike erasing, keeps to voxels within these.
        """
        forbidden = np.isin(self.before, locked) | np.isin(self.after, locked)
        if voxels is not None and limits_hu is not None:
            hu = voxels[self.box]
            outside = (hu < limits_hu[0]) | (hu > limits_hu[1])
            forbidden |= outside & (self.after != 0)
        return np.where(forbidden, self.before, self.after)


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """One change: of a masked box, or of single voxels."""

    box: Slices
    place: Any
    """Mask within the box (None = all of it), or indices of the volume."""
    old: Any
    new: Any

    @classmethod
    def of(cls, atom: Any) -> _Change:
        if hasattr(atom, "slice_key"):
            z, y, x = (slice(s.start, s.stop) for s in atom.slice_key)
            return cls((z, y, x), atom.mask, atom.old_values, atom.new_value)
        indices, old, new = atom
        z, y, x = (slice(int(axis.min()), int(axis.max()) + 1) for axis in indices)
        return cls((z, y, x), tuple(indices), old, new)

    def write(self, part: Labels, box: Slices, *, forward: bool) -> None:
        """Write it into a box of the volume."""
        value = self.new if forward else self.old
        if isinstance(self.place, tuple):
            part[tuple(i - s.start for i, s in zip(self.place, box, strict=True))] = value
            return
        inner = tuple(
            slice(s.start - outer.start, s.stop - outer.start)
            for s, outer in zip(self.box, box, strict=True)
        )
        if self.place is None:
            part[inner] = value
        else:
            part[inner][self.place] = value


def _around(boxes: Sequence[Slices]) -> Slices:
    z, y, x = (
        slice(min(s.start for s in axis), max(s.stop for s in axis))
        for axis in zip(*boxes, strict=True)
    )
    return z, y, x
