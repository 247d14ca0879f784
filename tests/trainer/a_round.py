"""A round by its command line, and what it told."""

from __future__ import annotations

from typing import Final

from napari_vertseg.cases import Project
from napari_vertseg.rounds.ledger import run_folder
from napari_vertseg.training import TrainingEvent
from vertseg_trainer.run_folder import RunFolder

ON_CPU: Final = ["--device", "cpu", "--threads", "1", "--loaders", "0"]


def command(project: Project, number: int, *words: str) -> list[str]:
    place = str(project.folder.path)
    return ["finetune", "--project", place, "--round", str(number), *ON_CPU, *words]


def events(project: Project, number: int) -> list[TrainingEvent]:
    return RunFolder(run_folder(project, number)).events()


def kinds(project: Project, number: int) -> list[str]:
    return [e.kind for e in events(project, number) if e.kind not in ("checkpoint", "note")]
