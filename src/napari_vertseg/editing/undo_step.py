"""One step that can be undone: boxes of the labels and rows of the table, before and after."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..volume import Slices, bounding_slices

Row = TypeVar("Row")

Wrote = Callable[[Slices, NDArray[Any]], None]

_LEVEL: Final = 1
"""Label maps shrink a hundredfold at the quickest level; more effort saves little."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Part of a label volume before and after it changed, compressed."""

    box: Slices
    """Where; the smallest box around the voxels that differ."""
    dtype: str
    packed_before: bytes
    packed_after: bytes

    @classmethod
    def between(cls, box: Slices, before: NDArray[Any], after: NDArray[Any]) -> Patch | None:
        """What has changed in a box; None where nothing has.

        Parameters
        ----------
        box : slices
            Where both arrays lie in the volume.
        before, after : (z, y, x) whole numbers
            Of the box's shape, and of one dtype.
        """
        inner = bounding_slices(before != after)
        if inner is None:
            return None
        z, y, x = (
            slice(outer.start + part.start, outer.start + part.stop)
            for outer, part in zip(box, inner, strict=True)
        )
        return cls((z, y, x), before.dtype.str, _pack(before[inner]), _pack(after[inner]))

    @property
    def shape(self) -> tuple[int, ...]:
        """Size of the box in voxels."""
        return tuple(s.stop - s.start for s in self.box)

    @property
    def before(self) -> NDArray[Any]:
        """(z, y, x) labels of the box before."""
        return self._unpack(self.packed_before)

    @property
    def after(self) -> NDArray[Any]:
        """(z, y, x) labels of the box after."""
        return self._unpack(self.packed_after)

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return len(self.packed_before) + len(self.packed_after)

    def ids(self) -> set[int]:
        """Labels that lost or won voxels, the background left out."""
        before, after = self.before, self.after
        differs = before != after
        return {int(v) for part in (before, after) for v in np.unique(part[differs])} - {0}

    def _unpack(self, packed: bytes) -> NDArray[Any]:
        flat = np.frombuffer(zlib.decompress(packed), dtype=np.dtype(self.dtype))
        return flat.reshape(self.shape)


@dataclass(frozen=True, slots=True)
class RowChange(Generic[Row]):
    """A row of the table before and after; None where there was, or is, none."""

    before: Row | None
    after: Row | None


def nobody(box: Slices, before: NDArray[Any]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, eq=False)
class Step(Generic[Row]):
    """Something a person did, as small as it can be kept."""

    name: str
    """As it stands in the tooltip of *Undo*: ``brush stroke``, ``merge T11 and T12``."""
    patches: tuple[Patch, ...]
    """In the order in which the boxes changed; they may overlap."""
    rows: Mapping[int, RowChange[Row]]
    """By instance id."""
    ignore: tuple[Patch, ...] = ()
    """Boxes of the mask that says where nothing is learned, likewise in order."""

    @property
    def nbytes(self) -> int:
        """Memory held by the boxes."""
        return sum(patch.nbytes for patch in (*self.patches, *self.ignore))

    @property
    def is_empty(self) -> bool:
        """Nothing has changed."""
        return not (self.patches or self.rows or self.ignore)

    def ids(self) -> set[int]:
        """Vertebrae whose voxels or rows it changes."""
        return set(self.rows).union(*(patch.ids() for patch in self.patches))

    def states(self, *, forward: bool) -> dict[int, Row | None]:
        """Rows as they shall be, by id."""
        return {v: row.after if forward else row.before for v, row in self.rows.items()}

    def apply(
        self,
        labels: NDArray[Any],
        table: MutableMapping[int, Row],
        *,
        forward: bool,
        wrote: Wrote = nobody,
        ignore: NDArray[Any] | None = None,
    ) -> None:
        """Do the step again, or undo it: first the voxels, then the rows, in place.

        Parameters
        ----------
        wrote : callable
            Told every box of the labels that was written, and what it held until then.
        ignore : (z, y, x) uint8, optional
            Needed for a step that has changed it.
        """
        for box, values in _parts(self.patches, forward=forward):
            before = labels[box].copy()
            labels[box] = values
            wrote(box, before)
        for box, values in _parts(self.ignore, forward=forward):
            if ignore is None:
                raise ValueError(f"{self.name}: there is no ignore mask to write to")
            ignore[box] = values
        for vertebra, row in self.states(forward=forward).items():
            if row is None:
                table.pop(vertebra, None)
            else:
                table[vertebra] = row


def row_changes(
    before: Mapping[int, Row], after: Mapping[int, Row], only: Iterable[int] | None = None
) -> dict[int, RowChange[Row]]:
    """Rows that differ between two states of a table."""
    ids = sorted(set(before) | set(after) if only is None else only)
    return {
        vertebra: RowChange(before.get(vertebra), after.get(vertebra))
        for vertebra in ids
        if before.get(vertebra) != after.get(vertebra)
    }


def _parts(patches: tuple[Patch, ...], *, forward: bool) -> Iterator[tuple[Slices, NDArray[Any]]]:
    """Boxes with what has to stand in them, in the order to write them."""
    for patch in patches if forward else reversed(patches):
        yield patch.box, patch.after if forward else patch.before


def _pack(values: NDArray[Any]) -> bytes:
    return zlib.compress(np.ascontiguousarray(values).tobytes(), _LEVEL)
