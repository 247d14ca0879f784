"""A round by its command line, and what it told."""

from __future__ import annotations

from typing import Final

from napari_vertseg.cases import Project
from napari_vertseg.rounds.ledger import begin_round, run_folder
from napari_vertseg.training import TrainingEvent, TrainingRequest
from vertseg_trainer.__main__ import main
from vertseg_trainer.run_folder import RunFolder

ON_CPU: Final = ["--device", "cpu", "--threads", "1", "--loaders", "0"]


def command(project: Project, number: int, *words: str) -> list[str]:
    place = str(project.folder.path)
    return ["finetune", "--project", place, "--round", str(number), *ON_CPU, *words]


def events(project: Project, number: int) -> list[TrainingEvent]:
    return RunFolder(run_folder(project, number)).events()


def kinds(project: Project, number: int) -> list[str]:
    return [e.kind for e in events(project, number) if e.kind not in ("checkpoint", "note")]


def cancelled_round(project: Project) -> int:
    """Its number; it was cancelled before its first step, and may go on."""
    number = begin_round(project, TrainingRequest(base=None, preset="tiny", steps=3)).number
    run_folder(project, number).mkdir()
    (run_folder(project, number) / "wish").write_text("cancel")
    assert main(command(project, number)) == 0
    assert kinds(project, number)[-1] == "cancelled"
    return number
