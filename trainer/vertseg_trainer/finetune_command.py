"""``vertseg-train finetune``: one round in a project."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil

from napari_vertseg.cases.guard import held_if_free
from napari_vertseg.errors import TrainingFailed
from napari_vertseg.io.atomic import writing
from napari_vertseg.launch.child import announced
from napari_vertseg.strict_json import MalformedJson, from_jsonable, to_jsonable
from napari_vertseg.training import ACTIVE, TrainingRequest

from .options import setup_of

_NOTHING: Final = "nothing"


def add_to(commands: Any, add_runtime: Callable[[argparse.ArgumentParser], None]) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "finetune",
        help="train on the corrected cases of a project, as its next round",
        description="Train on the submitted cases of a project and compare the candidate with "
        "the model in use. Whether it is used from then on, a person decides.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("--project", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--round",
        type=int,
        metavar="N",
        help="go on with a round, or begin one that was asked for, instead of a new one",
    )
    parser.add_argument(
        "--base",
        default=ACTIVE,
        metavar="MODEL",
        help=f"model to start from (default: the one in use); {_NOTHING!r} trains from scratch",
    )
    parser.add_argument(
        "--preset",
        choices=("paper", "small", "tiny"),
        default="small",
        help="network where there is no base",
    )
    parser.add_argument(
        "--case",
        action="append",
        metavar="ID",
        help="a corrected case; may be given again (default: all that the base has not seen)",
    )
    parser.add_argument(
        "--replay", type=float, default=0.5, metavar="SHARE", help="against forgetting"
    )
    parser.add_argument("--edited-weight", type=float, default=2.0, metavar="FACTOR")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--patience", type=int, default=4, metavar="VALIDATIONS")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--name", help="of the candidate (default: round-N)")
    parser.add_argument(
        "--request", metavar="JSON", help="a whole request in place of the options above"
    )
    parser.add_argument(
        "--check", action="store_true", help="say what would fail, as JSON lines; start nothing"
    )
    parser.add_argument(
        "--polite", action="store_true", help="leave the processor to other programs first"
    )
    add_runtime(parser)


def run(options: argparse.Namespace) -> None:
    """Check, begin or go on."""
    from napari_vertseg.cases import Project
    from napari_vertseg.rounds.ledger import begin_round, read_round, run_folder
    from napari_vertseg.rounds.models import with_own_base

    from .finetune import finetune
    from .round_start import check

    if options.polite:
        psutil.Process().nice(10 if os.name == "posix" else psutil.BELOW_NORMAL_PRIORITY_CLASS)
    project = Project.open(options.project)
    if options.check:
        for finding in check(project, request_of(options), setup_of(options)):
            print(json.dumps(to_jsonable(finding), ensure_ascii=False), flush=True)
        return
    number = options.round
    if number is None:
        if "RANK" in os.environ:
            raise TrainingFailed(
                "under torchrun every process would begin a round of its own; begin one with "
                "'vertseg rounds begin' and give its number with --round."
            )
        request = with_own_base(project, request_of(options))
        number = begin_round(project, request).number
        print(f"round {number}", flush=True)
    read_round(project, number)
    with _alone(run_folder(project, number)):
        finetune(project, number, setup_of(options))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two trainers in one folder would write over each other's checkpoints."""
    if os.environ.get("RANK", "0") != "0":  # the first process stands for them all
        yield
        return
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with held_if_free(folder) as is_ours:
        if not is_ours:
            raise TrainingFailed(
                f"a training of round {folder.name} runs already; look at it in napari, or wait "
                "until it has ended."
            )
        with announced(folder):
            yield


def request_of(options: argparse.Namespace) -> TrainingRequest:
    """What was asked for.

    Raises
    ------
    TrainingFailed
        It cannot be done.
    """
    if options.request is not None:
        return _parsed(options.request)
    has_budget = options.minutes is not None or options.steps is not None
    try:
        return TrainingRequest(
            base=None if options.base == _NOTHING else options.base,
            preset=options.preset,
            cases=None if options.case is None else tuple(options.case),
            replay_share=options.replay,
            edited_weight=options.edited_weight,
            minutes=options.minutes if has_budget else TrainingRequest().minutes,
            steps=options.steps,
            learning_rate=options.learning_rate,
            patience=options.patience,
            seed=options.seed,
            name=options.name,
        )
    except ValueError as error:
        raise TrainingFailed(f"this cannot be trained: {error}.") from None


def _parsed(text: str) -> TrainingRequest:
    try:
        return from_jsonable(TrainingRequest, json.loads(text))
    except (ValueError, MalformedJson) as error:
        raise TrainingFailed(f"the request cannot be read: {error}.") from None
