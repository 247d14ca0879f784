"""``vertseg study loop``: does correcting, training and correcting again pay?

A model meets scans of a kind that it has not seen. A simulated person corrects its
proposals, round by round; what a correction takes is measured on fresh scans that nobody
trains on, before and after. Everything goes through a project as a person's work does:
proposals, versions, submission, rounds of the trainer as a child process, promotion.

Every measurement is a file, so an interrupted study goes on where it stopped.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..cases import Project, Role, import_scan
from ..errors import TrainingFailed
from ..io import write_json_atomic
from ..launch import RunState
from ..network.model import Model, find_model, load_model
from ..rounds.ledger import read_rounds
from ..rounds.models import active_name, find_in, promote, ref_of
from ..rounds.queue import queue
from ..rounds.starting import StartedRound, join_round, resume_round, start_round
from ..training import ACTIVE
from .case_folders import keep_case, read_case
from .correcting import correct
from .loop_annotator import WHO, annotate
from .loop_domains import DOMAINS, Domain, Part, made_subject, real_subjects
from .loop_form import Arm, LoopForm, LoopPlace
from .loop_report import write_report
from .subject import Subject, score, walk

Tell = Callable[[str], None]
Stage = dict[str, Any]

_LOOK_SECONDS: Final = 0.3
_MADE_PARTS: Final[tuple[Part, ...]] = ("pool", "validation", "fresh", "earlier")
_PARTS_OF_ROLE: Final[dict[Part, Role]] = {"pool": Role.TRAIN, "validation": Role.VALIDATION}


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
    """
    output.mkdir(parents=True, exist_ok=True)
    names = [name for name in form.domains if name != "real" or data is not None]
    for name in names:
        for seed in form.seeds:
            for arm in form.arms:
                place = LoopPlace(output, name, seed, arm.name)
                _run_arm(place, DOMAINS[name], arm, base, data, form, tell)
                write_report(output, form, names)
    return write_report(output, form, names)


def _run_arm(
    place: LoopPlace,
    domain: Domain,
    arm: Arm,
    base: str,
    data: Path | None,
    form: LoopForm,
    tell: Tell,
) -> None:
    if all(place.stage(size).exists() for size in (0, *form.sizes)):
        return
    _keep_scans(place, domain, data, form)
    project = _project(place, base, form)
    if not place.stage(0).exists():
        _measure(place, 0, load_model(find_model(base)), form, tell)
    for size in form.sizes:
        if not place.stage(size).exists():
            _correct_until(project, place, arm, size, form, tell)
            _train(project, place, arm, size, form, tell)
            _measure(place, size, load_model(find_in(project, ACTIVE)), form, tell)


def _keep_scans(place: LoopPlace, domain: Domain, data: Path | None, form: LoopForm) -> None:
    """Make or read every scan once, for all arms."""
    if domain.draw is None:
        if data is None:
            raise ValueError("real scans need a folder")
        for part in _MADE_PARTS:
            for subject in real_subjects(data, part):
                keep_case(place.scans / part / subject.scan.name, partial(_itself, subject))
        usual = DOMAINS["thick"]
        _keep_made(place, usual, "earlier", form.earlier, form)
        return
    counts = (form.pool, form.validation, form.fresh, form.earlier)
    for part, count in zip(_MADE_PARTS, counts, strict=True):
        _keep_made(place, domain, part, count, form)


def _itself(subject: Subject) -> Subject:
    return subject


def _keep_made(place: LoopPlace, domain: Domain, part: Part, count: int, form: LoopForm) -> None:
    for number in range(count):

        def make(number: int = number) -> Subject:
            return made_subject(domain, part, place.seed, number, height_mm=form.height_mm)

        keep_case(place.scans / part / f"{part}-{number + 1:02d}", make)


def _project(place: LoopPlace, base: str, form: LoopForm) -> Project:
    """The arm's project, with all scans that a person has; begun anew where it broke off."""
    if (place.project / "vertseg.json").is_file():
        project = Project.open(place.project)
    else:
        project = Project.create(place.project, who=WHO)
        promote(project, base, who=WHO)
    known = {case.name for case in project.cases()}
    for part, role in _PARTS_OF_ROLE.items():
        for folder in _folders(place, part):
            if folder.name in known:
                continue
            source = folder / "ct.nii.gz"
            named = place.project.parent / "scans" / f"{folder.name}.nii.gz"
            named.parent.mkdir(parents=True, exist_ok=True)
            if not named.exists():
                _link(source, named)
            import_scan(project, named, annotator=WHO, patient=folder.name, role=role)
    return project


def _link(source: Path, target: Path) -> None:
    """The same scan under a name that tells it from others, without a second copy if possible."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def _folders(place: LoopPlace, part: Part) -> list[Path]:
    return sorted(path for path in (place.scans / part).glob("*") if path.is_dir())


def _correct_until(
    project: Project, place: LoopPlace, arm: Arm, size: int, form: LoopForm, tell: Tell
) -> None:
    """Correct the validation scans, then the next scans of the order, with the model in use."""
    rng = np.random.default_rng((place.seed, size, 7))
    model: Model | None = None
    while True:
        if arm.by_queue and model is None and _needs_more(project, size):
            model = load_model(find_in(project, ACTIVE))
            _propose_waiting(project, place, model, form)
        case_id = _next(project, arm, size, rng)
        if case_id is None:
            return
        model = model or load_model(find_in(project, ACTIVE))
        folder = _folder_of(project, place, case_id)
        subject = read_case(folder)
        proposal = walk(subject, model, max_steps=form.max_steps).segmentation
        took = annotate(project, case_id, subject, proposal, ref_of(find_in(project, ACTIVE)))
        tell(f"{place.domain} {place.seed} {arm.name}: corrected {folder.name} {took.effort()}")


def _next(project: Project, arm: Arm, size: int, rng: np.random.Generator) -> str | None:
    """The next case to correct; None where the round has all it needs."""
    cases = project.cases()
    judges = [c for c in cases if c.role is Role.VALIDATION and c.submitted is None]
    if judges:
        return judges[0].id
    waiting = _waiting(project)
    if not _needs_more(project, size):
        return None
    if arm.by_queue:
        return next(entry.case for entry in queue(project) if entry.case in waiting)
    return str(rng.choice(waiting))


def _waiting(project: Project) -> list[str]:
    return [c.id for c in project.cases() if c.role is Role.TRAIN and c.submitted is None]


def _needs_more(project: Project, size: int) -> bool:
    done = [c for c in project.cases() if c.role is Role.TRAIN and c.submitted is not None]
    return len(done) < size and bool(_waiting(project))


def _propose_waiting(project: Project, place: LoopPlace, model: Model, form: LoopForm) -> None:
    """What the window does in the background: the queue goes by what the walks say."""
    ref = ref_of(find_in(project, ACTIVE))
    for case_id in _waiting(project):
        prediction = project.case(case_id).prediction
        if prediction is not None and prediction.model == ref:
            continue
        subject = read_case(_folder_of(project, place, case_id))
        proposal = walk(subject, model, max_steps=form.max_steps).segmentation
        with project.edit(case_id, WHO) as desk:
            desk.propose_segmentation(proposal, ref)


def _folder_of(project: Project, place: LoopPlace, case_id: str) -> Path:
    name = project.case(case_id).name
    found = [f for part in _PARTS_OF_ROLE for f in _folders(place, part) if f.name == name]
    return found[0]


def _train(
    project: Project, place: LoopPlace, arm: Arm, size: int, form: LoopForm, tell: Tell
) -> None:
    """One round; its candidate is used whatever the gate says, since that is measured."""
    name = f"{arm.name}-{size}"
    if active_name(project) == name:
        return
    if not (project.folder.models / name).is_dir():
        started = _started(project, place, arm, name, form)
        _wait(started, tell)
    promote(project, name, who=WHO)


def _started(
    project: Project, place: LoopPlace, arm: Arm, name: str, form: LoopForm
) -> StartedRound:
    open_rounds = [r for r in read_rounds(project) if r.model is None]
    for record in open_rounds:
        if record.settings["request"].get("name") == name:
            running = _running(project, record.number)
            return running or resume_round(
                project, record.number, template=form.template, options=form.options, who=WHO
            )
    request = replace(form.request(arm, base=ACTIVE, seed=place.seed), name=name)
    return start_round(project, request, template=form.template, options=form.options, who=WHO)


def _running(project: Project, number: int) -> StartedRound | None:
    try:
        started = join_round(project, number)
    except TrainingFailed:
        return None
    return started if started.run.state() is RunState.RUNNING else None


def _wait(started: StartedRound, tell: Tell) -> None:
    try:
        while started.run.state() is RunState.RUNNING:
            _pass_on(started, tell)
            time.sleep(_LOOK_SECONDS)
    except BaseException:
        started.run.cancel()
        raise
    _pass_on(started, tell)
    if started.run.state() is not RunState.FINISHED:
        raise TrainingFailed(started.run.sentence())


def _pass_on(started: StartedRound, tell: Tell) -> None:
    for event in started.run.poll():
        if event.kind in ("validated", "note", "compared", "failed"):
            dice = (event.values or {}).get("dice")
            said = event.message or (f"Dice {dice:.3f}" if dice is not None else "")
            tell(f"  round {started.number} step {event.step}: {said}")


def _measure(place: LoopPlace, size: int, model: Model, form: LoopForm, tell: Tell) -> None:
    """Effort and Dice on fresh scans, Dice on earlier ones; written when all are walked."""
    rows: Stage = {"model": model.card.name, "fresh": {}, "earlier": {}}
    for part in ("fresh", "earlier"):
        for name, row in _rows(place, part, model, form):
            rows[part][name] = row
            tell(f"{place.domain} {place.seed} after {size}: {name} {json.dumps(row)}")
    place.stage(size).parent.mkdir(parents=True, exist_ok=True)
    write_json_atomic(place.stage(size), rows, overwrite=True)


def _rows(
    place: LoopPlace, part: Part, model: Model, form: LoopForm
) -> Iterator[tuple[str, dict[str, Any]]]:
    for folder in _folders(place, part):
        subject = read_case(folder)
        outcome = walk(subject, model, max_steps=form.max_steps)
        scored = score(subject, outcome)
        row = {"dice": round(scored.dice_mean or 0.0, 4), "found": scored.found}
        row |= {"vertebrae": len(scored.vertebrae), "false": scored.false}
        effort = correct(outcome.segmentation, subject)
        yield folder.name, {**row, "voxels": effort.voxels, "touched": effort.touched}
