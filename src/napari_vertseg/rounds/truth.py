"""What a submitted version of a case says is true, voxel by voxel (docs/formats.md).

Instance ids become values that sort from head to foot; what nobody vouches for is
marked as silent: no loss is taken there, and nothing there counts for or against a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..cases import (
    Case,
    CaseVertebra,
    Project,
    Verdict,
    beside_the_ends,
    is_in_range,
    without_loss,
)
from ..errors import CaseIncomplete
from ..volume import Grid

_SACRUM = int(Level.S1)
_MOST_NUMBERS = _SACRUM - 1
"""Values from 1 that are no sacrum; longer chains have levels or are no human's."""


@dataclass(frozen=True, eq=False)
class Truth:
    """Labels of one version with what is known about them."""

    case: str
    version: int
    grid: Grid
    labels: NDArray[np.uint8]
    """(z, y, x) VerSe values where every level is known, else 1 = topmost; 26 the sacrum."""
    has_levels: bool
    names: Mapping[int, str]
    """What people call each value."""
    is_complete: Mapping[int, bool]
    ignored: frozenset[int]
    """Values that are neither target nor background, but in the memory."""
    edited: frozenset[int]
    """Values that a person changed or drew."""
    silent: NDArray[np.bool_]
    """(z, y, x): neither loss nor score."""
    beside_ends: NDArray[np.bool_]
    """(z, y, x) silent voxels that are background all the same where they are no bone."""

    @property
    def targets(self) -> tuple[int, ...]:
        """Values that can be learnt and scored."""
        return tuple(v for v in self.names if v != _SACRUM and v not in self.ignored)


def truth_of(project: Project, case_id: str, version: int) -> Truth:
    """The truth that a version states.

    Raises
    ------
    CaseIncomplete
        No such version, a missing or damaged file, or a chain too long to be numbered.
    """
    case = project.case_at(case_id, version)
    ids = project.labels(project.case(case_id), version)
    ignore = project.ignore(case, version)
    values = _values(case)
    table = np.zeros(65536, dtype=np.uint8)
    for vertebra in case.vertebrae:
        table[vertebra.id] = values[vertebra.id]
    labels = table[ids]
    ignored = frozenset(
        values[v.id]
        for v in case.vertebrae
        if v.verdict is Verdict.IGNORED or not is_in_range(v, case)
    )
    return Truth(
        case=case_id,
        version=version,
        grid=case.source.grid,
        labels=labels,
        has_levels=_has_levels(case),
        names={values[v.id]: v.name for v in case.vertebrae},
        is_complete={values[v.id]: v.is_complete for v in case.vertebrae},
        ignored=ignored,
        edited=frozenset(values[v.id] for v in case.vertebrae if _is_edited(v)),
        silent=without_loss(case, ids, ignore),
        beside_ends=beside_the_ends(case, ids, ignore),
    )


def _values(case: Case) -> dict[int, int]:
    """Id → value in the truth."""
    if _has_levels(case):
        return {v.id: int(v.anatomical) for v in case.vertebrae if v.anatomical is not None}
    values, number = {}, 0
    for vertebra in case.vertebrae:
        if vertebra.anatomical is Level.S1:
            values[vertebra.id] = _SACRUM
        else:
            number += 1
            values[vertebra.id] = number
    if number > _MOST_NUMBERS:
        raise CaseIncomplete(
            f"{case.id} has {number} vertebrae without levels; name one of them, so that the "
            "others can be counted from it."
        )
    return values


def _has_levels(case: Case) -> bool:
    levels = [v.level for v in case.vertebrae]
    return None not in levels and len(set(levels)) == len(levels)


def _is_edited(vertebra: CaseVertebra) -> bool:
    return vertebra.voxels_changed > 0
