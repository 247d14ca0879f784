"""How a project stands before a training: scans, models, rounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..cases import Case, Project, Role
from ..errors import VertsegError
from ..launch import RunState, TrainingRun
from ..rounds.ledger import read_rounds, run_folder
from ..rounds.lineage import seen_by
from ..rounds.takes import cases_to_train_on, reason_against
from .models import shipped_names
from .retrain_place import SHIPPED_FIRST


class Use(StrEnum):
    """What a scan is for in the next round."""

    CORRECTED = "train"
    EARLIER = "replay"
    VALIDATION = "judge"
    NONE = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanChoice:
    """One scan of the project, as the next round sees it."""

    case: str
    name: str
    role: Role
    version: int | None
    """Newest submitted version; None where it cannot take part."""
    why_not: str = ""
    """Why it cannot take part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundGlance:
    """The newest round that was ever started."""

    number: int
    state: RunState
    sentence: str
    start: str
    """Name of the model that it began with; empty for nothing."""
    is_judged: bool
    """It has a candidate about which somebody has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A look at the project."""

    name: str
    active: str
    """Name of the model in use."""
    models: tuple[str, ...]
    scans: tuple[ScanChoice, ...]
    seen: Mapping[str, Mapping[str, int]]
    """Model → case → newest version that it was trained on."""
    last: RoundGlance | None

    def called(self, model: str) -> str:
        """A model that a training begins with, in words; empty for none."""
        if not model:
            return ""
        return f"active model ({model})" if model == self.active else f"start model ({model})"

    def uses(self, base: str | None) -> dict[str, Use]:
        """What every scan is for by default, with a model to start from.

        Parameters
        ----------
        base : str, optional
            Name of a model; None starts from nothing.
        """
        seen = self.seen.get(base, {}) if base is not None else {}
        versions = {
            s.case: s.version for s in self.scans if s.role is Role.TRAIN and s.version is not None
        }
        corrected = cases_to_train_on(versions, seen)
        return {s.case: _use(s, corrected, seen) for s in self.scans}

    @property
    def waiting(self) -> int:
        """Scans of the role train that nobody has submitted yet."""
        return sum(s.role is Role.TRAIN and s.version is None for s in self.scans)

    @property
    def judges(self) -> int:
        """Submitted scans that are held out for validation."""
        return sum(s.role is Role.VALIDATION and s.version is not None for s in self.scans)


def look(project: Project) -> Standing:
    """Read it all from the disk; takes seconds in a large project.

    Raises
    ------
    CaseIncomplete
        The project's own record, or that of a round, is damaged.
    """
    # By the names of their folders: reading the cards would load torch into the window.
    own = sorted(card.parent.name for card in project.folder.models.glob("*/model.json"))
    record = project.record
    return Standing(
        name=record.name,
        active=record.active_model or SHIPPED_FIRST,
        models=(*own, *(name for name in shipped_names() if name not in own)),
        scans=tuple(_choice(project, case_id) for case_id in project.ids()),
        seen={name: seen_by(project, name) for name in own},
        last=_last_round(project),
    )


def _use(scan: ScanChoice, corrected: Collection[str], seen: Mapping[str, int]) -> Use:
    if scan.version is None:
        return Use.NONE
    if scan.role is Role.VALIDATION:
        return Use.VALIDATION
    if scan.case in corrected:
        return Use.CORRECTED
    return Use.EARLIER if scan.case in seen else Use.NONE


def _choice(project: Project, case_id: str) -> ScanChoice:
    try:
        case = project.case(case_id)
    except VertsegError as error:
        return ScanChoice(
            case=case_id, name=case_id, role=Role.TEST, version=None, why_not=str(error)
        )
    reason = _reason_against(project, case)
    version = None if reason or case.submitted is None else case.submitted.number
    return ScanChoice(
        case=case.id, name=case.name, role=case.role, version=version, why_not=reason
    )


def _reason_against(project: Project, case: Case) -> str:
    is_test = case.role is Role.TEST
    return reason_against(project, case) or ("test scans are for the very end" if is_test else "")


def _last_round(project: Project) -> RoundGlance | None:
    for record in reversed(read_rounds(project)):
        try:
            run = TrainingRun.join(run_folder(project, record.number))
            deque(iter(run.poll, []), maxlen=0)  # its state is what the last event says
            return RoundGlance(
                number=record.number,
                state=run.state(),
                sentence=run.sentence(),
                start="" if record.parent is None else record.parent.name,
                is_judged=record.model is not None and record.decision != "open",
            )
        except VertsegError:  # asked for, and never started
            continue
    return None
