"""Whole runs through the command line: begun, stopped, killed, resumed, refused."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.training import LossConfig, SourceShares, TrainingConfig
from vertseg_trainer import loop
from vertseg_trainer.__main__ import main
from vertseg_trainer.run_folder import RunFolder

REPO = Path(__file__).resolve().parents[2]
ON_CPU = ["--device", "cpu", "--threads", "1"]
WITHOUT_LOADER = [*ON_CPU, "--loaders", "0"]

Tiny = Callable[..., TrainingConfig]
CaseFolder = Callable[..., Path]
SettingsFile = Callable[[TrainingConfig], Path]


def state_of(run: Path) -> dict[str, Any]:
    state = RunFolder(run).load_checkpoint()
    assert state is not None
    return state


def assert_same_training(run: Path, other: Path) -> None:
    """Weights, their average and the optimiser, bit by bit."""
    one, two = state_of(run), state_of(other)
    assert one["step"] == two["step"]
    for part in ("network", "average"):
        assert one[part].keys() == two[part].keys()
        assert all(torch.equal(one[part][name], two[part][name]) for name in one[part])
    moments, others = one["optimizer"]["state"], two["optimizer"]["state"]
    assert moments.keys() == others.keys()
    for number in moments:
        assert all(torch.equal(moments[number][k], others[number][k]) for k in moments[number])


def kinds(run: Path) -> list[str]:
    return [event.kind for event in RunFolder(run).events()]


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


# Beginning and going on


def test_a_run_leaves_settings_logs_and_a_checkpoint(
    tmp_path: Path, start: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*start("run", steps=12, checkpoint_every=5), *WITHOUT_LOADER]) == 0

    run = tmp_path / "run"
    assert sorted(files(run)) == [
        "checkpoint.pt",
        "config.json",
        "data.json",
        "events.jsonl",
        "log.csv",
        "parent.json",
    ]
    told = [(event.kind, event.step) for event in RunFolder(run).events()]
    assert told == [
        ("started", 0),
        ("checkpoint", 0),
        ("checkpoint", 5),
        ("step", 10),
        ("checkpoint", 10),
        ("checkpoint", 12),
        ("finished", 12),
    ]
    assert state_of(run)["step"] == 12
    with (run / "log.csv").open(newline="") as table:
        (row,) = csv.DictReader(table)
    assert row["step"] == "10"
    assert float(row["loss"]) > 0
    assert "step 10 · loss" in capsys.readouterr().out


def test_a_resumed_run_ends_with_the_weights_of_an_unbroken_one(
    tmp_path: Path, start: Callable[..., list[str]]
) -> None:
    assert main([*start("unbroken", steps=9), *WITHOUT_LOADER]) == 0
    assert main([*start("broken", steps=9), *WITHOUT_LOADER, "--steps", "5"]) == 0
    assert state_of(tmp_path / "broken")["step"] == 5

    assert main(["resume", str(tmp_path / "broken"), *WITHOUT_LOADER]) == 0

    assert_same_training(tmp_path / "broken", tmp_path / "unbroken")


def test_a_killed_run_ends_with_the_weights_of_an_unbroken_one(
    tmp_path: Path, start: Callable[..., list[str]]
) -> None:
    """A real process with a real loader, killed at a random moment after its first checkpoint."""
    command = start("killed", steps=1_000_000, checkpoint_every=3)
    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, "-m", "vertseg_trainer", *command, *ON_CPU],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: kinds(killed).count("checkpoint") >= 2, process)
        time.sleep(random.uniform(0.0, 0.4))
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL
    reached = state_of(killed)["step"]
    assert reached >= 3

    (killed / ".part-0123.pt").write_bytes(b"half a checkpoint")
    until = ["--steps", str(reached + 4)]
    assert main(["resume", str(killed), *WITHOUT_LOADER, *until]) == 0
    assert main([*start("unbroken", checkpoint_every=1000), *WITHOUT_LOADER, *until]) == 0

    assert_same_training(killed, tmp_path / "unbroken")
    assert not list(killed.rglob(".part-*"))
    assert kinds(killed).count("started") == 2


def environment() -> dict[str, str]:
    """What a child process needs to find the packages as this one does."""
    roots = [str(REPO / "src"), str(REPO / "trainer")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(roots), "OMP_NUM_THREADS": "1"}


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    end = time.monotonic() + 300
    while not is_so():
        assert process.poll() is None, "the run ended by itself"
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_run_stops_in_time_with_a_checkpoint(
    tmp_path: Path, start: Callable[..., list[str]]
) -> None:
    assert main([*start("run", steps=1_000_000), *WITHOUT_LOADER, "--minutes", "0.02"]) == 0

    assert kinds(tmp_path / "run")[-2:] == ["checkpoint", "finished"]
    assert state_of(tmp_path / "run")["step"] < 1_000_000


def test_validation_walks_and_keeps_a_model(
    tmp_path: Path, start: Callable[..., list[str]]
) -> None:
    """The scores are of no interest here; that the model is kept and can be published is."""
    assert main([*start("run", steps=4, validate_every=4), *WITHOUT_LOADER]) == 0
    run = tmp_path / "run"
    assert kinds(run).count("validated") == 1

    published = tmp_path / "model"
    words = ["publish", str(run), "-o", str(published), "--name", "mine", "--which", "latest"]
    assert main(words) == 0
    assert json.loads((published / "model.json").read_text())["name"] == "mine"


def test_phantoms_alone_need_no_data(
    tmp_path: Path, settings_file: SettingsFile, tiny: Tiny
) -> None:
    settings = settings_file(tiny(steps=2, sources=SourceShares()))

    run = tmp_path / "run"
    assert main(["train", str(run), "--config", str(settings), *WITHOUT_LOADER]) == 0

    assert state_of(run)["step"] == 2
    assert json.loads((run / "data.json").read_text()) == []


def test_precision_and_recomputed_activations_can_be_asked_for(
    tmp_path: Path, start: Callable[..., list[str]]
) -> None:
    options = ["--precision", "bf16-mixed", "--checkpoint-activations"]
    assert main([*start("mixed", steps=3), *WITHOUT_LOADER, *options]) == 0
    assert main([*start("full", steps=3), *WITHOUT_LOADER]) == 0

    mixed, full = state_of(tmp_path / "mixed")["network"], state_of(tmp_path / "full")["network"]
    assert all(torch.isfinite(value).all() for value in mixed.values())
    assert not all(torch.equal(mixed[name], full[name]) for name in full)
    for name in full:
        torch.testing.assert_close(mixed[name], full[name], rtol=0, atol=0.01)


# Starting from a model


def test_a_run_can_start_from_a_model(
    tmp_path: Path, start: Callable[..., list[str]], model: Path
) -> None:
    tiny_steps = {"steps": 1, "learning_rate": 1e-9}
    words = [*start("run", **tiny_steps), *WITHOUT_LOADER, "--start", str(model)]
    assert main(words) == 0

    torch.manual_seed(99)
    expected = IterativeFcn(PRESETS["tiny"].network).state_dict()
    for name, value in state_of(tmp_path / "run")["network"].items():
        torch.testing.assert_close(value, expected[name], rtol=0, atol=1e-6)
    parent = RunFolder(tmp_path / "run").parent()
    assert parent is not None
    assert parent.startswith("parent ")
    assert len(parent.split()[1]) == 64


def test_a_model_of_another_grid_and_patch_can_be_the_start(
    tmp_path: Path,
    start: Callable[..., list[str]],
    model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    card = json.loads((model / "model.json").read_text())
    card["spacing_mm"] = 6.0
    card["network"]["patch_shape"] = [14, 16, 16]
    (model / "model.json").write_text(json.dumps(card))
    words = [*start("run", steps=1, learning_rate=1e-9), *WITHOUT_LOADER, "--start", str(model)]

    assert main(words) == 0

    assert "a grid of 6 mm and goes on at 8 mm" in "".join(capsys.readouterr())


def test_a_run_stopped_before_its_first_checkpoint_does_not_forget_its_parent(
    tmp_path: Path,
    start: Callable[..., list[str]],
    model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [*start("run", steps=1), *WITHOUT_LOADER, "--start", str(model)]
    assert main(words) == 0
    (tmp_path / "run" / "checkpoint.pt").unlink()

    assert main(["resume", str(tmp_path / "run"), *WITHOUT_LOADER]) == 2
    assert "before its first checkpoint" in capsys.readouterr().err


# Failures on the way


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint(
    tmp_path: Path, start: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    words = start("run", loss=LossConfig(cross_entropy=1e38, volume_unit_mm3=1e-3))

    assert main([*words, *WITHOUT_LOADER]) == 2

    assert "the loss was no longer a number" in capsys.readouterr().err
    assert kinds(tmp_path / "run")[-1] == "failed"
    saved = state_of(tmp_path / "run")
    assert all(torch.isfinite(value).all() for value in saved["network"].values())


def test_ctrl_c_leaves_nothing_half_written(
    tmp_path: Path,
    start: Callable[..., list[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Interrupted at the worst moment: in the middle of the second checkpoint."""
    run = tmp_path / "run"
    plain = torch.save
    saved: list[int] = []

    def interrupted(state: dict[str, Any], path: Path) -> None:
        plain(state, path)
        saved.append(state["step"])
        if state["step"] == 4:
            path.write_bytes(path.read_bytes()[:1000])
            raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", interrupted)
    assert main([*start("run", steps=6), *WITHOUT_LOADER]) == 130
    monkeypatch.undo()

    assert saved == [0, 2, 4]
    assert "'vertseg-train resume' goes on" in capsys.readouterr().err
    assert state_of(run)["step"] == 2
    assert not list(run.rglob(".part-*"))
    assert kinds(run)[-1] == "checkpoint"
    assert main(["resume", str(run), *WITHOUT_LOADER]) == 0
    assert main([*start("unbroken", steps=6), *WITHOUT_LOADER]) == 0
    assert_same_training(run, tmp_path / "unbroken")


def test_processes_that_drifted_apart_are_stopped() -> None:
    class Learner:
        step = 7

        def checksums(self) -> torch.Tensor:
            return torch.tensor([1.0, 2.0], dtype=torch.float64)

    class Fabric:
        world_size = 2

        def __init__(self, *rows: list[float]) -> None:
            self.rows = torch.tensor(rows, dtype=torch.float64)

        def all_gather(self, _: torch.Tensor) -> torch.Tensor:
            return self.rows

    learner: Any = Learner()
    same: Any = Fabric([1.0, 2.0], [1.0, 2.0])
    apart: Any = Fabric([1.0, 2.0], [1.0, 2.0 + 1e-12])
    loop._check_same_weights(learner, same)
    with pytest.raises(loop.TrainingFailed, match="at step 7 the processes no longer"):
        loop._check_same_weights(learner, apart)
