"""``vertseg cases new`` and ``import``."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CaseIncomplete, VertsegError
from .exit_codes import ExitCode
from .streams import complain

if TYPE_CHECKING:
    from ..cases import CaseVertebra, MaskToImport, ModelRef
    from ..results import VertebraRecord


def new(options: argparse.Namespace) -> int:
    """Make a project."""
    from ..cases import Project, ProjectSettings

    if options.demo:
        from ..study.demo_project import make_demo_project

        if options.name or options.copy:
            raise CaseIncomplete("The demo project has a name and scans of its own; leave those.")
        made = make_demo_project(options.project, who=options.annotator)
        print(f"made the project {made.record.name} with {len(made.ids())} cases")
        return ExitCode.DONE
    settings = ProjectSettings(copy_scans=options.copy)
    made = Project.create(
        options.project, name=options.name, settings=settings, who=options.annotator
    )
    print(f"made the project {made.record.name}")
    return ExitCode.DONE


def take(options: argparse.Namespace) -> int:
    """Take scans in; what cannot be taken is told and does not stop the others."""
    from ..cases import Project, Role, import_scan

    if options.labels is not None and len(options.scans) > 1:
        raise CaseIncomplete("A mask belongs to one scan; import the scans one by one.")
    project = Project.open(options.project)
    failed = 0
    for scan in options.scans:
        try:
            made = import_scan(
                project,
                scan,
                annotator=options.annotator,
                mask=_mask(options),
                patient=options.patient,
                role=None if options.role is None else Role(options.role),
                copy=options.copy,
                series=options.series,
                spacing_mm=options.spacing,
            )
        except VertsegError as error:
            if len(options.scans) == 1:
                raise
            complain(str(error))
            failed += 1
            continue
        for warning in made.warnings:
            complain(warning)
        case = made.case
        count = f", {len(case.vertebrae)} vertebrae" if case.vertebrae else ""
        print(f"{case.id}: {case.name}, {case.role}, {case.status}{count}")
    return ExitCode.FAILED if failed else ExitCode.DONE


def _mask(options: argparse.Namespace) -> MaskToImport | None:
    from ..cases import MaskToImport

    if options.labels is None:
        return None
    known, model = _known(options.labels)
    return MaskToImport(
        path=options.labels,
        is_reference=options.mask_as == "reference",
        values=options.values,
        known=known,
        model=model,
    )


def _known(mask: Path) -> tuple[Mapping[int, CaseVertebra] | None, ModelRef | None]:
    """What ``vertseg segment`` wrote beside a mask of its own, where there is such a file."""
    from ..cases import ModelRef
    from ..results import read_record

    record = mask.with_name(mask.name.removesuffix(".gz").removesuffix(".nii") + ".json")
    if not mask.name.endswith("_vertebrae.nii.gz") or not record.is_file():
        return None, None
    told = read_record(record)
    model = ModelRef(name=told.model.name, weights_sha256=told.model.weights_sha256)
    return {v.number: _vertebra(v) for v in told.vertebrae}, model


def _vertebra(told: VertebraRecord) -> CaseVertebra:
    from ..cases import CaseVertebra, WalkFacts

    return CaseVertebra(
        id=told.number,
        order=told.number,
        level=told.level,
        is_complete=told.is_complete,
        walk=WalkFacts(
            completeness=told.completeness,
            confidence=told.confidence,
            entropy=told.entropy,
            last_overlap=told.last_overlap,
            steps=told.steps,
            direction=told.direction,
            is_cut_by_patch=told.is_cut_by_patch,
            is_refined=told.is_refined,
        ),
    )
