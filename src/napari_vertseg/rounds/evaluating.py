"""The cases of a project against their accepted corrections, for ``vertseg evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..cases import Case, PredictionRecord, Project, Role, Status
from ..cases.records import read_as
from ..errors import CaseIncomplete, VertsegError
from ..evaluation import EvaluatedScan, Evaluation, Look, Pair, Pairing, line_of
from ..io import read_labels, write_labels
from ..metrics import ScanScore
from ..metrics.contingency import label_boxes
from ..network.model import Model, load_model
from .compare import MAX_STEPS
from .held_out import HeldOut, score_labels, walk, without_silent

Tell = Callable[[str], None]
Labels = NDArray[Any]


class Side(Protocol):
    """What is held against the corrections."""

    def has(self, case: Case) -> bool:
        """Whether there is, or can be, a prediction of a case."""

    def scored(self, project: Project, case: Case, held: HeldOut) -> tuple[Labels, ScanScore]:
        """(z, y, x) numbers, head to foot, without silent instances; and their score."""

    def model(self, case: Case) -> str | None:
        """Who made it."""


class Proposals:
    """What was proposed before a case was submitted for the first time.

    A model may have been trained on the case since: its later proposals would prove nothing.
    """

    def has(self, case: Case) -> bool:
        """See ``Side``."""
        return _proposal(case) is not None

    def scored(self, project: Project, case: Case, held: HeldOut) -> tuple[Labels, ScanScore]:
        """See ``Side``."""
        record = _proposal(case)
        if record is None:
            raise CaseIncomplete(f"{case.id} has no proposal from before it was submitted.")
        ids = project.prediction(case, record.number)
        boxes = label_boxes(ids)
        downwards = sorted(boxes, key=lambda v: boxes[v][0].start + boxes[v][0].stop)
        numbers = {v: n for n, v in enumerate(downwards, start=1)}
        table = np.zeros(65536, dtype=np.uint8)
        table[list(numbers)] = list(numbers.values())
        labels = without_silent(held, table[ids])
        return labels, score_labels(held, labels, _classes(project, case, record, numbers))

    def model(self, case: Case) -> str | None:
        """See ``Side``."""
        record = _proposal(case)
        return None if record is None or record.model is None else record.model.name


@dataclass(frozen=True, eq=False)
class Walks:
    """What a model makes of every case now."""

    of: Model

    @classmethod
    def load(cls, folder: Path) -> Walks:
        """Of a model folder; raises ``ModelIncompatible``."""
        return cls(load_model(folder))

    def has(self, case: Case) -> bool:
        """See ``Side``."""
        return True

    def scored(self, project: Project, case: Case, held: HeldOut) -> tuple[Labels, ScanScore]:
        """See ``Side``."""
        labels, score = walk(self.of, held, max_steps=MAX_STEPS)
        return without_silent(held, labels), score

    def model(self, case: Case) -> str | None:
        """See ``Side``."""
        return self.of.card.name


def evaluate_project(
    project: Project,
    side: Side,
    masks: Path,
    *,
    role: Role | None = None,
    tell: Tell = lambda line: None,
) -> Evaluation:
    """Score proposals, or a model's walks, against the newest submitted versions.

    Parameters
    ----------
    project : Project
        Excluded cases are left out, and so are those in which nothing was said yet.
    side : Proposals or Walks
        What is scored.
    masks : Path
        Takes what was scored as label maps; made where it is not there.
    role : Role, optional
        Only cases of this role.
    tell : callable
        Told a line per case that was scored.

    Returns
    -------
    Evaluation
        Cases that were proposed and not submitted have no reference; submitted ones
        without a proposal have no prediction.
    """
    wanted = [c for c in project.cases() if c.status is not Status.EXCLUDED]
    wanted = [c for c in wanted if role is None or c.role is role]
    pairs = {c.id: _pair(project, c, masks) for c in wanted if c.submitted and side.has(c)}
    scans, failed = [], []
    for case in (c for c in wanted if c.id in pairs):
        try:
            scan = _evaluated(project, side, case, pairs[case.id])
        except VertsegError as error:
            failed.append((pairs[case.id].name, str(error)))
        else:
            scans.append(scan)
            tell(line_of(scan.score))
    pairing = Pairing(
        tuple(pairs.values()),
        tuple(_name(c) for c in wanted if not c.submitted and c.status is not Status.NEW),
        tuple(_name(c) for c in wanted if c.submitted and not side.has(c)),
    )
    return Evaluation(scans=tuple(scans), pairing=pairing, failed=tuple(failed))


@dataclass(frozen=True, slots=True)
class ProjectLooks:
    """Looks at the cases of a project (see ``evaluation.Looks``)."""

    project: Project

    def __call__(self, pair: Pair) -> Look:
        """Label map of ``masks``, truth and CT of the case."""
        case = self.project.case(pair.reference.name)
        held = _held(self.project, case)
        labels, _ = read_labels(pair.prediction, like=held.scan)
        return Look(labels, held.labels, held.scan.grid, held.scan.voxels)


def _evaluated(project: Project, side: Side, case: Case, pair: Pair) -> EvaluatedScan:
    held = _held(project, case)
    labels, score = side.scored(project, case, held)
    pair.prediction.parent.mkdir(parents=True, exist_ok=True)
    write_labels(pair.prediction, labels, held.scan, overwrite=True)
    return EvaluatedScan(
        pair=pair,
        score=score,
        has_levels=all(Level.__members__.get(n) == v for v, n in held.names.items()),
        marks_from="marks",
        model=side.model(case),
        left_out=0,
    )


def _held(project: Project, case: Case) -> HeldOut:
    if case.submitted is None:
        raise CaseIncomplete(f"{case.id} was not submitted; there is nothing to hold it against.")
    held = HeldOut.of_case(project, case.id, case.submitted.number, "validation")
    return held.called(_name(case))


def _pair(project: Project, case: Case, masks: Path) -> Pair:
    mask = masks / f"{case.id}_vertebrae.nii.gz"
    return Pair(_name(case), mask, project.folder.case(case.id).path)


def _name(case: Case) -> str:
    """Scans of two cases may be called the same."""
    return case.id if case.name == case.id else f"{case.id} {case.name}"


def _proposal(case: Case) -> PredictionRecord | None:
    """The newest one from before the first submission, or of all where there is none."""
    first = next((v for v in case.versions if v.is_submitted), None)
    before = [p for p in case.predictions if first is None or p.made <= first.saved]
    return before[-1] if before else None


def _classes(
    project: Project, case: Case, record: PredictionRecord, numbers: dict[int, int]
) -> dict[int, bool] | None:
    """What the model said of completeness, by number; None of another tool's mask."""
    if record.model is None:
        return None
    then = read_as(Case, project.case_folder(case.id).versions / record.snapshot)
    judged = [v for v in then.vertebrae if v.walk is not None and v.id in numbers]
    return {numbers[v.id]: v.is_complete for v in judged}
