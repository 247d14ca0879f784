"""``vertseg rounds``: what was trained, with what, and what correcting cost."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .annotator import add_who
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..cases import RoundRecord

_LOOK_SECONDS = 0.3


def add_to(commands: Any) -> None:
    """Describe the command and its commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "rounds",
        help="training rounds of a project: list, show, do again; next scans, effort",
        description="Rounds of training in a project; 'vertseg-train finetune' makes them.",
    )
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _part(parts, "list", run_list, "one line per round")
    show = _part(parts, "show", run_show, "everything about a round, as JSON")
    show.add_argument("number", type=int, metavar="N")
    begin = _part(parts, "begin", run_begin, "take a number for a round that is trained elsewhere")
    begin.add_argument("--request", metavar="JSON", default="{}", help="see docs/fine-tuning.md")
    add_who(begin)
    replay = _part(parts, "replay", run_replay, "do a round again: same data, settings and seeds")
    replay.add_argument("number", type=int, metavar="N")
    add_who(replay)
    _part(parts, "effort", run_effort, "minutes and voxels per scan, by the model that proposed")
    _part(parts, "queue", run_queue, "which scan to correct next, and why")
    text = "walk the scans that have no proposal yet, in the order of the queue"
    propose = _part(parts, "propose", run_propose, text)
    propose.add_argument("--case", action="append", metavar="ID", help="only this one")
    propose.add_argument("--model", default="active", metavar="MODEL")
    add_who(propose)


def _part(parts: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = parts.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    parser.add_argument("project", type=Path, metavar="PROJECT", help="folder of the project")
    return parser


def run_list(options: argparse.Namespace) -> int:
    """Number, time, models, cases, decision."""
    from ..cases import Project
    from ..rounds.ledger import read_rounds

    for record in read_rounds(Project.open(options.project)):
        print(_line(record))
    return ExitCode.DONE


def run_show(options: argparse.Namespace) -> int:
    """The record as it stands."""
    from ..cases import Project
    from ..rounds.ledger import read_round
    from ..strict_json import to_jsonable

    record = read_round(Project.open(options.project), options.number)
    print(json.dumps(to_jsonable(record), indent=2, ensure_ascii=False))
    return ExitCode.DONE


def run_begin(options: argparse.Namespace) -> int:
    """Print the number."""
    from ..cases import Project
    from ..errors import TrainingFailed
    from ..rounds.ledger import begin_round
    from ..rounds.models import with_own_base
    from ..strict_json import MalformedJson, from_jsonable
    from ..training import TrainingRequest

    try:
        request = from_jsonable(TrainingRequest, json.loads(options.request))
    except (ValueError, MalformedJson) as error:
        raise TrainingFailed(f"the request cannot be read: {error}.") from None
    project = Project.open(options.project)
    request = with_own_base(project, request)
    print(begin_round(project, request, who=options.annotator).number)
    return ExitCode.DONE


def run_replay(options: argparse.Namespace) -> int:
    """Train as then, and wait for the end."""
    from ..cases import Project
    from ..errors import TrainingFailed
    from ..launch import RunState
    from ..rounds.starting import replay_round

    project = Project.open(options.project)
    started = replay_round(project, options.number, options=(), who=options.annotator)
    print(f"round {started.number} does round {options.number} again", flush=True)
    try:
        while started.run.state() is RunState.RUNNING:
            for event in started.run.poll():
                if event.message:
                    print(event.message, flush=True)
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        started.run.cancel()
        raise
    if started.run.state() is not RunState.FINISHED:
        raise TrainingFailed(started.run.sentence())
    print(started.run.sentence())
    return ExitCode.DONE


def run_effort(options: argparse.Namespace) -> int:
    """The learning curve as a table."""
    from ..cases import Project
    from ..rounds.effort import effort

    print(f"{'proposals of':<20} scans  minutes  voxels changed  vertebrae touched  Dice")
    for point in effort(Project.open(options.project)):
        print(
            f"{point.model or 'other tools':<20} {len(point.scans):>5}  {point.minutes:>7.1f}  "
            f"{point.voxels_changed:>14.0f}  {point.vertebrae_touched:>17.1f}  {point.dice:.3f}"
        )
    return ExitCode.DONE


def run_queue(options: argparse.Namespace) -> int:
    """The next one first."""
    from ..cases import Project
    from ..rounds.queue import queue

    for entry in queue(Project.open(options.project)):
        print(f"{entry.case}  {entry.role:<10}  {entry.name}: {entry.reason}")
    return ExitCode.DONE


def run_propose(options: argparse.Namespace) -> int:
    """The model's word on new scans."""
    from ..cases import Project
    from ..rounds.proposing import propose_all
    from ..rounds.queue import without_proposal

    project = Project.open(options.project)
    wanted = options.case or without_proposal(project)
    propose_all(project, wanted, who=options.annotator, model=options.model, tell=print)
    return ExitCode.DONE


def _line(record: RoundRecord) -> str:
    parent = "nothing" if record.parent is None else record.parent.name
    model = "–" if record.model is None else record.model.name
    train = sum(case.role == "train" for case in record.cases)
    state = record.decision if record.model else record.history[-1].what
    return f"{record.number:>3}  {record.started}  {parent} → {model}  {train} cases  {state}"
