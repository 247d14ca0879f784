"""What cannot be trained is refused in one sentence, with exit code 2, leaving nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.training import SourceShares, TrainingConfig
from napari_vertseg.volume import Zyx
from vertseg_trainer.__main__ import _config, main

REPO = Path(__file__).resolve().parents[2]
WITHOUT_LOADER = ["--device", "cpu", "--threads", "1", "--loaders", "0"]

Start = Callable[..., list[str]]


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main([*words, *WITHOUT_LOADER]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("vertseg-train: ")
    assert output.err.count("\n") == 1
    return output.err


def test_a_folder_with_a_run_is_not_begun_again(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    words = start("run", steps=2)
    assert main([*words, *WITHOUT_LOADER]) == 0
    before = files(tmp_path / "run")
    capsys.readouterr()

    words[-1] = str(tmp_path / "gone")  # it says so before it looks at anything else
    assert "already holds a training run" in refused(words, capsys)
    assert files(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"colour": 1}, "colour: unknown key"),
        ({"loss": {"gamma": 1.0}}, "loss.gamma: unknown key"),
        ({"steps": "many"}, "steps: Input should be a valid integer"),
        ({"preset": "huge"}, "preset: Input should be 'paper', 'small' or 'tiny'"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"averaging_decay": 1.0}, "averaging_decay must be in [0, 1)"),
        ({"sources": {"phantom": 0, "real": 0, "synthesis": 0}}, "one must be above 0"),
        ({"samples": {"done": -1.0}}, "shares must not be negative"),
        ({"window_hu": [5, 5]}, "window_hu must rise"),
    ],
)
def test_settings_that_make_no_sense_are_named(
    tmp_path: Path,
    start: Start,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    named: str,
) -> None:
    words = start("run")
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    sentence = refused(words, capsys)

    assert "settings.json" in sentence
    assert named in sentence
    assert not (tmp_path / "run").exists()


def test_missing_settings_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", str(tmp_path / "run"), "--config", str(tmp_path / "none.json")]

    assert "none.json cannot be read" in refused(words, capsys)


def test_data_without_a_training_case_are_refused(
    tmp_path: Path,
    case_folder: Callable[..., Path],
    settings_file: Callable[[TrainingConfig], Path],
    tiny: Callable[..., TrainingConfig],
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = case_folder(one={"role": "trian"}, two={"role": "validation"})
    settings = settings_file(tiny(sources=SourceShares()))
    words = ["train", str(tmp_path / "run"), "--config", str(settings), "--data", str(data)]

    assert "no case in cases has the role 'train'" in refused(words, capsys)
    assert not (tmp_path / "run").exists()


def test_a_model_that_does_not_fit_cannot_be_the_start(
    tmp_path: Path,
    start: Start,
    model: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [*start("run", window_hu=(-100.0, 500.0)), "--start", str(model)]

    assert "its window_hu is (-200.0, 1000.0)" in refused(words, capsys)
    words[-1] = "nothing"
    assert "there is no model 'nothing'" in refused(words, capsys)
    assert not (tmp_path / "run").exists()


def test_a_model_with_a_longer_completeness_path_cannot_be_the_start(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    network = replace(PRESETS["tiny"].network, patch_shape=Zyx(24, 16, 16))
    card = ModelCard(name="longer", network=network, spacing_mm=8.0, window_hu=(-200.0, 1000.0))
    Model(card=card, network=IterativeFcn(network)).save(tmp_path / "longer")

    words = [*start("run"), "--start", str(tmp_path / "longer")]
    assert "its network is" in refused(words, capsys)
    assert not (tmp_path / "run").exists()


def test_resuming_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no training run" in refused(["resume", str(tmp_path / "none")], capsys)


def test_a_device_that_does_not_exist_is_refused(
    tmp_path: Path, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*start("run"), "--device", "gpu", "--loaders", "0"]) == 2
    assert "there is no device 'gpu'" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"]])
def test_help_needs_no_torch(words: list[str]) -> None:
    roots = [str(REPO / "src"), str(REPO / "trainer")]
    code = (
        "import sys\nfrom vertseg_trainer.__main__ import main\n"
        f"try: main({words})\nexcept SystemExit: print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(roots)},
        capture_output=True,
        text=True,
    )

    assert done.stdout.endswith("False\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    "words", [["--steps", "0"], ["--loaders", "-1"], ["--threads", "x"], ["--precision", "8"]]
)
def test_senseless_options_are_refused(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["resume", str(tmp_path), *words])

    assert caught.value.code == 2


def test_settings_left_out_are_the_default(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"seed": 4}')

    assert _config(None) == TrainingConfig()
    assert _config(path) == replace(TrainingConfig(), seed=4)
