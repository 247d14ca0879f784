"""What a crash leaves behind in a project."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from .case import Case
from .journal_recovery import recover
from .layout import CaseFolder, ProjectFolder
from .lock import holder
from .new_file import named_files

_AT_WORK_S: Final = 3600.0
"""An import that wrote something within the hour may still be going on."""


def stalled_imports(project: ProjectFolder) -> list[Path]:
    """Folders of imports and removals that were not finished."""
    if not project.cases.is_dir():
        return []
    return [p for p in sorted(project.cases.glob(".part-*")) if _is_stalled(p)]


def unlisted(folder: CaseFolder, case: Case) -> list[Path]:
    """Whole files in ``versions/`` that no record names."""
    if not folder.versions.is_dir():
        return []
    known = named_files(case)
    present = sorted(folder.versions.iterdir())
    return [p for p in present if p.name not in known and not p.name.startswith(".part-")]


def half_files(folder: CaseFolder) -> list[Path]:
    """Files that are not finished, and never will be where nobody is at work on the case."""
    return [*sorted(folder.path.glob(".part-*")), *sorted(folder.versions.glob(".part-*"))]


def is_at_work(folder: CaseFolder) -> bool:
    """Whether somebody has the case open, as far as can be told."""
    return holder(folder) is not None and not dead_lock(folder)


def dead_lock(folder: CaseFolder) -> bool:
    """Whether the case is locked by a process of this machine that is gone."""
    there = holder(folder)
    return there is not None and there.is_dead


def has_lost_edits(folder: CaseFolder, case: Case) -> bool:
    """Whether a journal holds unsaved changes and nobody is at work on them."""
    if is_at_work(folder):
        return False
    try:
        journals = (folder.journal, *folder.journal.glob("earlier-*"))
        return any(recover(journal, case.base) is not None for journal in journals)
    except OSError:
        return True


def _is_stalled(path: Path) -> bool:
    if path.name.endswith("-withdrawn"):
        return True
    times = [p.stat().st_mtime for p in (path, *path.rglob("*"))]
    return time.time() - max(times) > _AT_WORK_S
