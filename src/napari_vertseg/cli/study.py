"""``vertseg study``: experiments that anyone can run again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import study_loop, study_trained, values
from .exit_codes import ExitCode

_PARTS = ("real", "dicom", "crops", "phantoms", "syntheses", "starts")


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "study",
        help="measure a model in a way that anyone can repeat",
        description="Walk real scans and unseen phantoms and write a report with every figure. "
        "Parts that are done are kept, so an interrupted study goes on where it stopped.",
    )
    studies = parser.add_subparsers(title="studies", metavar="STUDY", required=True)
    starter = studies.add_parser(
        "starter", help="is a model good enough to ship?", description=run_starter.__doc__
    )
    starter.set_defaults(run=run_starter)
    starter.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    starter.add_argument("--model", metavar="NAME", help="shipped model or model folder")
    starter.add_argument(
        "--data", type=Path, metavar="FOLDER", help="labelled scans, listed in manifest.json"
    )
    starter.add_argument(
        "--part", action="append", choices=_PARTS, help="only this part; may be given again"
    )
    starter.add_argument(
        "--scans",
        type=Path,
        metavar="FOLDER",
        help="keep scans here, so that another model can walk the same ones (default: in OUT)",
    )
    starter.add_argument(
        "--first-phantom",
        type=values.positive,
        metavar="SEED",
        help="of the twenty unseen ones (default: 900000)",
    )
    starter.add_argument(
        "--minutes", type=float, metavar="N", help="begin no further scan after this time"
    )
    starter.add_argument("--device", default="auto", metavar="NAME", help="auto, cpu, cuda or mps")
    starter.add_argument("--threads", type=values.positive, metavar="N", help="of the network")
    suspicion = studies.add_parser(
        "suspicion",
        help="are suspicious masks bad ones?",
        description=run_suspicion.__doc__,
    )
    suspicion.set_defaults(run=run_suspicion)
    suspicion.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    suspicion.add_argument(
        "--model", metavar="NAME", help="shipped model or model folder whose walks are judged too"
    )
    suspicion.add_argument(
        "--data", type=Path, metavar="FOLDER", help="labelled scans to walk, in manifest.json"
    )
    suspicion.add_argument(
        "--short", action="store_true", help="two phantoms of each kind; measures nothing"
    )
    study_trained.add_to(studies)
    study_loop.add_to(studies)


def run_starter(options: argparse.Namespace) -> int:
    """Validation scans both ways, random crops, unseen phantoms, syntheses, starts."""
    from ..network.model import DEFAULT_MODEL, find_model
    from ..network.threads import use_threads
    from ..study.starter import StarterStudy
    from ..study.starter_places import StarterPlaces
    from ..study.starter_sets import FIRST_PHANTOM, PARTS, WITHOUT_DATA
    from ..study.walked_cases import Walker

    if options.threads is not None:
        use_threads(options.threads)
    study = StarterStudy(
        walker=Walker.load(find_model(options.model or DEFAULT_MODEL), options.device, _tell),
        places=StarterPlaces(options.output, options.scans or options.output / "scans"),
        data=options.data,
        parts=options.part or (PARTS if options.data else WITHOUT_DATA),
        tell=_tell,
        minutes=options.minutes,
        first_phantom=options.first_phantom or FIRST_PHANTOM,
    )
    report, is_whole = study.run()
    print(f"report: {report.name} in {report.resolve().parent.name}")
    if not is_whole:
        print("not at its end yet: run the same command again to go on")
    return ExitCode.DONE


def run_suspicion(options: argparse.Namespace) -> int:
    """Errors planted into phantoms, and with a model what it makes of phantoms and scans."""
    from ..network.model import find_model, load_model, weights_sha256
    from ..study.suspicion import run_study

    folder = None if options.model is None else find_model(options.model)
    report = run_study(
        None if folder is None else load_model(folder),
        options.data,
        options.output,
        _tell,
        weights="" if folder is None else weights_sha256(folder),
        is_short=options.short,
    )
    print(f"report: {report}")
    return ExitCode.DONE


def _tell(line: str) -> None:
    print(line, flush=True)
