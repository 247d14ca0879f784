"""``vertseg study loop``: does correcting, training and correcting again pay?

A model meets scans of a kind that it has not seen. A simulated person corrects its
proposals, round by round; what a correction takes is measured on fresh scans that nobody
trains on, before and after. Everything goes through a project as a person's work does:
proposals, versions, submission, rounds of the trainer as a child process, promotion.

Every measurement is a file, so an interrupted study goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from ..errors import OutputRefused, TrainingFailed, VertsegError
from ..io import write_json_atomic
from ..network.model import find_model, load_model
from ..rounds.models import find_in, ref_of
from ..training import ACTIVE
from .loop_domains import DOMAINS
from .loop_form import Arm, LoopForm, LoopPlace
from .loop_measure import measure
from .loop_project import arm_project, keep_scans
from .loop_report import write_report
from .loop_rounds import Tell, correct_until, train

_FORM: Final = "study.json"


def run_study(base: str, data: Path | None, output: Path, form: LoopForm, tell: Tell) -> Path:
    """Measure what is not measured yet, and write the report.

    Parameters
    ----------
    base : str
        Shipped model or model folder that every arm starts from.
    data : Path, optional
        Folder of real scans with a ``manifest.json``; without it that domain is left out.
    output : Path
        Made where it is absent.
    form : LoopForm
    tell : callable
        Told a line per measurement.

    Returns
    -------
    Path
        ``report.md``; ``summary.json`` and ``curves.png`` lie beside it.

    Raises
    ------
    OutputRefused
        The folder holds a study of another model, or of another form.
    TrainingFailed
        Some arms broke off; the others are measured and reported.
    """
    output.mkdir(parents=True, exist_ok=True)
    _same_study(output / _FORM, base, form)
    names = tuple(name for name in form.domains if name != "real" or data is not None)
    pace, broken = _Pace(form, output, names, tell), []
    for place, arm in form.places(output, names):
        try:
            _run_arm(place, arm, base, data, form, tell, pace.hear)
        except VertsegError as error:
            broken.append(f"{place}: {error}")
            tell(f"{place} broke off: {error}")
        write_report(output, form, names)
    report = write_report(output, form, names)
    if broken:
        raise TrainingFailed(
            f"{len(broken)} arms of the study broke off; the same command goes on with them. "
            + " ".join(broken)
        )
    return report


def _same_study(path: Path, base: str, form: LoopForm) -> None:
    """Two models, or two budgets, in one folder would give means of nothing."""
    ref = ref_of(find_model(base))
    asked = {"model": ref.name, "weights_sha256": ref.weights_sha256, "form": form.decisive()}
    asked = json.loads(json.dumps(asked))  # lists, as they come back
    if not path.is_file():
        write_json_atomic(path, asked)
        return
    known = json.loads(path.read_text(encoding="utf-8"))
    if known != asked:
        changed = ", ".join(key for key in asked if known.get(key) != asked[key])
        raise OutputRefused(
            f"{path.parent.name} holds a study of other settings ({changed}); nothing was "
            "changed. Choose another folder, or go on with the settings in its study.json."
        )


def _run_arm(
    place: LoopPlace,
    arm: Arm,
    base: str,
    data: Path | None,
    form: LoopForm,
    tell: Tell,
    hear: Callable[[float], None],
) -> None:
    if all(place.stage(size).exists() for size in (0, *form.sizes)):
        return
    keep_scans(place, DOMAINS[place.domain], data, form)
    project = arm_project(place, base)
    if not place.stage(0).exists():
        measure(place, 0, load_model(find_model(base)), form, tell)
    for size in form.sizes:
        if place.stage(size).exists():
            continue
        began = perf_counter()
        correct_until(project, place, arm, size, form, tell)
        train(project, place, arm, size, form, tell)
        measure(place, size, load_model(find_in(project, ACTIVE)), form, tell)
        hear(perf_counter() - began)


@dataclass
class _Pace:
    """How many rounds are left, and how long they will take."""

    form: LoopForm
    output: Path
    domains: tuple[str, ...]
    tell: Tell
    seconds: float = 0.0
    rounds: int = 0

    def hear(self, seconds: float) -> None:
        """One more round is measured."""
        self.seconds += seconds
        self.rounds += 1
        places = [place for place, _ in self.form.places(self.output, self.domains)]
        stages = [place.stage(size) for place in places for size in self.form.sizes]
        left = sum(not stage.exists() for stage in stages)
        hours = left * self.seconds / self.rounds / 3600
        self.tell(
            f"{len(stages) - left} of {len(stages)} rounds; this one took {seconds / 60:.1f} min, "
            f"the rest takes about {hours:.1f} h"
        )
