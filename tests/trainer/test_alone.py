"""A round begun from the command line is found by a window, and trains alone in its folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import Project, RoundRecord
from napari_vertseg.errors import TrainingFailed
from napari_vertseg.launch import RunState
from napari_vertseg.launch.child import TrainingRun, announced
from napari_vertseg.launch.process import ProcessRecord
from napari_vertseg.network import model as model_files
from napari_vertseg.rounds.ledger import begin_round, read_round, run_folder
from napari_vertseg.rounds.starting import resume_round
from napari_vertseg.strict_json import to_jsonable
from napari_vertseg.training import TrainingRequest
from vertseg_trainer.__main__ import main

from .a_round import cancelled_round, command, events, kinds

MakeProject = Callable[..., Project]


def test_a_round_of_the_command_line_runs_for_a_window_and_is_not_joined_by_a_second_trainer(
    spine_project: MakeProject,
    request_of: Callable[..., TrainingRequest],
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = spine_project("train", "validation")
    asked = request_of(steps=100_000, validations=1, patience=None)
    number = begin_round(project, asked).number
    words = [sys.executable, "-m", "vertseg_trainer", *command(project, number)]
    trainer = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(run_folder(project, number) / "launch.json")
        run = TrainingRun.join(run_folder(project, number))
        assert run.state() is RunState.RUNNING
        with pytest.raises(TrainingFailed, match="already runs"):
            resume_round(project, number)

        assert main(command(project, number)) == 2
        assert "a training of round 1 runs already" in capsys.readouterr().err
        assert trainer.poll() is None
    finally:
        trainer.kill()
        trainer.wait()
    assert TrainingRun.join(run_folder(project, number)).state() is RunState.LOST


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 90
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_wish_for_a_training_that_is_gone_does_not_end_the_next(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "validation")
    number = cancelled_round(project)
    folder = run_folder(project, number)
    (folder / "wish").write_text("cancel")

    assert main(command(project, number)) == 0
    assert kinds(project, number)[-1] == "finished"


def test_a_training_of_another_computer_that_died_long_ago_leaves_no_wish_behind(
    spine_project: MakeProject,
) -> None:
    project = spine_project("train", "validation")
    number = cancelled_round(project)
    folder = run_folder(project, number)
    elsewhere = replace(ProcessRecord.of(os.getpid()), host="elsewhere")
    (folder / "launch.json").write_text(json.dumps(to_jsonable(elsewhere)))
    os.utime(folder / "launch.json", (1e9, 1e9))
    (folder / "wish").write_text("cancel")

    assert main(command(project, number)) == 0
    assert kinds(project, number)[-1] == "finished"


def test_a_launch_of_another_computer_that_told_nothing_yet_is_left_as_it_is(
    tmp_path: Path,
) -> None:
    elsewhere = replace(ProcessRecord.of(os.getpid()), host="elsewhere")
    (tmp_path / "launch.json").write_text(json.dumps(to_jsonable(elsewhere)))

    with announced(tmp_path):
        assert "elsewhere" in (tmp_path / "launch.json").read_text()
    assert "elsewhere" in (tmp_path / "launch.json").read_text()


def test_a_disk_that_was_full_at_the_best_weights_does_not_block_resuming(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Weights without their card are no model; the next look writes both again."""
    project = spine_project("train", "validation")
    real = model_files.write_json_atomic

    def full(path: Path, value: Any, overwrite: bool = False) -> Any:
        if path.parent.name == "best":
            raise OSError(28, "No space left on device")
        return real(path, value, overwrite)

    with monkeypatch.context() as patched:
        patched.setattr(model_files, "write_json_atomic", full)
        code, _ = train(project)
    assert code == 2

    assert main(command(project, 1)) == 0
    assert events(project, 1)[-1].kind == "finished"
    assert read_round(project, 1).model is not None
