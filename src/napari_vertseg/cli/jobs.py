"""What a call of ``vertseg segment`` will do, checked before anything is done."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputRefused

if TYPE_CHECKING:
    from ..results import ResultFiles


@dataclass(frozen=True)
class Job:
    """One scan and where its results go."""

    source: Path
    name: str
    files: ResultFiles


def plan(
    sources: Sequence[Path], folder: Path, *, events: Path | None, overwrite: bool
) -> list[Job]:
    """One job per scan, all of whose files can be written.

    Raises
    ------
    OutputRefused
        Two scans would write the same files, a file exists already, or a
        folder cannot be written.
    """
    from ..io.kinds import name_of
    from ..results import ResultFiles, check_targets

    jobs = []
    for source in sources:
        name = name_of(source)
        jobs.append(Job(source, name, ResultFiles.of(folder, name)))
    _refuse_twins(jobs)
    targets = [file for job in jobs for file in job.files.all]
    check_targets([*targets, *([events] if events else [])], overwrite=overwrite)
    return jobs


def _refuse_twins(jobs: Sequence[Job]) -> None:
    seen: dict[str, Job] = {}
    for job in jobs:
        # Some file systems take A and a, or the two spellings of é, for the same.
        key = unicodedata.normalize("NFC", job.name).casefold()
        if key in seen:
            raise OutputRefused(
                f"Two scans are called {job.name!r} and would overwrite each other's results; "
                "segment them into different folders."
            )
        seen[key] = job
