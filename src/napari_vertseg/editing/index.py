"""Where each id lies in a label volume: one pass at the start, then kept up to date."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..volume import Slices, bounding_slices

Labels = NDArray[np.unsignedinteger[Any]]
"""(z, y, x) of stable vertebra ids, 0 is background."""

Place = tuple[Slices, int]
"""Smallest box around an id, and its number of voxels."""


class LabelIndex:
    """Bounding box and voxel count of every id.

    Looking through 512 × 512 × 600 voxels takes seconds, looking an id up here nothing. The
    price: whoever writes to the volume says so through ``changed``, undo and brush included.
    Boxes are exact, so that a tool works on no more than it must.
    """

    def __init__(self, array: Labels) -> None:
        self._boxes: dict[int, Slices] = {}
        self._voxels: dict[int, int] = {}
        for vertebra, box in enumerate(ndimage.find_objects(array), start=1):
            if box is not None:
                self._boxes[vertebra] = box
                self._voxels[vertebra] = int(np.count_nonzero(array[box] == vertebra))

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids that have voxels, ascending."""
        return tuple(sorted(self._boxes))

    def box(self, vertebra: int) -> Slices | None:
        """Smallest box around an id, None where it has no voxel."""
        return self._boxes.get(vertebra)

    def voxels(self, vertebra: int) -> int:
        """Number of voxels of an id."""
        return self._voxels.get(vertebra, 0)

    def places(self) -> dict[int, Place]:
        """Box and voxel count of every id, as they are now."""
        return {v: (box, self._voxels[v]) for v, box in self._boxes.items()}

    def changed(self, array: Labels, slices: Slices, before: Labels) -> None:
        """Take note of a box that has been written.

        Parameters
        ----------
        array : (z, y, x) unsigned
            The volume as it is now.
        slices : tuple of slice
            The box that was written.
        before : (z, y, x) unsigned
            What the box held.
        """
        after = array[slices]
        moved = after != before
        old, new = before[moved], after[moved]
        for vertebra in _present(new):
            gained = bounding_slices(moved & (after == vertebra))
            if gained is not None:
                self._widen(vertebra, within(slices, gained))
        for vertebra in _present(old) | _present(new):
            count = self.voxels(vertebra)
            count += int(np.count_nonzero(new == vertebra) - np.count_nonzero(old == vertebra))
            self._voxels[vertebra] = count
        for vertebra in _present(old):
            self._tighten(vertebra, array)

    def _widen(self, vertebra: int, box: Slices) -> None:
        old = self._boxes.get(vertebra)
        self._boxes[vertebra] = box if old is None else around(old, box)

    def _tighten(self, vertebra: int, array: Labels) -> None:
        box = self._boxes.get(vertebra)
        # Boxes that were written together are told one by one: it may be gone from all already.
        inner = bounding_slices(array[box] == vertebra) if box is not None else None
        if box is None or inner is None:
            self._boxes.pop(vertebra, None)
            self._voxels.pop(vertebra, None)
        else:
            self._boxes[vertebra] = within(box, inner)


def within(outer: Slices, inner: Slices) -> Slices:
    """Slices of the volume for slices of a box in it."""
    z, y, x = (
        slice(o.start + i.start, o.start + i.stop) for o, i in zip(outer, inner, strict=True)
    )
    return z, y, x


def around(*boxes: Slices) -> Slices:
    """Smallest box that holds all the boxes; at least one."""
    z, y, x = (
        slice(min(s.start for s in axis), max(s.stop for s in axis))
        for axis in zip(*boxes, strict=True)
    )
    return z, y, x


def _present(values: Labels) -> set[int]:
    return {int(v) for v in np.flatnonzero(np.bincount(values))} - {0}
