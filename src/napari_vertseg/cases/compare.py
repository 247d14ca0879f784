"""Two versions of one scan side by side: how far do two annotators agree?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ..errors import CaseIncomplete
from ..metrics import count_shared_voxels
from .case import Case
from .project import Project
from .vertebra import CaseVertebra


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One vertebra in two versions; one side is None where only the other has it."""

    first: CaseVertebra | None
    second: CaseVertebra | None
    dice: float
    """0 where only one side has it."""


def compare_versions(
    project: Project, case_id: str, first: int, second: int
) -> tuple[Agreement, ...]:
    """Dice per vertebra between two versions of a case, head to foot.

    Vertebrae are paired by what they share, not by id: two people may have
    drawn the same vertebra anew.

    Raises
    ------
    CaseIncomplete
        No such version, or a damaged file.
    """
    case = project.case(case_id)
    one, two = project.case_at(case_id, first), project.case_at(case_id, second)
    return agree(one, project.labels(case, first), two, project.labels(case, second))


def compare_cases(one: Project, one_id: str, two: Project, two_id: str) -> tuple[Agreement, ...]:
    """Dice per vertebra between the newest versions of one scan in two projects.

    Raises
    ------
    CaseIncomplete
        They are not of the same scan, or one has no version.
    """
    first, second = one.case(one_id), two.case(two_id)
    if first.source.voxels_sha256 != second.source.voxels_sha256:
        raise CaseIncomplete(
            f"{one_id} ({first.name}) and {two_id} ({second.name}) are different scans; "
            "compare two annotators on one."
        )
    return agree(first, one.labels(first), second, two.labels(second))


def agree(
    one: Case, labels_one: NDArray[Any], two: Case, labels_two: NDArray[Any]
) -> tuple[Agreement, ...]:
    """Pair the vertebrae of two label maps of one grid so that the sum of Dice is largest."""
    counts = count_shared_voxels(_dense(one, labels_one), _dense(two, labels_two))
    dice = counts.dice
    pairs = [
        (counts.predictions[i], counts.references[j], float(dice[i, j]))
        for i, j in zip(*linear_sum_assignment(-dice), strict=True)
        if dice[i, j] > 0
    ]
    rows = [
        Agreement(first=one.vertebrae[i - 1], second=two.vertebrae[j - 1], dice=value)
        for i, j, value in pairs
    ]
    left = {i for i, _, _ in pairs}, {j for _, j, _ in pairs}
    for n, vertebra in enumerate(one.vertebrae, start=1):
        if n not in left[0]:
            rows.append(Agreement(first=vertebra, second=None, dice=0.0))
    for n, vertebra in enumerate(two.vertebrae, start=1):
        if n not in left[1]:
            rows.append(Agreement(first=None, second=vertebra, dice=0.0))
    return tuple(sorted(rows, key=_place))


def _dense(case: Case, labels: NDArray[Any]) -> NDArray[np.uint16]:
    """Ids as places in the table: small numbers, however large the ids have grown."""
    table = np.zeros(65536, dtype=np.uint16)
    for place, vertebra in enumerate(case.vertebrae, start=1):
        table[vertebra.id] = place
    return np.asarray(table[labels])


def _place(row: Agreement) -> tuple[int, int]:
    orders = [v.order for v in (row.first, row.second) if v is not None]
    return orders[0], len(orders)
