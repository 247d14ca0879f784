"""Studies that train networks: ``spine-ct``, ``chest-ct`` and ``ablations``."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import values
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..study.cohorts import CohortName
    from ..study.study_form import StudyForm
    from ..study.study_training import ChildTraining

_GOES_ON = (
    "Whatever is whole is kept: the same command goes on where it stopped, after --minutes too."
)
_PAPER: dict[CohortName, str] = {
    "spine-ct": "The paper's first experiment on made scans: young spines with contrast, "
    "10 scans to train on, 5 to test, walked downwards.",
    "chest-ct": "The paper's second experiment on made scans: low-dose chest CT of the elderly. "
    "A network of 5 scans proposes masks for 20, they are corrected, the final network is "
    "trained on them; 10 scans to test, walked upwards.",
}


def add_to(studies: Any) -> None:
    """Describe the studies."""
    for name, text in _PAPER.items():
        paper = studies.add_parser(name, help=f"the paper's {name}", description=text + _GOES_ON)
        paper.set_defaults(run=partial(run_paper, name))
        _add_common(paper)
        paper.add_argument(
            "--preset",
            choices=("paper", "small", "tiny"),
            help="which network (default: small; the paper's wants a GPU)",
        )
        paper.add_argument(
            "--steps", type=values.positive, metavar="N", help="of the final network"
        )
        paper.add_argument(
            "--data",
            type=Path,
            metavar="FOLDER",
            help="real labelled scans that take part: VerSe, CSI 2014, or with a manifest.json",
        )
    ablations = studies.add_parser(
        "ablations",
        help="what the paper leaves open, as one table",
        description="Train with one thing changed at a time, two seeds and equal steps each, "
        f"and walk unseen phantoms. {_GOES_ON}",
    )
    ablations.set_defaults(run=run_ablations)
    _add_common(ablations)
    ablations.add_argument("--preset", choices=("paper", "small", "tiny"), help="which network")
    ablations.add_argument("--steps", type=values.positive, metavar="N", help="of every network")
    ablations.add_argument(
        "--phantoms", type=int, choices=range(1, 13), metavar="N", help="to walk, 1 to 12"
    )
    ablations.add_argument(
        "--data", type=Path, metavar="FOLDER", help="cases to train on beside phantoms"
    )
    ablations.add_argument(
        "--only", action="append", default=[], metavar="ARM", help="this one; may be given again"
    )


def run_paper(name: CohortName, options: argparse.Namespace) -> int:
    """One of the paper's two experiments."""
    from ..study.cohorts import PLANS
    from ..study.paper_studies import PaperStudy

    study = PaperStudy(
        plan=PLANS[name],
        form=_form(name, options),
        folder=options.output,
        train=_training(options),
        tell=_tell,
        data=options.data,
        device=options.device,
    )
    return _end(study.run())


def run_ablations(options: argparse.Namespace) -> int:
    """What the paper leaves open."""
    from dataclasses import replace

    from ..study.ablation_form import AblationForm
    from ..study.ablations import run_ablations

    form = AblationForm.short() if options.short else AblationForm()
    form = replace(form, **_given(options))
    if options.phantoms is not None:
        form = replace(form, phantoms=options.phantoms)
    report = run_ablations(
        form,
        options.output,
        _training(options),
        _tell,
        data=options.data,
        only=options.only,
    )
    return _end(report)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument(
        "--short", action="store_true", help="a few coarse scans and steps: tries the machinery"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="train for this long, all networks together, then stop",
    )
    parser.add_argument(
        "--start",
        metavar="MODEL",
        help="what every network begins as: shipped model or model folder (default: from nothing)",
    )
    parser.add_argument("--device", default="auto", metavar="NAME", help="auto, cpu, cuda or mps")
    parser.add_argument("--threads", type=values.positive, metavar="N", help="of the network")


def _form(name: CohortName, options: argparse.Namespace) -> StudyForm:
    from dataclasses import replace

    from ..study.study_form import StudyForm

    form = StudyForm.short(name) if options.short else StudyForm()
    given = _given(options)
    if options.steps is not None:  # the preliminary network keeps its share
        given["preliminary_steps"] = max(1, form.preliminary_steps * options.steps // form.steps)
    return replace(form, **given)


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """Options of the form that were given."""
    from ..study.study_settings import StudyStart

    start = _start(options)
    wanted = {
        "preset": options.preset,
        "steps": options.steps,
        "start": start and StudyStart.of(start),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _start(options: argparse.Namespace) -> Path | None:
    from ..network.model import find_model

    return None if options.start is None else find_model(options.start)


def _training(options: argparse.Namespace) -> ChildTraining:
    import time

    from ..study.study_training import ChildTraining

    return ChildTraining(
        ends=None if options.minutes is None else time.monotonic() + 60 * options.minutes,
        start=_start(options),
        device=options.device,
        threads=options.threads,
        loaders=0 if options.short else 1,
    )


def _end(report: Path | None) -> int:
    if report is None:
        print("not at its end yet: run the same command again to go on")
        return ExitCode.DONE
    print(f"report: {report.name} in {report.resolve().parent.name}")
    return ExitCode.DONE


def _tell(line: str) -> None:
    print(line, flush=True)
