"""Masks of other tools as vertebrae of a case: values become ids, head to foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..errors import CaseIncomplete
from ..io import read_labels
from ..io.kinds import Kind, kind_of
from ..volume import Scan
from .segment_names import segment_names
from .states import Origin
from .vertebra import CaseVertebra
from .volumes import Ids

Values = Literal["auto", "verse", "numbers"]
"""What the values of a mask mean: VerSe levels, mere numbers, or whatever can be told."""


_CUT_FACE_MM2 = 100.0
"""Tight crops around whole vertebrae leave less on the first and last slice."""


@dataclass(frozen=True, eq=False)
class ForeignLabels:
    """A mask, ready for a case."""

    labels: Ids
    """(z, y, x) ids from 1, head to foot."""
    vertebrae: tuple[CaseVertebra, ...]
    warnings: tuple[str, ...] = ()


def read_foreign(
    path: Path,
    scan: Scan,
    *,
    values: Values = "auto",
    known: Mapping[int, CaseVertebra] | None = None,
) -> ForeignLabels:
    """Read a mask of another tool.

    Parameters
    ----------
    path : Path
        NIfTI, MetaImage or NRRD on the grid of the scan; names of a ``.seg.nrrd`` are read.
    values : {"auto", "verse", "numbers"}
        ``auto``: VerSe where they cannot be a mere count from 1.
    known : mapping, optional
        What is known already, by value: level, completeness, walk.

    Raises
    ------
    ScanUnreadable, CaseIncomplete
        No label map, another grid, no vertebra, or values that are no VerSe ones.
    """
    mask, _ = read_labels(path, scan)
    depth = centres_z(mask)
    if not depth:
        raise CaseIncomplete(f"{path.name} is empty: it holds no vertebra; give another mask.")
    named = segment_names(path) if kind_of(path) is Kind.NRRD else {}
    levels, warnings = _levels(path.name, sorted(depth), values, named)
    cut = _cut_by_scan(mask, scan)
    head_to_foot = sorted(depth, key=lambda value: depth[value])
    table = np.zeros(65536, dtype=np.uint16)
    vertebrae = []
    for number, value in enumerate(head_to_foot, start=1):
        table[value] = number
        fresh = CaseVertebra(
            id=number,
            order=number,
            level=levels.get(value),
            is_complete=value not in cut,
            origin=Origin.MASK,
        )
        given = (known or {}).get(value)
        vertebrae.append(fresh if given is None else replace(given, id=number, order=number))
    return ForeignLabels(table[mask], tuple(vertebrae), warnings)


def centres_z(labels: NDArray[np.uint8] | NDArray[np.uint16]) -> dict[int, float]:
    """Mean slice of every value but 0."""
    size = int(labels.max(initial=0)) + 1
    total, moment = np.zeros(size), np.zeros(size)
    for z, plane in enumerate(labels):
        counts = np.bincount(plane.ravel(), minlength=size)
        total += counts
        moment += z * counts
    return {int(v): float(moment[v] / total[v]) for v in np.flatnonzero(total) if v}


def _cut_by_scan(labels: NDArray[np.uint8] | NDArray[np.uint16], scan: Scan) -> set[int]:
    """Values with a face on the first or last slice: the vertebra goes on beyond the scan."""
    face_mm2 = scan.grid.spacing_mm.y * scan.grid.spacing_mm.x
    area = np.bincount(np.concatenate([labels[0].ravel(), labels[-1].ravel()])) * face_mm2
    return {int(v) for v in np.flatnonzero(area > _CUT_FACE_MM2) if v}


def _levels(
    name: str, found: list[int], values: Values, named: Mapping[int, str]
) -> tuple[dict[int, str], tuple[str, ...]]:
    if named and values == "auto":
        return {v: n for v, n in named.items() if n in Level.__members__}, ()
    verse = {int(level): level.name for level in Level}
    strange = [v for v in found if v not in verse]
    if values == "verse" and strange:
        raise CaseIncomplete(
            f"{name} holds {', '.join(map(str, strange))}, which are no VerSe values (1 to 26, "
            "28); say that its values are mere numbers (--values numbers)."
        )
    is_count = found == list(range(1, len(found) + 1))
    if values == "numbers" or (values == "auto" and (strange or is_count)):
        return {}, _doubt(name, found) if values == "auto" and is_count else ()
    return {v: verse[v] for v in found}, ()


def _doubt(name: str, found: list[int]) -> tuple[str, ...]:
    return (
        f"{name} counts from 1 to {found[-1]}, taken as mere numbers; if they are VerSe levels "
        f"(1 = C1), import it with --values verse.",
    )
