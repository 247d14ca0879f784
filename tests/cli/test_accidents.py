"""Whatever happens on the way: all three files or none, and what was there stays."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.errors import OutputRefused
from napari_vertseg.io import write_scan
from napari_vertseg.recording import replay

Vertseg = Callable[..., int]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


class Breaking:
    """A predictor that works a few times and then does not."""

    def __init__(self, working: Any, after: int, error: BaseException) -> None:
        self.working, self.after, self.error = working, after, error
        self.once = False

    def __call__(self, image: Any, memory: Any) -> Any:
        self.after -= 1
        if self.after == -1 or (self.after < 0 and not self.once):
            raise self.error
        return self.working(image, memory)


def test_ctrl_c_in_the_walk_leaves_no_half_file_but_the_recording(
    vertseg: Vertseg, model: Any, scan_file: Path, out: Path, tmp_path: Path, capsys: Any
) -> None:
    model.answer = Breaking(model.answer, 6, KeyboardInterrupt())

    assert vertseg(scan_file, "--events", tmp_path / "walk.jsonl") == 130
    assert names(out) == []
    assert "interrupted" in capsys.readouterr().err
    assert len(list(replay(tmp_path / "walk.jsonl"))) >= 6


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), 130), (OutputRefused("the disk is full."), 1), (MemoryError(), 1)],
)
@pytest.mark.parametrize("has_older", [False, True])
def test_an_accident_while_writing_leaves_everything_as_it_was(
    vertseg: Vertseg,
    scan_file: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    has_older: bool,
) -> None:
    if has_older:
        assert vertseg(scan_file, "--keep-incomplete") == 0
    else:
        out.mkdir()
    before = {file.name: file.read_bytes() for file in out.iterdir()}

    def breaks(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("napari_vertseg.results.write.overview_picture", breaks)
    assert vertseg(scan_file, "--overwrite") == code
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_a_model_that_gives_out_is_told_in_one_sentence(
    vertseg: Vertseg, model: Any, scan_file: Path, out: Path, capsys: Any
) -> None:
    reason = "CUDA out of memory. Tried to allocate\nmany lines of figures"
    model.answer = Breaking(model.answer, 3, RuntimeError(reason))

    assert vertseg(scan_file) == 1
    (line,) = [s for s in capsys.readouterr().err.splitlines() if s.startswith("vertseg:")]
    assert "gave out on cpu while walking patient (CUDA out of memory" in line
    assert "many lines" not in line
    assert names(out) == []


def test_a_model_that_answers_nonsense_fails_that_scan_only(
    vertseg: Vertseg, model: Any, scan_file: Path, ct: Any, out: Path, capsys: Any
) -> None:
    write_scan(scan_file.parent / "second.nii.gz", ct())
    working, spoilt = model.answer, []

    def once_nonsense(image: Any, memory: Any) -> Any:
        answer = working(image, memory)
        if spoilt or answer.probability.max() < 0.5:
            return answer
        spoilt.append(True)
        return replace(answer, probability=answer.probability * 9)

    model.answer = once_nonsense
    assert vertseg(scan_file, scan_file.parent / "second.nii.gz") == 1
    assert "instead of probabilities" in capsys.readouterr().err
    assert {name.partition("_")[0] for name in names(out)} == {"second"}


def test_a_fault_of_ours_in_one_scan_does_not_cost_the_others(
    vertseg: Vertseg, model: Any, scan_file: Path, ct: Any, out: Path, capsys: Any
) -> None:
    write_scan(scan_file.parent / "second.nii.gz", ct())
    model.answer = Breaking(model.answer, 2, ZeroDivisionError("a bug"))
    model.answer.once = True

    assert vertseg(scan_file, scan_file.parent / "second.nii.gz") == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: a bug" in said
    assert "patient failed by a fault of the program" in said
    assert {name.partition("_")[0] for name in names(out)} == {"second"}


SLOW = """
import signal, sys, time
import numpy as np

# A shell that runs the tests in the background has its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)

from napari_vertseg.network.model import Model
from napari_vertseg.prediction import Prediction

def slow(image, memory):
    time.sleep(0.3)
    return Prediction(np.full(image.shape, 0.9, dtype=np.float32), 1.0)

Model.predictor = lambda self, device="cpu": slow
from napari_vertseg.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_program_without_half_files(
    model: Any, scan_file: Path, out: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    events = tmp_path / "walk.jsonl"
    words = ["segment", scan_file, "-o", out, "--model", model.folder, "--events", events]
    with subprocess.Popen(
        [sys.executable, "-c", SLOW, *map(str, words)], stderr=subprocess.PIPE, text=True
    ) as running:
        deadline = time.monotonic() + 120
        while not (events.exists() and events.read_text().count("\n") > 3):
            assert running.poll() is None, running.stderr and running.stderr.read()
            assert time.monotonic() < deadline, "the walk never began"
            time.sleep(0.05)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)

    assert running.returncode == code
    assert "Traceback" not in said
    assert names(out) == []
