"""One round of the loop's study: scans are corrected, then the model is trained on them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np

from ..cases import Case, Project, Role, RoundRecord
from ..errors import TrainingFailed
from ..launch import RunState
from ..network.model import Model, load_model
from ..rounds.ledger import REQUEST, read_rounds
from ..rounds.models import active_name, find_in, promote, ref_of
from ..rounds.queue import queue
from ..rounds.starting import StartedRound, join_round, resume_round, start_round
from ..segmentation import Segmentation
from ..training import ACTIVE
from .case_folders import read_case
from .loop_annotator import WHO, annotate
from .loop_form import Arm, LoopForm, LoopPlace
from .loop_project import folder_of
from .subject import walk

Tell = Callable[[str], None]

_LOOK_SECONDS: Final = 0.3
_SEEDS_APART: Final = 1000


def correct_until(
    project: Project, place: LoopPlace, arm: Arm, size: int, form: LoopForm, tell: Tell
) -> None:
    """Correct the validation scans, then the next scans of the order, with the model in use."""
    walks: _Walks | None = None
    while (role := _lacking(project, size)) is not None:
        walks = walks or _Walks(project, place, form)
        if role is Role.TRAIN and arm.by_queue:
            walks.propose_waiting()
        case_id = _next(project, place, arm, role)
        subject = read_case(folder_of(project, place, case_id))
        took = annotate(project, case_id, subject, walks.of(case_id), walks.ref)
        tell(f"{place}: corrected {project.case(case_id).name} {took.effort()}")


def train(
    project: Project, place: LoopPlace, arm: Arm, size: int, form: LoopForm, tell: Tell
) -> None:
    """One round; its candidate is used whatever the gate would say, since that is measured."""
    name = f"{arm.name}-{size}"
    candidate = _candidate(project, name)
    if candidate is None:
        started = _started(project, place, arm, size, form)
        _wait(started, tell)
        if started.run.state() is RunState.CANCELLED:  # by an interruption a moment ago
            started = _resumed(project, started.number, form)
            _wait(started, tell)
        if started.run.state() is not RunState.FINISHED:
            raise TrainingFailed(started.run.sentence())
        candidate = _candidate(project, name)
    if candidate is None:
        raise TrainingFailed(f"the round {name} ended without a candidate.")
    if active_name(project) != candidate:
        promote(project, candidate, who=WHO)


def _candidate(project: Project, asked: str) -> str | None:
    """What the round that was asked for under this name has made."""
    made = [r.model.name for r in read_rounds(project) if r.model and _asked(r) == asked]
    return made[-1] if made else None


def _asked(record: RoundRecord) -> str | None:
    name: str | None = record.settings[REQUEST].get("name")
    return name


class _Walks:
    """What the model in use makes of the project's scans; each is walked once a round."""

    def __init__(self, project: Project, place: LoopPlace, form: LoopForm) -> None:
        self._project, self._place, self._form = project, place, form
        folder = find_in(project, ACTIVE)
        self.ref = ref_of(folder)
        self._model: Model = load_model(folder)
        self._known: dict[str, Segmentation] = {}

    def of(self, case_id: str) -> Segmentation:
        """The walk of one scan."""
        if case_id not in self._known:
            subject = read_case(folder_of(self._project, self._place, case_id))
            steps = self._form.max_steps
            self._known[case_id] = walk(subject, self._model, max_steps=steps).segmentation
        return self._known[case_id]

    def propose_waiting(self) -> None:
        """What the window does in the background: the queue goes by what the walks say."""
        for case_id in _waiting(self._project, Role.TRAIN):
            prediction = self._project.case(case_id).prediction
            if prediction is not None and prediction.model == self.ref:
                continue
            with self._project.edit(case_id, WHO) as desk:
                desk.propose_segmentation(self.of(case_id), self.ref)


def _lacking(project: Project, size: int) -> Role | None:
    """Role of the next scan to correct; None where the round has all it needs."""
    if _waiting(project, Role.VALIDATION):
        return Role.VALIDATION
    done = [c for c in project.cases() if c.role is Role.TRAIN and c.submitted is not None]
    return Role.TRAIN if len(done) < size and _waiting(project, Role.TRAIN) else None


def _next(project: Project, place: LoopPlace, arm: Arm, role: Role) -> str:
    waiting = _waiting(project, role)
    if role is Role.VALIDATION:
        return waiting[0]
    if arm.by_queue:
        return next(entry.case for entry in queue(project) if entry.case in waiting)
    # The same order from the first scan to the last, however often the study is interrupted.
    pool = [case.id for case in project.cases() if case.role is Role.TRAIN]
    order = np.random.default_rng((place.seed, 7)).permutation(pool)
    return next(str(case_id) for case_id in order if case_id in waiting)


def _waiting(project: Project, role: Role) -> list[str]:
    return [case.id for case in project.cases() if case.role is role and _is_open(case)]


def _is_open(case: Case) -> bool:
    return case.submitted is None


def _started(
    project: Project, place: LoopPlace, arm: Arm, size: int, form: LoopForm
) -> StartedRound:
    """The round of this arm: joined where it runs, resumed where it broke off, else begun."""
    name = f"{arm.name}-{size}"
    for record in read_rounds(project):
        if record.model is None and _asked(record) == name:
            running = _running(project, record.number)
            return running or _resumed(project, record.number, form)
    # With one seed, the made scans of every round would be the same ones again.
    seed = _SEEDS_APART * place.seed + size
    request = form.request(arm, seed=seed, name=name)
    return start_round(project, request, template=form.template, options=form.options, who=WHO)


def _resumed(project: Project, number: int, form: LoopForm) -> StartedRound:
    return resume_round(project, number, template=form.template, options=form.options, who=WHO)


def _running(project: Project, number: int) -> StartedRound | None:
    try:
        started = join_round(project, number)
    except TrainingFailed:
        return None
    return started if started.run.state() is RunState.RUNNING else None


def _wait(started: StartedRound, tell: Tell) -> None:
    try:
        while started.run.state() is RunState.RUNNING:
            _pass_on(started, tell)
            time.sleep(_LOOK_SECONDS)
    except BaseException:
        started.run.cancel()
        raise
    _pass_on(started, tell)


def _pass_on(started: StartedRound, tell: Tell) -> None:
    for event in started.run.poll():
        if event.kind in ("validated", "note", "failed", "finished"):
            dice = (event.values or {}).get("dice")
            said = event.message or (f"Dice {dice:.3f}" if dice is not None else "")
            tell(f"  round {started.number} step {event.step}: {said}")
