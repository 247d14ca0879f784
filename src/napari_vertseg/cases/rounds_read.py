"""The training rounds of a project, as far as cases have to know them."""

from __future__ import annotations

from collections.abc import Collection

from .layout import ProjectFolder
from .records import read_as
from .round_record import RoundRecord


def read_rounds(project: ProjectFolder) -> tuple[RoundRecord, ...]:
    """All rounds by number.

    Raises
    ------
    CaseIncomplete
        A record is damaged; who would go on without it might miss a model.
    """
    if not project.rounds.is_dir():
        return ()
    files = [p for p in project.rounds.glob("*.json") if p.stem.isdecimal()]
    return tuple(read_as(RoundRecord, p) for p in sorted(files, key=lambda p: int(p.stem)))


def models_that_saw(rounds: Collection[RoundRecord], patient: str) -> tuple[str, ...]:
    """Names of the models that were trained on a patient, or on from such a model.

    Validation and test count as well: scores chosen on a patient's scans go
    back to them, too.
    """
    names: list[str] = []
    weights: set[str] = set()
    for record in sorted(rounds, key=lambda r: r.number):
        if record.model is None:
            continue
        is_direct = any(case.patient == patient for case in record.cases)
        is_heir = record.parent is not None and record.parent.weights_sha256 in weights
        if is_direct or is_heir:
            names.append(record.model.name)
            weights.add(record.model.weights_sha256)
    return tuple(dict.fromkeys(names))
