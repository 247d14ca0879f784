"""``vertseg study loop``: does correcting and training pay?"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import CaseIncomplete
from .exit_codes import ExitCode
from .values import above_zero, positive, seed

_DOMAINS = ("thick", "metal", "children", "real")
_ARMS = ("replay", "without-replay", "random-order")


def add_to(studies: Any) -> None:
    """Describe the study."""
    parser: argparse.ArgumentParser = studies.add_parser(
        "loop", help="does correcting and training pay?", description=run.__doc__
    )
    parser.set_defaults(run=run)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument(
        "--model", metavar="NAME", help="shipped model or model folder to start from"
    )
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="real scans, listed in manifest.json"
    )
    parser.add_argument(
        "--short", action="store_true", help="minutes instead of hours: tries the machinery"
    )
    parser.add_argument(
        "--domain", action="append", choices=_DOMAINS, help="only this one; may be given again"
    )
    parser.add_argument("--seeds", type=positive, metavar="N", help="how many (default: 3)")
    parser.add_argument(
        "--seed", action="append", type=seed, metavar="K", help="only this one, counted from 0"
    )
    parser.add_argument(
        "--arm", action="append", choices=_ARMS, help="only this way; may be given again"
    )
    parser.add_argument(
        "--size",
        action="append",
        type=positive,
        metavar="N",
        help="train after so many corrected scans; may be given again (default: 1, 2 and 4)",
    )
    parser.add_argument("--steps", type=positive, metavar="N", help="of training per round")
    parser.add_argument("--learning-rate", type=above_zero, metavar="RATE", help="of a round")
    parser.add_argument("--threads", type=positive, help="of trainer and walks")
    parser.add_argument("--device", help="of the trainer: auto, cpu, cuda, cuda:1, mps")


def run(options: argparse.Namespace) -> int:
    """Correct, train and correct again, by a simulated person, and measure what it takes."""
    from ..network.model import DEFAULT_MODEL
    from ..network.threads import use_threads
    from ..study.loop import run_study
    from ..study.loop_form import LoopForm, Selection

    form = LoopForm.short() if options.short else LoopForm()
    if options.domain:  # the short form leaves one out, until it is asked for
        asked = {*form.domains, *options.domain}
        form = replace(form, domains=tuple(name for name in _DOMAINS if name in asked))
    if options.seeds:
        form = replace(form, seeds=tuple(range(options.seeds)))
    if options.size:
        form = replace(form, sizes=tuple(sorted(set(options.size))))
    if options.steps:
        form = replace(form, steps=options.steps)
    words = [] if options.threads is None else ["--threads", str(options.threads)]
    words += [] if options.device is None else ["--device", options.device]
    form = replace(form, learning_rate=options.learning_rate, options=tuple(words))
    chosen = Selection(
        domains=_known(options.domain, form.domains, "domain"),
        seeds=_known(options.seed, form.seeds, "seed"),
        arms=_known(options.arm, tuple(arm.name for arm in form.arms), "arm"),
    )
    if options.threads is not None:
        use_threads(options.threads)
    model = options.model or DEFAULT_MODEL
    report = run_study(model, options.data, options.output, form, _tell, chosen)
    print(f"report: {report}")
    return ExitCode.DONE


def _known(asked: list[Any] | None, there: tuple[Any, ...], what: str) -> tuple[Any, ...] | None:
    """What was asked for, in the order of the study; it would wait for a stranger for ever."""
    strange = sorted(set(asked or ()) - set(there))
    if strange:
        raise CaseIncomplete(
            f"the {what} {strange[0]} is none of this study ({', '.join(map(str, there))})."
        )
    return None if asked is None else tuple(one for one in there if one in asked)


def _tell(line: str) -> None:
    print(line, flush=True)
