"""Which scan to correct next, and why.

A scan teaches most where the model doubts most; among those, one unlike the scans
that were corrected already. Nothing is loaded for it: what the walk said of each
vertebra stands in ``case.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..cases import Case, CaseVertebra, Project, Role, Status
from ..cases.clock import now
from ..cases.guard import guarded
from ..cases.records import read_as, write_record
from ..strict_json import STRICT
from ..suspicion import SuspicionRules, WalkEvidence
from ..suspicion.reason import Suspicion
from ..suspicion.walk_doubts import walk_doubts

_FILE: Final = "queue.json"
_OPEN: Final = (Status.NEW, Status.PROPOSED, Status.IN_CORRECTION)
_NOVELTY_WEIGHT: Final = 0.3
_VALIDATION_WEIGHT: Final = 1.0
"""Without two validation patients no model can be judged, so these come first."""


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One scan that waits."""

    case: str
    name: str
    role: Role
    status: Status
    score: float
    """The higher, the sooner."""
    reason: str
    """For people."""
    worst_suspicion: float | None
    """Of its vertebrae; None where no walk proposed them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A person's word about one scan of the queue."""

    __pydantic_config__: ClassVar = STRICT
    case: str
    kind: Literal["skipped", "snoozed"]
    """Skipped ones come last; snoozed ones are left out until the time."""
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRecord:
    """What was said about the queue (``queue.json``)."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: Literal["napari-vertseg queue"] = "napari-vertseg queue"
    waiting: tuple[Waiting, ...] = ()


def queue(project: Project, *, rules: SuspicionRules | None = None) -> list[QueueEntry]:
    """Scans to correct, the next one first; test scans are never in it."""
    cases = [case for case in project.cases() if case.status is not Status.EXCLUDED]
    said = {w.case: w for w in read_queue(project).waiting}
    done = [case for case in cases if case.status is Status.DONE]
    lacks_judges = len({c.patient for c in done if c.role is Role.VALIDATION}) < 2
    entries = []
    for case in cases:
        word = said.get(case.id)
        is_asleep = word is not None and word.kind == "snoozed" and (word.until or "") > now()
        if case.status not in _OPEN or case.role is Role.TEST or is_asleep:
            continue
        entry = _entry(case, done, lacks_judges=lacks_judges, rules=rules or SuspicionRules())
        if word is not None and word.kind == "skipped":
            entry = replace(entry, score=entry.score - 10, reason=f"{entry.reason}; skipped")
        entries.append(entry)
    return sorted(entries, key=lambda entry: (-entry.score, entry.case))


def without_proposal(project: Project) -> list[str]:
    """Cases to walk in the background, in the order of the queue."""
    waiting = [entry.case for entry in queue(project)]
    return [case_id for case_id in waiting if project.case(case_id).status is Status.NEW]


def skip(project: Project, case: str) -> None:
    """Put a scan to the end of the queue."""
    _say(project, Waiting(case=case, kind="skipped"))


def snooze(project: Project, case: str, until: str) -> None:
    """Leave a scan out until a time, such as ``2026-03-01T14:31:05Z``."""
    _say(project, Waiting(case=case, kind="snoozed", until=until))


def wake(project: Project, case: str) -> None:
    """Take back what was said about a scan."""
    _say(project, None, case)


def read_queue(project: Project) -> QueueRecord:
    """What was said so far."""
    path = project.folder.path / _FILE
    return read_as(QueueRecord, path) if path.is_file() else QueueRecord()


def suspicion_of(vertebra: CaseVertebra, rules: SuspicionRules) -> float:
    """How much one vertebra deserves a look, from what the walk said."""
    if vertebra.walk is None:
        return 0.0
    facts = vertebra.walk
    evidence = WalkEvidence(
        turn=vertebra.order,
        direction=facts.direction,
        completeness=facts.completeness,
        confidence=facts.confidence,
        entropy=facts.entropy,
        last_overlap=facts.last_overlap,
        steps=facts.steps,
        is_cut_by_patch=facts.is_cut_by_patch,
    )
    return Suspicion.from_reasons(walk_doubts(evidence, rules)).score


def _entry(
    case: Case, done: Sequence[Case], *, lacks_judges: bool, rules: SuspicionRules
) -> QueueEntry:
    # A mask without a walk is neither sure nor doubtful.
    doubts = [suspicion_of(v, rules) for v in case.vertebrae if v.walk is not None]
    novelty = _novelty(case, done)
    is_judge = case.role is Role.VALIDATION and lacks_judges
    mean = float(np.mean(doubts)) if doubts else 0.5
    return QueueEntry(
        case=case.id,
        name=case.name,
        role=case.role,
        status=case.status,
        score=mean + _NOVELTY_WEIGHT * novelty + _VALIDATION_WEIGHT * is_judge,
        reason=_reason(case, doubts, novelty, is_judge=is_judge, has_done=bool(done)),
        worst_suspicion=max(doubts) if doubts else None,
    )


def _novelty(case: Case, done: Iterable[Case]) -> float:
    """0 … 1: how unlike the corrected scans it is, by its voxels and its length."""
    own = _looks(case)
    gaps = [float(np.abs(own - _looks(other)).max()) for other in done]
    return min(min(gaps, default=1.0), 1.0)


def _looks(case: Case) -> NDArray[np.float64]:
    """Logarithms of slice distance, pixel and height; 1 is a factor of e."""
    grid = case.source.grid
    height_mm = grid.shape.z * grid.spacing_mm.z
    return np.asarray(np.log([grid.spacing_mm.z, grid.spacing_mm.x, height_mm]))


def _reason(
    case: Case, doubts: Sequence[float], novelty: float, *, is_judge: bool, has_done: bool
) -> str:
    parts = []
    if is_judge:
        parts.append("held out for validation, and two such patients are needed to judge")
    if case.status is Status.IN_CORRECTION:
        parts.append("begun already")
    if not case.vertebrae:
        parts.append("nothing proposed yet")
    elif all(v.walk is None for v in case.vertebrae):
        parts.append("masks from elsewhere, which no walk has judged")
    elif doubts and max(doubts) > 0:
        many = sum(doubt >= 0.5 for doubt in doubts)
        parts.append(f"{many} of {len(case.vertebrae)} vertebrae look doubtful")
    else:
        parts.append("no vertebra looks doubtful")
    if has_done and novelty > 0.4:
        parts.append("unlike the scans corrected so far")
    return "; ".join(parts)


def _say(project: Project, word: Waiting | None, case: str | None = None) -> None:
    case_id = case if word is None else word.case
    with guarded(project.folder.path):
        record = read_queue(project)
        kept = tuple(w for w in record.waiting if w.case != case_id)
        added = () if word is None else (word,)
        write_record(project.folder.path / _FILE, replace(record, waiting=(*kept, *added)))
