"""``vertseg study loop``: does correcting and training pay?"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from .exit_codes import ExitCode
from .values import positive

_DOMAINS = ("thick", "metal", "real")


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
    parser.add_argument("--seeds", type=positive, metavar="N", help="how many")
    parser.add_argument("--steps", type=positive, metavar="N", help="of training per round")
    parser.add_argument("--threads", type=positive, help="of the trainer")
    parser.add_argument("--device", help="of the trainer: auto, cpu, cuda, cuda:1, mps")


def run(options: argparse.Namespace) -> int:
    """Correct, train and correct again, by a simulated person, and measure what it takes."""
    from ..network.model import DEFAULT_MODEL
    from ..study.loop import run_study
    from ..study.loop_form import LoopForm

    form = LoopForm.short() if options.short else LoopForm()
    if options.domain:
        form = replace(form, domains=tuple(options.domain))
    if options.seeds:
        form = replace(form, seeds=tuple(range(options.seeds)))
    if options.steps:
        form = replace(form, steps=options.steps)
    words = [] if options.threads is None else ["--threads", str(options.threads)]
    words += [] if options.device is None else ["--device", options.device]
    form = replace(form, options=tuple(words))
    model = options.model or DEFAULT_MODEL
    report = run_study(model, options.data, options.output, form, _tell)
    print(f"report: {report}")
    return ExitCode.DONE


def _tell(line: str) -> None:
    print(line, flush=True)
