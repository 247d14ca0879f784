"""Where the labels of a case say nothing: docs/formats.md, *What counts as truth*."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .case import Case
from .states import Verdict
from .vertebra import CaseVertebra, ReviewedRange
from .volumes import Ids


def without_loss(
    case: Case, labels: Ids, ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Voxels that say nothing about right and wrong.

    Parameters
    ----------
    case : Case
        Its verdicts and its reviewed range; without one, nothing is known.
    labels : (z, y, x) uint16
        Ids on the grid of the case.
    ignore : (z, y, x) bool, optional
        Voxels under the ignore brush.

    Returns
    -------
    (z, y, x) bool
    """
    if case.reviewed is None:
        return np.ones(labels.shape, dtype=bool)
    silent = np.zeros(65536, dtype=bool)
    silent[[v.id for v in _silent(case)]] = True
    no_loss = silent[labels]
    first, last = _counted_slices(case, labels)
    for z, plane in enumerate(labels):
        if not first <= z < last:
            no_loss[z] |= plane == 0
    if ignore is not None:
        no_loss |= ignore
    return no_loss


def beside_the_ends(
    case: Case, labels: Ids, ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Voxels without loss only because a neighbour without label may reach there.

    They lie in the slices of a vertebra at which the reviewed range ends. A process of the
    neighbour is bone; what is no bone there is background, for whoever knows the scan.

    Parameters
    ----------
    case, labels, ignore
        As of ``without_loss``.

    Returns
    -------
    (z, y, x) bool
    """
    beside = np.zeros(labels.shape, dtype=bool)
    ends = () if case.reviewed is None else (case.reviewed.first, case.reviewed.last)
    for end in ends:
        if end is not None:
            first, last = _extent(labels, end)
            beside[first:last] |= labels[first:last] == 0
    return beside if ignore is None else beside & ~ignore


def is_in_range(vertebra: CaseVertebra, case: Case) -> bool:
    """Whether a vertebra lies between the ends of the reviewed range; without one, all do."""
    reviewed = case.reviewed or ReviewedRange()
    top = None if reviewed.first is None else case.vertebra(reviewed.first)
    bottom = None if reviewed.last is None else case.vertebra(reviewed.last)
    is_below_top = top is None or vertebra.order >= top.order
    return is_below_top and (bottom is None or vertebra.order <= bottom.order)


def _silent(case: Case) -> list[CaseVertebra]:
    """Of a case with a reviewed range."""
    return [
        v for v in case.vertebrae if not is_in_range(v, case) or v.verdict is not Verdict.ACCEPTED
    ]


def _counted_slices(case: Case, labels: Ids) -> tuple[int, int]:
    """First and one past the last slice whose unlabelled voxels are background.

    Where the range ends at a vertebra, its own slices are left out: processes
    of the next one, which nobody labelled, reach into them.
    """
    first, last = 0, labels.shape[0]
    if case.reviewed is not None and case.reviewed.first is not None:
        first = _extent(labels, case.reviewed.first)[1]
    if case.reviewed is not None and case.reviewed.last is not None:
        last = _extent(labels, case.reviewed.last)[0]
    return first, last


def _extent(labels: Ids, vertebra: int) -> tuple[int, int]:
    """First and one past the last slice of a vertebra."""
    hits = [z for z, plane in enumerate(labels) if (plane == vertebra).any()]
    return (hits[0], hits[-1] + 1) if hits else (0, 0)
