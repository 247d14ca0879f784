"""From the wish to fine-tune to a trainer at work: checked, started, watched, joined, stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from psygnal import Signal

from ..cases import Project
from ..errors import TrainingFailed
from ..launch import HERE, LaunchTemplate, RunState
from ..rounds.starting import CheckRun, StartedRound, join_round, resume_round, start_round
from ..training import ACTIVE, Finding, TrainingEvent, TrainingRequest
from .retrain_curves import Curves
from .retrain_place import Workplace, workplace_of
from .retrain_standing import Standing, look
from .retrain_words import Phase
from .running import Ended

if TYPE_CHECKING:
    from .session import Session

_RESUMABLE: Final = (RunState.CANCELLED, RunState.FAILED, RunState.LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Everything that a training is started with."""

    request: TrainingRequest
    template: LaunchTemplate = HERE
    options: tuple[str, ...] = ("--polite",)


@dataclass(frozen=True, slots=True)
class _Glance:
    """What was found at one look at a run."""

    events: list[TrainingEvent]
    state: RunState
    sentence: str
    log: str


class RetrainControl:
    """One training at a time in the project of a viewer.

    The trainer is a process of its own: closing the viewer leaves it at work, and the next
    one that opens the project joins it.
    """

    changed = Signal()
    """Something that the panel shows."""
    failed = Signal(object)
    """An ``Ended`` with an error."""
    finished = Signal(int)
    """Number of a round whose candidate is there and compared."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.phase = Phase.QUIET
        self.standing: Standing | None = None
        self.findings: list[Finding] = []
        self.is_checked = False
        """The findings are all there are."""
        self.round: StartedRound | None = None
        self.curves = Curves()
        self.sentence = ""
        """How the last round stands or ended."""
        self.log = ""
        """What the trainer printed last."""
        self.can_resume = False
        self.start_name = ""
        """How the model is called that the round began with; empty for none."""
        self._check: CheckRun | None = None
        self._order: Order | None = None
        self._starts_after_check = False
        self._is_looking = False
        self._past: list[StartedRound] = []
        """Kept, since a process that nobody holds is never cleared away."""
        place.changed.connect(self._on_project)
        place.moved.connect(self.refresh)

    @property
    def project(self) -> Project | None:
        """The open project."""
        return self.place.project

    def refresh(self) -> None:
        """Look at the project anew; joins a training that runs."""
        project = self.project
        if project is None:
            return
        self.place.ask(lambda: look(project), self._take_standing, self._fail)

    def check(self, order: Order) -> None:
        """Say what would fail; start nothing."""
        self._begin_check(order, starts=False)

    def train(self, order: Order) -> None:
        """Check, and start where nothing would fail."""
        self._begin_check(order, starts=True)

    def give_up_check(self) -> None:
        """End the check."""
        check, self._check = self._check, None
        if check is not None:
            self.place.ask(check.close, _ignore, self._fail)
        if self.phase is Phase.CHECKING:
            self._enter(Phase.QUIET)

    def stop_and_keep_best(self) -> None:
        """End the training; what was best so far becomes the candidate."""
        if self.round is not None and self.phase is Phase.RUNNING:
            self._enter(Phase.STOPPING)
            self.place.ask(self.round.run.stop_and_keep_best, _ignore, self._fail)

    def cancel(self) -> None:
        """End the training without a candidate; asked twice, at once."""
        if self.round is None or not self.phase.has_run:
            return
        run, is_second = self.round.run, self.phase is Phase.CANCELLING
        self._enter(Phase.CANCELLING)
        self.place.ask(run.kill if is_second else run.cancel, _ignore, self._fail)

    def resume(self, order: Order) -> None:
        """Go on with the last round from its checkpoint."""
        project, before = self.project, self.round
        if project is None or before is None or self.phase is not Phase.QUIET:
            return
        self._start(
            lambda: resume_round(
                project,
                before.number,
                template=order.template,
                options=order.options,
                who=self.place.annotator(),
            ),
            is_new=False,
        )

    def tick(self) -> None:
        """Look whether there is something new; returns at once."""
        if self._is_looking:
            return
        check, started = self._check, self.round
        if self.phase is Phase.CHECKING and check is not None:
            self._look(lambda: (check.is_done(), check.findings()), self._take_findings)
        elif self.phase.has_run and started is not None:
            self._look(lambda: _glance(started), self._take_glance)

    def close(self) -> None:
        """The viewer closes: the check ends with it, the training goes on."""
        check, self._check = self._check, None
        self.phase = Phase.QUIET
        if check is not None:
            check.close()

    def _begin_check(self, order: Order, *, starts: bool) -> None:
        project = self.project
        if project is None or self.phase is not Phase.QUIET:
            return
        self._order, self._starts_after_check = order, starts
        self.findings, self.is_checked, self.sentence = [], False, ""
        self._enter(Phase.CHECKING)
        options = tuple(word for word in order.options if word != "--polite")
        self.place.ask(
            lambda: CheckRun(project, order.request, template=order.template, options=options),
            self._take_check,
            self._fail,
        )

    def _take_check(self, check: CheckRun) -> None:
        if self.phase is not Phase.CHECKING or self._check is not None:
            check.close()  # given up meanwhile
        else:
            self._check = check

    def _take_findings(self, found: tuple[bool, list[Finding]]) -> None:
        is_done, self.findings = found
        if not is_done or self._check is None:
            self.changed.emit()
            return
        check, self._check = self._check, None
        self.place.ask(check.close, _ignore, self._fail)
        self.is_checked = True
        is_free = not any(finding.severity == "blocker" for finding in self.findings)
        project, order = self.project, self._order
        if self._starts_after_check and is_free and project is not None and order is not None:
            self.start_name = self._called(order.request.base)
            self._start(
                lambda: start_round(
                    project,
                    order.request,
                    template=order.template,
                    options=order.options,
                    who=self.place.annotator(),
                )
            )
        else:
            self._enter(Phase.QUIET)

    def _start(self, start: Callable[[], StartedRound], *, is_new: bool = True) -> None:
        self._enter(Phase.STARTING)
        if is_new:
            self.curves = Curves()
        self.place.ask(start, self._take_round, self._fail)

    def _take_round(self, started: StartedRound) -> None:
        if self.round is not None:
            self._past.append(self.round)
        self.round, self.can_resume, self.sentence = started, False, ""
        self._enter(Phase.RUNNING)

    def _take_standing(self, standing: Standing) -> None:
        self.standing = standing
        last, project = standing.last, self.project
        is_known = last is None or (self.round is not None and self.round.number == last.number)
        if last is not None and project is not None and self.phase is Phase.QUIET and not is_known:
            self.curves, self.start_name = Curves(), standing.called(last.start)
            self.place.ask(lambda: join_round(project, last.number), self._take_round, self._fail)
        self.changed.emit()

    def _take_glance(self, glance: _Glance) -> None:
        self.curves.add(glance.events)
        self.log = glance.log
        if glance.state is RunState.RUNNING:
            self.changed.emit()
            return
        self.sentence = glance.sentence
        self.can_resume = glance.state in _RESUMABLE
        self._enter(Phase.QUIET)
        self.place.moved.emit()
        if glance.state is RunState.FINISHED and self.round is not None:
            self.finished.emit(self.round.number)

    def _called(self, base: str | None) -> str:
        if base is None or self.standing is None:
            return ""
        return self.standing.called(self.standing.active if base == ACTIVE else base)

    def _look(self, question: Callable[[], object], answer: Callable[..., None]) -> None:
        self._is_looking = True
        self.place.ask(question, answer, self._fail, self._looked)

    def _looked(self) -> None:
        self._is_looking = False

    def _on_project(self) -> None:
        self.give_up_check()
        self.standing, self.round, self.curves = None, None, Curves()
        self.findings, self.is_checked, self.sentence, self.log = [], False, "", ""
        self.can_resume = False
        self._enter(Phase.QUIET)
        self.refresh()

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.changed.emit()

    def _fail(self, ended: Ended) -> None:
        if not self.phase.has_run or isinstance(ended.error, TrainingFailed):
            self.phase = Phase.QUIET
        self.failed.emit(ended)
        self.changed.emit()


_CONTROLS: Final[WeakKeyDictionary[Session, RetrainControl]] = WeakKeyDictionary()


def control_of(session: Session) -> RetrainControl:
    """The control of a session; it outlives its panel."""
    if session not in _CONTROLS:
        control = RetrainControl(workplace_of(session))
        session.closed.connect(control.close)
        _CONTROLS[session] = control
    return _CONTROLS[session]


def _glance(started: StartedRound) -> _Glance:
    """All that was told, and only then how it stands: a long run is read in pieces."""
    run = started.run
    events = run.poll()
    while more := run.poll():
        events += more
    state = run.state()
    events += run.poll()
    sentence = "" if state is RunState.RUNNING else run.sentence()
    return _Glance(events, state, sentence, run.log_tail(200))


def _ignore(answer: object) -> None:
    """Nothing is to be done with it."""
