"""A run's folder and its logs survive whatever ended the run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.training import TrainingConfig
from vertseg_trainer.run_folder import RunFolder
from vertseg_trainer.run_log import RunLog


@pytest.fixture
def run(tmp_path: Path, tiny: Callable[..., TrainingConfig]) -> RunFolder:
    folder = RunFolder(tmp_path / "runs" / "a")
    folder.create(tiny(), [str(tmp_path / "data")], parent="starter 0123")
    return folder


def rows(run: RunFolder) -> list[list[str]]:
    with (run.path / "log.csv").open(newline="") as table:
        return list(csv.reader(table))


def test_a_new_run_keeps_settings_data_and_parent(
    run: RunFolder, tmp_path: Path, tiny: Callable[..., TrainingConfig]
) -> None:
    assert run.config() == tiny()
    assert [Path(folder).resolve() for folder in run.data()] == [tmp_path / "data"]
    assert run.parent() == "starter 0123"
    assert run.load_checkpoint() is None
    assert run.events() == []


def test_data_are_found_from_anywhere(
    tmp_path: Path, tiny: Callable[..., TrainingConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    RunFolder(Path("run")).create(tiny(), ["data"])
    monkeypatch.chdir(tmp_path / "elsewhere")

    (folder,) = RunFolder(tmp_path / "run").data()

    assert Path(folder).resolve() == tmp_path / "data"
    assert str(tmp_path) not in (tmp_path / "run" / "data.json").read_text()


def test_a_second_run_in_the_same_folder_is_refused(
    run: RunFolder, tiny: Callable[..., TrainingConfig]
) -> None:
    before = {path: path.read_bytes() for path in run.path.iterdir()}

    with pytest.raises(TrainingFailed, match="already holds a training run"):
        run.create(tiny(seed=5), [])

    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, tiny: Callable[..., TrainingConfig]
) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(TrainingFailed, match="the folder run cannot be made"):
        RunFolder(tmp_path / "file" / "run").create(tiny(), [])


def test_a_folder_without_a_run_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="holds no training run; start one"):
        RunFolder(tmp_path).config()


def test_an_unknown_key_in_the_settings_of_a_run_is_named(run: RunFolder) -> None:
    path = run.path / "config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps(settings | {"colour": 1}))

    with pytest.raises(TrainingFailed, match=r"config\.json: colour: unknown key"):
        run.config()


def test_a_checkpoint_comes_back_and_replaces_the_one_before(run: RunFolder) -> None:
    run.save_checkpoint({"step": 1, "weights": torch.zeros(3)})
    run.save_checkpoint({"step": 2, "weights": torch.ones(3)})

    saved = run.load_checkpoint()

    assert saved is not None
    assert saved["step"] == 2
    assert torch.equal(saved["weights"], torch.ones(3))


@pytest.mark.parametrize("length", [0, 10, 400])
def test_a_damaged_checkpoint_is_refused(run: RunFolder, length: int) -> None:
    run.save_checkpoint({"step": 1, "weights": torch.zeros(300)})
    path = run.path / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(TrainingFailed, match="is damaged"):
        run.load_checkpoint()


def test_a_checkpoint_that_would_run_code_is_refused(run: RunFolder) -> None:
    torch.save({"step": Path}, run.path / "checkpoint.pt")

    with pytest.raises(TrainingFailed, match="is damaged"):
        run.load_checkpoint()


def test_unfinished_files_are_removed_and_nothing_else(run: RunFolder) -> None:
    (run.path / "best").mkdir()
    (run.path / "best" / ".part-12.safetensors").write_text("half")
    (run.path / ".part-34.pt").write_text("half")
    kept = {path.name for path in run.path.iterdir() if path.is_file()} - {".part-34.pt"}

    run.remove_unfinished()

    assert {path.name for path in run.path.rglob("*") if path.is_file()} == kept


def test_events_and_table_tell_the_same(run: RunFolder) -> None:
    log = RunLog(run)
    log.tell("started", 0)
    log.tell("step", 10, {"loss": 1.5, "false_negative": 0.5}, seconds_left=3.0)
    log.tell("validated", 10, {"dice": 0.5, "hd": float("nan")}, message="äh")

    started, step, validated = run.events()
    assert (started.kind, started.step, started.values) == ("started", 0, None)
    assert step.values == {"loss": 1.5, "false_negative": 0.5}
    assert step.seconds_left == 3.0
    assert validated.values == {"dice": 0.5}  # what is no number has no JSON form
    assert validated.message == "äh"
    header, row = rows(run)
    assert dict(zip(header, row, strict=True))["loss"] == "1.5"
    assert dict(zip(header, row, strict=True))["completeness_loss"] == ""


def test_only_the_first_process_writes(run: RunFolder) -> None:
    event = RunLog(run, is_writing=False).tell("step", 10, {"loss": 1.0})

    assert event.values == {"loss": 1.0}
    assert not (run.path / "events.jsonl").exists()
    assert not (run.path / "log.csv").exists()


def test_a_line_cut_short_by_a_kill_is_left_out_and_then_removed(run: RunFolder) -> None:
    RunLog(run).tell("started", 0)
    with (run.path / "events.jsonl").open("a") as lines:
        lines.write('{"schema": 1, "kind": "st')

    assert [event.kind for event in run.events()] == ["started"]
    RunLog(run, step=0).tell("finished", 3)
    assert [event.kind for event in run.events()] == ["started", "finished"]


def test_rows_that_a_resumed_run_writes_again_are_dropped(run: RunFolder) -> None:
    log = RunLog(run)
    for step in (10, 20, 30):
        log.tell("step", step, {"loss": float(step)})
    with (run.path / "log.csv").open("a") as table:
        table.write("40,1")  # cut short

    RunLog(run, step=20).tell("step", 30, {"loss": 3.0})

    assert [row[0] for row in rows(run)] == ["step", "10", "20", "30"]
    assert rows(run)[-1][2] == "3.0"
    assert len(run.events()) == 4
