"""What comes free: how far each proposal was from its correction, before it was trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..cases import Case, ModelRef, Project, RoundCase, VersionRecord
from ..cases.arrays import ids_in
from ..cases.volumes import Ids
from ..metrics import ScanScore, score_scan
from .truth import truth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalEvidence:
    """One proposal against what a person made of it."""

    case: str
    name: str
    model: ModelRef | None
    """That proposed; None for another tool's mask."""
    version: int
    """The submitted version it is held against."""
    saved: str
    """When that was; time."""
    dice: float
    """Mean over the accepted vertebrae, a missing one being 0."""
    by_vertebra: tuple[tuple[str, float], ...]
    """Name and Dice, head to foot."""
    missed: int
    false: int
    minutes: float
    voxels_changed: int
    vertebrae_touched: int


def evidence(project: Project) -> Iterator[ProposalEvidence]:
    """Of every case that had a proposal and was submitted, oldest submission first.

    A proposal that was made after the case had been trained on would prove nothing, so it
    is the newest one from before the first submission that counts.
    """
    done = [case for case in project.cases() if case.submitted is not None]
    for case in sorted(done, key=lambda c: c.submitted.saved if c.submitted else ""):
        found = evidence_of(project, case)
        if found is not None:
            yield found


def evidence_of(project: Project, case: Case) -> ProposalEvidence | None:
    """Of one case; None without a proposal or a submission."""
    first = next((v for v in case.versions if v.is_submitted), None)
    proposals = [p for p in case.predictions if first is not None and p.made <= first.saved]
    if first is None or not proposals:
        return None
    truth = truth_of(project, case.id, first.number)
    proposal = project.prediction(case, proposals[-1].number)
    ignored = np.isin(truth.labels, list(truth.ignored))
    score = score_scan(
        _numbered(proposal),
        np.where(ignored, np.uint8(0), truth.labels),
        truth.grid.spacing_mm,
        name=case.name,
        is_exhaustive=False,
    )
    snapshot = project.case_at(case.id, first.number)
    return ProposalEvidence(
        case=case.id,
        name=case.name,
        model=proposals[-1].model,
        version=first.number,
        saved=first.saved,
        dice=score.dice_mean or 0.0,
        by_vertebra=_named(score, truth.names),
        missed=score.missed,
        false=score.false,
        minutes=minutes_until(case, first),
        voxels_changed=sum(v.voxels_changed for v in case.versions[: first.number]),
        vertebrae_touched=sum(v.voxels_changed > 0 for v in snapshot.vertebrae),
    )


def minutes_until(case: Case, version: VersionRecord) -> float:
    """Of active work on a case up to a version."""
    return sum(v.minutes for v in case.versions[: version.number])


def minutes_of(project: Project, record: RoundCase) -> float:
    """Of active work that went into a version of a round."""
    case = project.case(record.case)
    return sum(v.minutes for v in case.versions[: record.version])


def _numbered(ids: Ids) -> Ids:
    """Ids from 1 without gaps: they are never used twice, and scoring counts up to 2047."""
    table = np.zeros(65536, dtype=np.uint16)
    present = sorted(ids_in(ids))
    table[present] = np.arange(1, len(present) + 1)
    return table[ids]


def _named(score: ScanScore, names: Mapping[int, str]) -> tuple[tuple[str, float], ...]:
    return tuple((names.get(v.reference, str(v.reference)), v.dice) for v in score.vertebrae)
