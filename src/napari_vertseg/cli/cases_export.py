"""``vertseg cases export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputRefused
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from ..cases import Case, Project


def export(options: argparse.Namespace) -> int:
    """Write what was asked for."""
    from ..cases import Project

    project = Project.open(options.project)
    cases = [project.case(case_id) for case_id in options.cases or project.ids()]
    if not options.cases:  # those that can be exported at all
        cases = [case for case in cases if _has_something(case, options.format)]
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputRefused(
            f"{options.output.name} cannot be made ({error.strerror}); choose another folder."
        ) from error
    written = _write(project, cases, options)
    print("\n".join(["written:", *(f"  {path.name}" for path in written)]))
    return ExitCode.DONE


def _has_something(case: Case, kind: str) -> bool:
    return case.submitted is not None if kind == "nnunet" else bool(case.vertebrae)


def _write(project: Project, cases: list[Case], options: argparse.Namespace) -> list[Path]:
    from ..cases import export_of, write_nnunet, write_segments, write_table, write_verse
    from ..pictures.colours import colour_of

    out, overwrite = options.output, options.overwrite
    if options.format == "csv":
        return write_table(out / "vertebrae.csv", project, cases, overwrite=overwrite)
    if options.format == "nnunet":
        return write_nnunet(out, project, cases)
    written = []
    for case in cases:
        exported = export_of(project, case)
        if options.format == "verse":
            written += write_verse(out, exported, overwrite=overwrite)
        else:
            written += write_segments(out, exported, colour_of=colour_of, overwrite=overwrite)
    return written
