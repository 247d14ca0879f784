"""Scans of the loop's study, and the project of an arm that holds those a person has."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Final

from ..cases import Project, Role, import_scan
from ..rounds.models import promote
from .case_folders import keep_case
from .loop_annotator import WHO
from .loop_domains import DOMAINS, Domain, Part, made_subject
from .loop_form import LoopForm, LoopPlace
from .subject import Subject, cases_of, read_subject

_MADE_PARTS: Final[tuple[Part, ...]] = ("pool", "validation", "fresh", "earlier")
_REAL_PARTS: Final[dict[Part, str]] = {"pool": "train", "fresh": "validation"}
"""Real scans are corrected where they are to train on, and measured where they are to judge."""
_PARTS_OF_ROLE: Final[dict[Part, Role]] = {"pool": Role.TRAIN, "validation": Role.VALIDATION}


def keep_scans(place: LoopPlace, domain: Domain, data: Path | None, form: LoopForm) -> None:
    """Make or read every scan once, for all arms."""
    if domain.draw is not None:
        counts = (form.pool, form.validation, form.fresh, form.earlier)
        for part, count in zip(_MADE_PARTS, counts, strict=True):
            _keep_made(place, domain, part, count, form)
        return
    if data is None:
        raise ValueError("real scans need a folder")
    for part, role in _REAL_PARTS.items():
        for case, is_exhaustive in cases_of(data, role):
            make = partial(read_subject, case, is_exhaustive=is_exhaustive)
            keep_case(place.scans / part / case.name, make)
    _keep_made(place, DOMAINS["thick"], "earlier", form.earlier, form)


def arm_project(place: LoopPlace, base: str) -> Project:
    """The arm's project, with all scans that a person has; filled up where it broke off."""
    if (place.project / "vertseg.json").is_file():
        project = Project.open(place.project)
    else:
        project = Project.create(place.project, who=WHO)
    if project.record.active_model is None:
        promote(project, base, who=WHO)
    known = {case.name for case in project.cases()}
    for part, role in _PARTS_OF_ROLE.items():
        for folder in place.folders(part):
            if folder.name not in known:
                scan = _named(folder, place.project.parent / "scans")
                import_scan(project, scan, annotator=WHO, patient=folder.name, role=role)
    return project


def forget_orphans(place: LoopPlace, form: LoopForm) -> None:
    """An arm whose project was left on another machine begins anew: its models are gone."""
    if not place.project.is_dir():
        for size in form.sizes:
            place.stage(size).unlink(missing_ok=True)


def folder_of(project: Project, place: LoopPlace, case_id: str) -> Path:
    """The scan with its truth that a case of the project was made from."""
    name = project.case(case_id).name
    return next(f for part in _PARTS_OF_ROLE for f in place.folders(part) if f.name == name)


def _keep_made(place: LoopPlace, domain: Domain, part: Part, count: int, form: LoopForm) -> None:
    for number in range(count):

        def make(number: int = number) -> Subject:
            return made_subject(domain, part, place.seed, number, height_mm=form.height_mm)

        keep_case(place.scans / part / f"{part}-{number + 1:02d}", make)


def _named(folder: Path, scans: Path) -> Path:
    """The same scan under a name that tells it from others, without a second copy if possible."""
    source, target = folder / "ct.nii.gz", scans / f"{folder.name}.nii.gz"
    scans.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        try:
            target.hardlink_to(source)
        except OSError:
            shutil.copy2(source, target)
    return target
