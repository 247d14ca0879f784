"""A free name in ``versions/``: what a crash left under it is set aside first."""

from __future__ import annotations

from pathlib import Path

from .case import Case
from .layout import CaseFolder, ProjectFolder


def cleared(folder: CaseFolder, name: str) -> Path:
    """Path of a new file in ``versions/``."""
    folder.versions.mkdir(exist_ok=True)
    path = folder.versions / name
    if path.exists():
        set_aside(folder, path)
    return path


def set_aside(folder: CaseFolder, path: Path) -> Path:
    """Move a file that no record names to ``set-aside/``; returns its new place."""
    shelf = ProjectFolder(folder.path.parent.parent).set_aside
    shelf.mkdir(exist_ok=True)
    number = 1
    while (target := shelf / f"{folder.id}-{number:03d}-{path.name.lstrip('.')}").exists():
        number += 1
    return path.rename(target)


def named_files(case: Case) -> set[str]:
    """Every file in ``versions/`` that the case knows."""
    names = {name for p in case.predictions for name in (p.labels.name, p.snapshot)}
    for version in case.versions:
        names |= {version.labels.name, version.snapshot}
        if version.ignore is not None:
            names.add(version.ignore.name)
    return names


def new_snapshots(before: Case, after: Case) -> list[str]:
    """Names of the files that keep the case as it is now, for its new versions and predictions."""
    predictions = after.predictions[len(before.predictions) :]
    versions = after.versions[len(before.versions) :]
    return [*(p.snapshot for p in predictions), *(v.snapshot for v in versions)]
