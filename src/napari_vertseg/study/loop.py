"""``vertseg study loop``: does correcting, training and correcting again pay?

A model meets scans of a kind that it has not seen. A simulated person corrects its
proposals, round by round; what a correction takes is measured on fresh scans that nobody
trains on, before and after. Everything goes through a project as a person's work does:
proposals, versions, submission, rounds of the trainer as a child process, promotion.

Every measurement is a file, so an interrupted study goes on where it stopped; and several
commands may work in one folder, since each takes only what no other has in hand.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter, sleep
from typing import Final

from ..cases.guard import held_if_free
from ..errors import TrainingFailed, VertsegError
from ..network.model import find_model
from ..rounds.models import find_in, ref_of
from ..training import ACTIVE
from .claimed import claim
from .loop_domains import DOMAINS
from .loop_form import EVERYTHING, Arm, LoopForm, LoopPlace, Selection
from .loop_measure import measure
from .loop_pace import Pace
from .loop_project import arm_project, forget_orphans, keep_scans
from .loop_report import write_report
from .loop_rounds import Tell, correct_until, train

_LOOK_SECONDS: Final = 1.0
_TRIES: Final = 2
"""Nobody may be there to start the command again."""


def run_study(
    base: str,
    data: Path | None,
    output: Path,
    form: LoopForm,
    tell: Tell,
    part: Selection = EVERYTHING,
) -> Path:
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
        The whole study.
    tell : callable
        Told a line per measurement.
    part : Selection
        What this command does of it.

    Returns
    -------
    Path
        ``report.md``; ``summary.json`` and ``curves.png`` lie beside it. They are of all that
        is measured so far, by whatever command, and written anew after every round.

    Raises
    ------
    CaseIncomplete
        The folder holds a study of another model, or of another form.
    TrainingFailed
        Some arms broke off; the others are measured and reported.
    """
    ref = ref_of(find_model(base))
    model = {"model": ref.name, "weights_sha256": ref.weights_sha256}
    claim(output, {**model, "form": form.decisive()})
    names = tuple(name for name in form.domains if name != "real" or data is not None)
    if names != form.domains:
        tell("real scans are left out: there is no --data")
    study = _Study(base, data, output, form, names, tell, part)
    broken = study.run()
    report = write_report(output, form, names)
    if broken:
        raise TrainingFailed(
            f"{len(broken)} arms of the study broke off; the same command goes on with them. "
            + " ".join(broken)
        )
    return report


class _Study:
    """What the arms of one command share."""

    def __init__(
        self,
        base: str,
        data: Path | None,
        output: Path,
        form: LoopForm,
        domains: tuple[str, ...],
        tell: Tell,
        part: Selection,
    ) -> None:
        self._base, self._data, self._output = base, data, output
        self._form, self._domains, self._tell = form, domains, tell
        self._places = list(form.places(output, domains, part))
        self._pace = Pace(form, [place for place, _ in self._places], tell)

    def run(self) -> list[str]:
        """All arms that no other process has in hand; says what broke off twice."""
        broken: dict[LoopPlace, str] = {}
        for _ in range(_TRIES):
            for place, arm in self._places:
                if place.is_measured(self._form.sizes):
                    continue
                broken.pop(place, None)
                try:
                    self._arm(place, arm)
                except (VertsegError, OSError, MemoryError, RuntimeError) as error:
                    broken[place] = f"{place}: {error}"
                    self._tell(f"{place} broke off: {error}")
        return list(broken.values())

    def _arm(self, place: LoopPlace, arm: Arm) -> None:
        place.folder.mkdir(parents=True, exist_ok=True)
        with held_if_free(place.folder) as is_ours:
            if is_ours:
                self._rounds(place, arm)
            else:
                self._tell(f"{place} is in the hands of another process")

    def _rounds(self, place: LoopPlace, arm: Arm) -> None:
        form, tell = self._form, self._tell
        self._begin(place)
        forget_orphans(place, form)
        project = arm_project(place, self._base)
        for size in form.sizes:
            if place.stage(size).exists():
                continue
            began = perf_counter()
            correct_until(project, place, arm, size, form, tell)
            train(project, place, arm, size, form, tell)
            measure(place, size, find_in(project, ACTIVE), form, tell)
            self._pace.hear(perf_counter() - began)
            write_report(self._output, form, self._domains)

    def _begin(self, place: LoopPlace) -> None:
        """Scans and what they take before the first round: once for all arms, by one process."""
        while True:
            with held_if_free(place.scans.parent) as is_ours:
                if is_ours:
                    keep_scans(place, DOMAINS[place.domain], self._data, self._form)
                    if not place.stage(0).exists():
                        measure(place, 0, find_model(self._base), self._form, self._tell)
                        write_report(self._output, self._form, self._domains)
                    return
            sleep(_LOOK_SECONDS)
