"""Proposals for the scans that wait, made while somebody corrects another one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from ..cases import ModelRef, Project, Status
from ..errors import VertsegError
from ..pipeline import prepare
from ..rounds.models import find_in
from ..rounds.queue import without_proposal
from ..segmentation import Segmentation
from ..training import ACTIVE
from .models import Loaded, Loader
from .wishes import WalkRequest

_NAP_S = 0.2


@dataclass(frozen=True, slots=True)
class Ahead:
    """How it goes on."""

    case: str
    words: str = ""
    """Empty: nothing new, the walk goes on."""
    is_proposed: bool = False


def walk_ahead(
    project: Project, load: Loader, who: str, must_wait: Callable[[], bool]
) -> Generator[Ahead, None, None]:
    """Walk every new case in the order of the queue; stopped after any message, it loses one walk.

    Parameters
    ----------
    load : Loader
        Not that of the viewer: two walks at a time would share its memory.
    must_wait : callable
        True while the person walks: the machine is theirs.

    Raises
    ------
    VertsegError
        The active model cannot be loaded.
    """
    notes: list[str] = []
    request = WalkRequest(model=str(find_in(project, ACTIVE)))
    loaded: Loaded | None = None
    for case_id in without_proposal(project):
        yield Ahead(case_id, f"Walking {case_id} ahead.")
        loaded = loaded or load(request, notes.append)
        try:
            segmentation = yield from _walk(project, case_id, loaded, must_wait)
            yield _kept(project, case_id, segmentation, loaded, who)
        except VertsegError as error:
            yield Ahead(case_id, f"{case_id} has no proposal: {error}")


def _walk(
    project: Project, case_id: str, loaded: Loaded, must_wait: Callable[[], bool]
) -> Generator[Ahead, None, Segmentation]:
    walk = prepare(project.scan(project.case(case_id)), loaded.card, loaded.predict)
    events = walk.events()
    while True:
        while must_wait():
            time.sleep(_NAP_S)
            yield Ahead(case_id)
        try:
            next(events)
        except StopIteration as end:
            return walk.segmentation(end.value.found)
        yield Ahead(case_id)


def _kept(
    project: Project, case_id: str, segmentation: Segmentation, loaded: Loaded, who: str
) -> Ahead:
    if not segmentation.instances:
        return Ahead(case_id, f"{case_id} has no proposal: the walk found no vertebra.")
    record = loaded.record
    model = None
    if record is not None:
        model = ModelRef(name=record.name, weights_sha256=record.weights_sha256)
    with project.edit(case_id, who) as desk:
        if desk.case.status is not Status.NEW:  # somebody was quicker
            return Ahead(case_id, f"{case_id} has a proposal meanwhile.")
        desk.propose_segmentation(segmentation, model)
    many = len(segmentation.instances)
    return Ahead(case_id, f"{case_id} is proposed: {many} vertebrae.", is_proposed=True)
