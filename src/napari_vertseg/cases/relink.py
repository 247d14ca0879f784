"""A scan that was moved is found again by what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..errors import VertsegError
from .case import Case, Source
from .intake import fingerprint, referenced_source, take_in
from .layout import ProjectFolder
from .scan_source import is_same_scan, read_like


def found_again(project: ProjectFolder, case: Case, folder: Path) -> Source | None:
    """Where the scan of a case is now, None where it is not in this folder.

    A file with the same name or the same size is looked into; it is the scan if
    its bytes or its voxels are the same.
    """
    for path in _candidates(case.source, folder):
        try:
            if not _is_it(path, case.source):
                continue
            intake = take_in(path, series=case.source.series, spacing_mm=case.source.spacing_mm)
            return replace(referenced_source(intake, project), is_copied=False)
        except VertsegError:
            continue  # another file of that name, or one that must not be referred to
    return None


def _candidates(source: Source, folder: Path) -> Iterator[Path]:
    name = Path(source.path).name
    for place, folders, files in os.walk(folder):
        here = Path(place)
        yield from (here / f for f in sorted(folders) if f == name)
        for file in sorted(files):
            path = here / file
            if file == name or path.stat().st_size == source.bytes:
                yield path


def _is_it(path: Path, source: Source) -> bool:
    if path.is_file() and fingerprint(path, source.series)[0] == source.file_sha256:
        return True
    return is_same_scan(read_like(path, source), source)
