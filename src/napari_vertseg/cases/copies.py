"""The three files beside ``case.json`` that people open: copies of the newest in ``versions/``."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..io.atomic import atomic_path, writing
from .case import Case
from .files import FileRecord
from .layout import CaseFolder
from .volumes import file_sha256


def refresh_copies(folder: CaseFolder, case: Case) -> None:
    """Make them say what the newest prediction and version say.

    Copies, not links: a file that somebody edits in place must not take the
    version with it.
    """
    for target, record in expected_copies(folder, case):
        if record is None:
            target.unlink(missing_ok=True)
        elif not is_copy(target, record):
            with atomic_path(target, overwrite=True) as beside, writing(target):
                shutil.copyfile(folder.versions / record.name, beside)


def expected_copies(folder: CaseFolder, case: Case) -> list[tuple[Path, FileRecord | None]]:
    """Which file is a copy of what; None where there should be none."""
    prediction, version = case.prediction, case.version
    return [
        (folder.prediction, prediction.labels if prediction else None),
        (folder.correction, version.labels if version else None),
        (folder.ignore, version.ignore if version else None),
    ]


def is_copy(path: Path, record: FileRecord) -> bool:
    """Whether a file holds exactly what a record names."""
    return path.is_file() and file_sha256(path) == record.sha256
