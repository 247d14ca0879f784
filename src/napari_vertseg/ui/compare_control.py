"""Which candidate is looked at, which of its vertebrae, and what is decided about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from ..cases.round_record import Decision
from ..rounds.comparison import CaseChange, VertebraChange
from ..rounds.evidence import ProposalEvidence, evidence
from ..rounds.gate import Outcome
from ..rounds.models import keep, promote, reject, roll_back
from .compare_again import Walked, walks_again
from .compare_judgement import JudgedRound, Judgement, judged_rounds, read_judgement, way_back
from .compare_layers import ComparedLayers
from .compare_masks import Side, ThreeMasks, load_masks
from .messages import Turn
from .retrain_place import model_to_walk_with, workplace_of
from .running import Ended, Running

if TYPE_CHECKING:
    from .session import Session

_DEEDS: dict[Decision, Callable[..., object]] = {
    "promoted": promote,
    "rejected": reject,
    "kept": keep,
}


class CompareControl:
    """Judgement of one candidate at a time."""

    changed = Signal()
    failed = Signal(object)
    """An ``Ended`` with an error."""
    said = Signal(str)
    """A sentence about what was done."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.place = workplace_of(session)
        self.rounds: list[JudgedRound] = []
        self.judgement: Judgement | None = None
        self.evidence: list[ProposalEvidence] = []
        self.back: str | None = None
        """Model that a rollback would use."""
        self.layers = ComparedLayers(session.viewer)
        self.vertebra: VertebraChange | None = None
        """That is looked at."""
        self.is_loading = False
        self.is_blinking = False
        self.comparing = ""
        """How a comparison goes on; empty where none does."""
        self._comparing: Running | None = None
        self._wanted: int | None = None
        self._turning: Running | None = None
        """Held, or its messages would go with it."""
        self.place.changed.connect(self._on_project)
        self.place.moved.connect(self.refresh)
        session.closed.connect(self._on_closed)

    @property
    def chosen(self) -> JudgedRound | None:
        """The round that is looked at, compared or not."""
        return next((r for r in self.rounds if r.number == self._wanted), None)

    def refresh(self) -> None:
        """Read the rounds anew; the newest is shown unless another was chosen."""
        project = self.place.project
        if project is not None:
            self.place.ask(
                lambda: (judged_rounds(project), way_back(project)), self._take_rounds, self._fail
            )

    def choose(self, number: int | None) -> None:
        """Look at the candidate of a round."""
        project = self.place.project
        if project is None or number is None:
            return
        if number != self._wanted:
            self.leave()
        self._wanted = number
        chosen = self.chosen
        if chosen is not None and not chosen.is_compared:
            self.judgement, self.evidence = None, []
            self.changed.emit()
            return
        self.place.ask(lambda: read_judgement(project, number), self._take, self._fail)

    def look_at(self, change: VertebraChange) -> None:
        """Show the three masks of a vertebra."""
        project, judgement = self.place.project, self.judgement
        if project is None or judgement is None or self.is_loading:
            return
        self.vertebra = change
        if self.layers.case == change.case:
            self.layers.look_at(change.value)
            self.blink(True)
            return
        case = next(c for c in judgement.comparison.cases if c.case == change.case)
        self.is_loading = True
        self.changed.emit()
        self.place.ask(
            lambda: load_masks(project, judgement.number, case), self._show, self._not_shown
        )

    def blink(self, on: bool) -> None:
        """Show the masks in turn, or stay at one."""
        self.is_blinking = on and self.layers.case is not None
        self.changed.emit()

    def tick(self) -> None:
        """The next mask."""
        if self.is_blinking:
            self.layers.turn(self.layers.next())
            self.changed.emit()

    def turn(self, side: Side) -> None:
        """Show one mask, and stay at it."""
        if self.layers.case is not None:
            self.is_blinking = False
            self.layers.turn(side)
            self.changed.emit()

    def leave(self) -> None:
        """Take the masks away; what was hidden is shown again."""
        self.is_blinking, self.vertebra = False, None
        self._in_turns(self.layers.closing(), lambda: None)
        self.changed.emit()

    def decide(self, decision: Decision) -> None:
        """Promote, reject or keep the candidate."""
        project, judgement = self.place.project, self.judgement
        if project is None or judgement is None or judgement.reason_against(decision):
            return
        name = judgement.model
        words = {
            "promoted": f"{name} is used from now on. Roll back undoes it.",
            "rejected": f"{name} is rejected; its folder stays.",
            "kept": f"{name} stays beside the model in use.",
        }

        def deed() -> str:
            _DEEDS[decision](project, name, who=self.place.annotator())
            return model_to_walk_with(project)

        self.place.ask(deed, lambda model: self._decided(words[decision], model), self._fail)

    def roll_back(self) -> None:
        """Use the model from before the last promotion."""
        project = self.place.project
        if project is None:
            return

        def deed() -> tuple[str, str]:
            change = roll_back(project, who=self.place.annotator())
            return change.after or "The shipped model", model_to_walk_with(project)

        self.place.ask(
            deed, lambda done: self._decided(f"{done[0]} is used again.", done[1]), self._fail
        )

    def compare_again(self) -> None:
        """Walk all scans that judge with both models, beside the window."""
        project, chosen = self.place.project, self.chosen
        if project is None or chosen is None or self._comparing is not None:
            return
        self.leave()  # the masks will be others
        is_over = False

        def ended(how: Ended) -> None:
            nonlocal is_over
            is_over, self._comparing, self.comparing = True, None, ""
            if how.error is not None:
                self._fail(how)
            self.refresh()
            self.changed.emit()

        self.comparing = f"{chosen.model} and the model in use walk the scans that judge…"
        who = self.place.annotator()
        running = self.session.start(
            lambda: walks_again(project, chosen.model, who), self._take_walked, ended
        )
        if not is_over:  # some starters work at once
            self._comparing = running
        self.changed.emit()

    def stop_comparing(self) -> None:
        """End after the scan under way; the comparison of before stands."""
        if self._comparing is not None:
            self.comparing = "Stopping after this scan; the comparison of before stands."
            self._comparing.stop()
            self.changed.emit()

    def _take_walked(self, walked: Walked) -> None:
        self.comparing = walked.words
        self.changed.emit()

    def _on_closed(self) -> None:
        if self._comparing is not None:
            self._comparing.abandon()

    def _decided(self, words: str, model: str) -> None:
        self.said.emit(words)
        self.place.model_offered.emit(model)
        self.place.moved.emit()

    def _take_rounds(self, found: tuple[list[JudgedRound], str | None]) -> None:
        self.rounds, self.back = found
        numbers = [judged.number for judged in self.rounds]
        newest = numbers[0] if numbers else None
        self.choose(self._wanted if self._wanted in numbers else newest)
        self.changed.emit()

    def _take(self, judgement: Judgement) -> None:
        if judgement.number != self._wanted:
            return  # another was chosen meanwhile
        self.judgement = judgement
        project = self.place.project
        if judgement.verdict.outcome is Outcome.CANNOT_JUDGE and project is not None:
            self.place.ask(lambda: list(evidence(project)), self._take_evidence, self._fail)
        self.changed.emit()

    def _take_evidence(self, found: list[ProposalEvidence]) -> None:
        self.evidence = found
        self.changed.emit()

    def _show(self, three: ThreeMasks) -> None:
        self._in_turns(self.layers.show(three), self._shown)

    def _shown(self) -> None:
        self.is_loading = False
        if self.vertebra is not None:
            self.layers.look_at(self.vertebra.value)
        self.blink(True)

    def _in_turns(self, steps: Iterator[None], done: Callable[[], None]) -> None:
        """One step in each turn of the window's loop; the first one at once."""
        next(steps, None)

        def turns() -> Generator[Any, None, None]:
            for _ in range(len(Side) + 1):
                yield Turn()

        def take(message: object) -> None:
            next(steps, None)

        def ended(how: Ended) -> None:
            deque(steps, maxlen=0)  # what is left where the turns were cut short
            done()

        self._turning = self.session.start(turns, take, ended)

    def _not_shown(self, ended: Ended) -> None:
        self.is_loading, self.vertebra = False, None
        self._fail(ended)

    def _on_project(self) -> None:
        self.stop_comparing()
        self.rounds, self.judgement, self.evidence, self._wanted = [], None, [], None
        self.leave()
        self.refresh()

    def _fail(self, ended: Ended) -> None:
        self.failed.emit(ended)
        self.changed.emit()


def changes_of(judgement: Judgement) -> list[tuple[CaseChange, VertebraChange]]:
    """Every compared vertebra with its case, worst regressions first."""
    cases = {case.case: case for case in judgement.comparison.cases}
    return [(cases[v.case], v) for v in judgement.comparison.vertebrae()]
