"""The numbered records of a project's rounds; a number is taken once, by whoever comes first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from ..cases import HistoryEntry, Project, RoundRecord, rounds_read
from ..cases.clock import now
from ..cases.guard import guarded
from ..cases.records import read_as, write_record
from ..errors import CaseIncomplete, OutputRefused
from ..strict_json import MalformedJson, from_jsonable, to_jsonable
from ..training import TrainingConfig, TrainingRequest
from .model_names import check_name

Setting = TypeVar("Setting")

_NUMBER: Final = re.compile(r"(\d+)\.json")
_MOST_TRIES: Final = 100
REQUEST: Final = "request"
"""Key of ``RoundRecord.settings``: what was asked, a ``TrainingRequest``."""
TRAINING: Final = "training"
"""Key of ``RoundRecord.settings``: the ``TrainingConfig`` that came of it."""
REACHED: Final = "reached"
"""Key of ``RoundRecord.settings``: the step at which the training ended."""
WALKED: Final = "walked"
"""Key of ``RoundRecord.settings``: the steps whose weights walked the scans that decide."""


def begin_round(project: Project, request: TrainingRequest, *, who: str = "") -> RoundRecord:
    """Take the next number; two callers at the same time get two numbers.

    Raises
    ------
    OutputRefused
        The project cannot be written, or the asked name cannot be a model's.
    """
    if request.name is not None:
        check_name(request.name)
    project.folder.rounds.mkdir(parents=True, exist_ok=True)
    for _ in range(_MOST_TRIES):
        record = RoundRecord(
            number=max(round_numbers(project), default=0) + 1,
            started=now(),
            settings={REQUEST: to_jsonable(request)},
            seeds=(request.seed,),
            history=(HistoryEntry(when=now(), who=who, what="asked for"),),
        )
        try:
            write_record(_path(project, record.number), record, overwrite=False)
        except OutputRefused:
            if _path(project, record.number).exists():
                continue  # somebody else took it
            raise
        return record
    raise OutputRefused("no number is free for a new round; look into the project's rounds.")


def begin_again(project: Project, number: int, *, who: str = "") -> RoundRecord:
    """A new round with the data, settings and seeds of an earlier one.

    Raises
    ------
    CaseIncomplete
        There is no such round, or it never came to its end.
    """
    before = read_round(project, number)
    config, reached = training_of(before), before.settings.get(REACHED)
    if not isinstance(reached, int):
        raise CaseIncomplete(
            f"round {number} never came to its end, so there is nothing to do again; resume it."
        )
    walked = before.settings.get(WALKED)
    request = replace(
        request_of(before),
        minutes=None,
        steps=reached,
        patience=None,
        name=None,
        walk_at=tuple(walked) if isinstance(walked, list) else None,
    )
    begun = begin_round(project, request, who=who)
    return change_round(
        project,
        begun.number,
        lambda record: replace(
            record,
            parent=before.parent,
            cases=before.cases,
            settings={**record.settings, TRAINING: to_jsonable(config)},
            seeds=before.seeds,
            minutes=before.minutes,
        ),
        what=f"round {number} again",
        who=who,
    )


def round_numbers(project: Project) -> list[int]:
    """Numbers of all rounds, rising."""
    if not project.folder.rounds.is_dir():
        return []
    found = (_NUMBER.fullmatch(path.name) for path in project.folder.rounds.iterdir())
    return sorted(int(match[1]) for match in found if match)


def read_round(project: Project, number: int) -> RoundRecord:
    """One round.

    Raises
    ------
    CaseIncomplete
        There is none of that number, or its record is damaged.
    """
    path = _path(project, number)
    if not path.is_file():
        known = ", ".join(str(n) for n in round_numbers(project)) or "none"
        raise CaseIncomplete(f"there is no round {number} in this project (rounds: {known}).")
    return read_as(RoundRecord, path)


def read_rounds(project: Project) -> list[RoundRecord]:
    """All rounds, oldest first."""
    return list(rounds_read.read_rounds(project.folder))


def change_round(
    project: Project,
    number: int,
    edit: Callable[[RoundRecord], RoundRecord],
    *,
    what: str,
    who: str = "",
) -> RoundRecord:
    """Change a record, however many processes do so at the same time; the history says what."""
    with guarded(project.folder.rounds):
        before = read_round(project, number)
        after = edit(before)
        if what:
            entry = HistoryEntry(when=now(), who=who, what=what)
            after = replace(after, history=(*before.history, entry))
        write_record(_path(project, number), after)
    return after


def run_folder(project: Project, number: int) -> Path:
    """Where the training of a round lives: checkpoint, events, log, comparison."""
    return project.folder.rounds / str(number)


def request_of(record: RoundRecord) -> TrainingRequest:
    """What was asked of a round."""
    return _setting(record, REQUEST, TrainingRequest)


def training_of(record: RoundRecord) -> TrainingConfig:
    """The settings that a round was trained with.

    Raises
    ------
    CaseIncomplete
        It never came so far.
    """
    return _setting(record, TRAINING, TrainingConfig)


def _setting(record: RoundRecord, key: str, kind: type[Setting]) -> Setting:
    try:
        return from_jsonable(kind, record.settings[key])
    except (KeyError, MalformedJson) as error:
        reason = "it was never trained" if isinstance(error, KeyError) else str(error)
        raise CaseIncomplete(f"round {record.number} cannot be used: {reason}.") from None


def _path(project: Project, number: int) -> Path:
    return project.folder.rounds / f"{number}.json"
