"""Subjects as the case folders that the trainer reads, written one by one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import CaseIncomplete
from ..io import read_labels, read_scan, write_json_atomic, write_labels, write_scan
from .subject import Subject

_MARKS = "marks.json"
"""Written last: a folder that has it is whole."""


def keep_case(folder: Path, make: Callable[[], Subject]) -> bool:
    """Write a subject into its folder, unless it stands there already.

    Returns
    -------
    bool
        Whether it had to be made.
    """
    if is_whole(folder):
        return False
    subject = make()
    folder.mkdir(parents=True, exist_ok=True)
    write_scan(folder / "ct.nii.gz", subject.scan, overwrite=True)
    write_labels(folder / "vertebrae.nii.gz", subject.labels, subject.scan, overwrite=True)
    write_marks(folder, subject.is_complete, is_exhaustive=subject.is_exhaustive)
    return True


def is_whole(folder: Path) -> bool:
    """Whether a case was written to its end."""
    return (folder / _MARKS).is_file()


def write_marks(folder: Path, complete: Mapping[int, bool], *, is_exhaustive: bool) -> None:
    """What is known about the vertebrae of a case."""
    marks = {"complete": {str(v): c for v, c in complete.items()}, "exhaustive": is_exhaustive}
    write_json_atomic(folder / _MARKS, marks, overwrite=True)


def read_marks(folder: Path) -> dict[str, Any]:
    """What is known about the vertebrae of a case.

    Raises
    ------
    CaseIncomplete
        The case was never finished.
    """
    try:
        marks: dict[str, Any] = json.loads((folder / _MARKS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseIncomplete(
            f"the scan {folder.name} of this study is not whole ({error.__class__.__name__}); "
            "remove its folder and run the study again."
        ) from None
    return marks


def read_case(folder: Path) -> Subject:
    """A case that ``keep_case`` wrote."""
    marks = read_marks(folder)
    scan = replace(read_scan(folder / "ct.nii.gz"), name=folder.name)
    labels, _ = read_labels(folder / "vertebrae.nii.gz", like=scan)
    complete = {int(v): bool(c) for v, c in marks["complete"].items()}
    return Subject(scan, labels, complete, bool(marks["exhaustive"]))


def write_manifest(data: Path, roles: Iterable[tuple[Path, str]]) -> Path:
    """List cases with their roles where the trainer looks for them.

    Parameters
    ----------
    data : Path
        Folder for ``manifest.json``; the cases may lie elsewhere.
    roles : pairs of (case folder, role)
        Roles are ``train`` and ``validation``.
    """
    data.mkdir(parents=True, exist_ok=True)
    entries = [
        {"path": Path(os.path.relpath(case, data)).as_posix(), "role": role} | read_marks(case)
        for case, role in roles
    ]
    write_json_atomic(data / "manifest.json", entries, overwrite=True)
    return data


def same_scan(case: Path, other: Path) -> None:
    """Give another case folder the CT of this one, without a second copy where possible."""
    other.mkdir(parents=True, exist_ok=True)
    target = other / "ct.nii.gz"
    target.unlink(missing_ok=True)
    try:
        os.link(case / "ct.nii.gz", target)
    except OSError:
        shutil.copy2(case / "ct.nii.gz", target)
