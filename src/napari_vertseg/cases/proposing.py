"""What a model or another tool said of a scan becomes the table of its case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..segmentation import Segmentation
from .case import Case
from .clock import now
from .files import ModelRef, PredictionRecord
from .layout import CaseFolder
from .new_file import cleared
from .saving import check_fit, in_order
from .states import Origin, Status, Verdict
from .vertebra import CaseVertebra, WalkFacts
from .volumes import Ids, write_ids


def proposed(
    case: Case,
    folder: CaseFolder,
    labels: NDArray[Any],
    vertebrae: Sequence[CaseVertebra],
    *,
    origin: Origin,
    model: ModelRef | None,
) -> Case:
    """Write a prediction; the returned case, which names it, is not written.

    See ``CaseDesk.propose``.
    """
    check_fit(case, labels, vertebrae)
    shift = case.next_id - 1
    moved = [replace(v, id=v.id + shift) for v in in_order(vertebrae)]
    ids = np.where(labels > 0, labels.astype(np.uint16) + np.uint16(shift), np.uint16(0))
    number = len(case.predictions) + 1
    path = cleared(folder, f"prediction-{number:04d}.nii.gz")
    record = PredictionRecord(
        number=number,
        made=now(),
        origin=origin,
        model=model,
        labels=write_ids(path, ids, case.source),
    )
    after = replace(
        case,
        next_id=max([case.next_id, *(v.id + 1 for v in moved)]),
        predictions=(*case.predictions, record),
    )
    if case.versions:
        return after
    return replace(after, status=Status.PROPOSED, vertebrae=tuple(moved), reviewed=None)


def of_segmentation(segmentation: Segmentation) -> tuple[Ids, list[CaseVertebra]]:
    """Labels by id and the rows of a table, from what a walk found; head to foot.

    Returns
    -------
    labels : (z, y, x) uint16
        On the grid of the segmentation, incomplete vertebrae included.
    vertebrae : list of CaseVertebra
    """
    labels = np.zeros(segmentation.grid.shape, dtype=np.uint16)
    vertebrae = []
    for order, instance in enumerate(segmentation.instances, start=1):
        labels[instance.slices][instance.mask] = instance.id
        vertebrae.append(
            CaseVertebra(
                id=instance.id,
                order=order,
                level=None if instance.level is None else instance.level.name,
                verdict=Verdict.PROPOSED,
                is_complete=bool(instance.is_complete),
                origin=Origin.MODEL,
                walk=WalkFacts.of(instance),
            )
        )
    return labels, vertebrae
