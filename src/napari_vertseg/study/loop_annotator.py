"""A person at a case, simulated: takes the proposal, corrects it from the truth, submits it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level, head_to_foot_rank
from ..cases import Case, CaseVertebra, ModelRef, Project, ReviewedRange, Verdict
from ..segmentation import Segmentation
from .correcting import Corrected, correct
from .subject import Subject

WHO = "simulated annotator"
_MOST_VALUES = 65536


def annotate(
    project: Project,
    case_id: str,
    subject: Subject,
    proposal: Segmentation,
    model: ModelRef,
) -> Corrected:
    """Keep the proposal, correct it, and submit it for training; returns what it took."""
    corrected = correct(proposal, subject)
    with project.edit(case_id, WHO) as desk:
        case = desk.propose_segmentation(proposal, model)
        labels, vertebrae = as_ids(corrected, subject, case, project.prediction(case))
        case = desk.save(labels, vertebrae)
        desk.submit(_reviewed(case, subject))
    return corrected


def as_ids(
    corrected: Corrected, subject: Subject, case: Case, proposal: NDArray[Any]
) -> tuple[NDArray[np.uint16], list[CaseVertebra]]:
    """Corrected labels with the ids of the case: a vertebra that was proposed keeps its own."""
    values = [int(v) for v in np.unique(corrected.labels) if v]
    known = {v.id: v for v in case.vertebrae}
    table = np.zeros(_MOST_VALUES, dtype=np.uint16)
    rows: list[CaseVertebra] = []
    taken: set[int] = set()
    next_id = case.next_id
    for value in sorted(values, key=head_to_foot_rank):
        own = _mostly(proposal[corrected.labels == value])
        if own is None or own in taken:
            own, next_id = next_id, next_id + 1
        taken.add(own)
        table[value] = own
        row = known.get(own, CaseVertebra(id=own, order=1))
        rows.append(
            replace(
                row,
                order=len(rows) + 1,
                level=Level(value).name,
                verdict=Verdict.ACCEPTED,
                is_complete=subject.is_complete.get(value, False),
            )
        )
    return table[corrected.labels], rows


def _mostly(ids: NDArray[Any]) -> int | None:
    counts = np.bincount(ids.ravel())
    counts[0] = 0
    return int(counts.argmax()) if counts.any() else None


def _reviewed(case: Case, subject: Subject) -> ReviewedRange:
    """A reference that covers a range says so, since bone beyond it is no background."""
    if subject.is_exhaustive:
        return ReviewedRange()
    last = case.vertebrae[-1]
    ends_at_sacrum = last.level == Level.S1.name
    return ReviewedRange(first=case.vertebrae[0].id, last=None if ends_at_sacrum else last.id)
