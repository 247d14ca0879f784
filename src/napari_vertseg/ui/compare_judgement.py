"""What is known about a candidate: its comparison, the gate's words, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..cases import Project, RoundRecord
from ..cases.round_record import Decision
from ..errors import CaseIncomplete, TrainingFailed
from ..launch import RunState, TrainingRun
from ..rounds.compare import COMPARISON, read_comparison
from ..rounds.comparison import CaseChange, Comparison, Figures, VertebraChange, VertebraFigures
from ..rounds.gate import GateVerdict, Outcome, judge
from ..rounds.ledger import read_round, read_rounds, run_folder
from ..rounds.models import read_active
from .retrain_place import SHIPPED_FIRST

KINDS = {"validation": "validation", "earlier": "trained on before", "made": "made scan"}
_SIGNS = {
    Outcome.PASSES: "The gate is open.",
    Outcome.FAILS: "The gate is shut.",
    Outcome.CANNOT_JUDGE: "Cannot judge yet.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRound:
    """One line of the choice of rounds."""

    number: int
    model: str
    decision: Decision
    is_compared: bool = True
    """Else its round still runs, or broke off after the training."""
    is_running: bool = False
    """Its trainer is just comparing it."""

    @property
    def words(self) -> str:
        """For the list."""
        decision = "to be decided" if self.decision == "open" else self.decision
        waits = "being compared" if self.is_running else "not compared yet"
        state = decision if self.is_compared else waits
        return f"Round {self.number}: {self.model} · {state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One candidate, and what speaks for and against it."""

    number: int
    model: str
    decision: Decision
    comparison: Comparison
    verdict: GateVerdict
    active_now: str | None
    """Name of the model in use; None for the shipped one that nobody promoted."""

    @property
    def is_active(self) -> bool:
        """Whether the candidate is in use already."""
        return self.active_now == self.model

    @property
    def sentences(self) -> str:
        """What the gate says, and what to know about the comparison."""
        said = " ".join(part for part in (_SIGNS[self.verdict.outcome], *self.verdict.sentences))
        if self.is_active:
            return f"{self.model} is in use. {said}".strip()
        in_use = self.active_now or SHIPPED_FIRST
        if self.comparison.active is not None and in_use != self.before:
            said += f" Mind that it was compared with {self.before}, and {in_use} is in use now."
        return said.strip()

    @property
    def before(self) -> str:
        """Name of the model that the candidate was compared with."""
        return "nothing" if self.comparison.active is None else self.comparison.active.name

    def reason_against(self, decision: Decision) -> str | None:
        """Why a decision cannot be taken; None where it can."""
        if decision == "promoted":
            return "It is the model in use already." if self.is_active else None
        if self.is_active:
            return "It is the model in use; roll back first."
        return f"It is {decision} already." if self.decision == decision else None

    def question_before_promoting(self) -> str | None:
        """What to ask; None where nothing is known to have got worse."""
        # Where the gate cannot judge, the first sentence says why, and the others what fell.
        known_falls = len(self.verdict.sentences) - (self.verdict.outcome is Outcome.CANNOT_JUDGE)
        if self.verdict.outcome is Outcome.PASSES or not known_falls:
            return None
        said = " ".join(self.verdict.sentences)
        return f"{said}\n\nUse {self.model} from now on all the same? It can be rolled back."


def judged_rounds(project: Project) -> list[JudgedRound]:
    """Rounds with a candidate, newest first."""
    records = [r for r in read_rounds(project) if r.model is not None]
    return [_judged(project, record) for record in reversed(records)]


def _judged(project: Project, record: RoundRecord) -> JudgedRound:
    folder = run_folder(project, record.number)
    is_compared = (folder / COMPARISON).is_file()
    return JudgedRound(
        number=record.number,
        model="" if record.model is None else record.model.name,
        decision=record.decision,
        is_compared=is_compared,
        is_running=not is_compared and _is_running(folder),
    )


def _is_running(folder: Path) -> bool:
    try:
        return TrainingRun.join(folder).state() is RunState.RUNNING
    except TrainingFailed:  # nothing was ever started here
        return False


def read_judgement(project: Project, number: int) -> Judgement:
    """The judgement of a round.

    Raises
    ------
    CaseIncomplete
        There is no comparison yet, or it is damaged.
    """
    record = read_round(project, number)
    try:
        comparison = read_comparison(project, number)
    except ValueError as error:
        raise CaseIncomplete(
            f"the comparison of round {number} is damaged ({error}); press Compare again."
        ) from None
    if comparison is None or record.model is None:
        raise CaseIncomplete(f"round {number} has no candidate that was compared yet.")
    return Judgement(
        number=number,
        model=record.model.name,
        decision=record.decision,
        comparison=comparison,
        verdict=judge(comparison),
        active_now=project.record.active_model,
    )


def way_back(project: Project) -> str | None:
    """Name of the model that a rollback would use; None where there is no way back."""
    undo = read_active(project).undoable
    return None if undo is None else undo.before or "the shipped model"


def worst_first(cases: Sequence[CaseChange]) -> list[CaseChange]:
    """Cases, the largest loss first."""
    return sorted(cases, key=lambda case: case.gain)


def outcome_words(change: VertebraChange) -> str:
    """Found, missed, merged or split: before and after."""
    was, now = change.active.outcome, change.candidate.outcome
    return now if was == now else f"{was} → {now}"


def surface_words(was: float | None, now: float | None) -> str:
    """Mean surface distance before and after."""
    return f"{_mm(was)} → {_mm(now)}"


def completeness_words(was: VertebraFigures, now: VertebraFigures) -> str:
    """Whether completeness was told right, before and after."""
    return f"{_right(was.is_completeness_right)} → {_right(now.is_completeness_right)}"


def count_words(was: Figures, now: Figures) -> str:
    """Found, missed, merged, false of a case, before and after."""
    names = ("found", "missed", "merged", "false")
    return ", ".join(f"{name} {getattr(was, name)} → {getattr(now, name)}" for name in names)


def case_words(case: CaseChange) -> str:
    """A whole case in a sentence."""
    was, now = case.active, case.candidate
    complete = (
        f"; completeness {was.completeness_right}/{was.completeness_known} → "
        f"{now.completeness_right}/{now.completeness_known} right"
        if now.completeness_known
        else ""
    )
    return (
        f"{case.name} ({KINDS[case.kind]}): Dice {was.dice:.3f} → {now.dice:.3f} "
        f"({case.gain:+.3f}), {surface_words(was.asd_mm, now.asd_mm)} mm; "
        f"{count_words(was, now)}{complete}."
    )


def _mm(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _right(value: bool | None) -> str:
    return "–" if value is None else "right" if value else "wrong"
