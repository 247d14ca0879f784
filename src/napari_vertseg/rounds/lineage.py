"""Which corrections a model has seen, over all rounds that led to it."""

from __future__ import annotations

from collections.abc import Callable

from ..cases import Project, Role, RoundRecord
from .ledger import read_rounds


def rounds_behind(project: Project, model: str | None) -> list[RoundRecord]:
    """Rounds that led to a model, newest first; none for a model of somebody else."""
    by_model = {r.model.name: r for r in read_rounds(project) if r.model is not None}
    found: list[RoundRecord] = []
    name = model
    while name in by_model and by_model[name] not in found:
        record = by_model[name]
        found.append(record)
        name = None if record.parent is None else record.parent.name
    return found


def seen_by(project: Project, model: str | None) -> dict[str, int]:
    """Cases that a model was trained on, each with the newest version it has seen."""
    seen: dict[str, int] = {}
    for record in rounds_behind(project, model):
        for case in record.cases:
            if case.role is Role.TRAIN:
                seen[case.case] = max(seen.get(case.case, 0), case.version)
    return seen


def round_that_learnt(project: Project) -> Callable[[str, str], int | None]:
    """Which round trained first on a patient, or on the very scan whoever's it was said to be.

    A round that left no model has taught nobody anything.

    Returns
    -------
    callable
        From the patient and the hash of the voxels to the number of the round; None where no
        round knows either.
    """
    first: dict[str, int] = {}
    for record in read_rounds(project):
        for case in record.cases if record.model else ():
            if case.role is Role.TRAIN:
                first.setdefault(case.patient, record.number)
                first.setdefault(case.voxels_sha256, record.number)
    return lambda patient, voxels: first.get(patient, first.get(voxels))
