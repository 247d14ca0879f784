"""The loop's study may be killed at any moment: the same command goes on to the same figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.launch.process import ProcessRecord
from napari_vertseg.rounds.ledger import read_rounds, run_folder
from napari_vertseg.strict_json import read_json

RUN = """
import sys
from pathlib import Path
import torch
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.study.loop import run_study
from napari_vertseg.study.loop_form import ARMS, LoopForm

torch.set_num_threads(1)
torch.manual_seed(5)
network = IterativeFcn(PRESETS["tiny"].network)
card = ModelCard(name="tiny", network=network.config, spacing_mm=8.0, window_hu=(-200.0, 1000.0))
model, out = Path(sys.argv[1]) / "tiny", Path(sys.argv[2])
if not model.exists():
    Model(card=card, network=network).save(model)
form = LoopForm(
    domains=("thick",), arms=ARMS[:1], seeds=(0,), sizes=(1, 2), pool=2, validation=1, fresh=1,
    earlier=1, height_mm=90.0, steps=8, max_steps=3,
    options=("--device", "cpu", "--threads", "1", "--loaders", "0"),
)
run_study(str(model), None, out, form, lambda line: print(line, flush=True))
"""
MOMENTS: tuple[tuple[str, bool], ...] = (
    ("after 0: fresh", False),
    ("corrected validation-01", False),
    ("corrected pool", False),
    ("round 1 step 0", True),
    ("round 1 step 8", False),
    ("after 1: fresh", False),
    ("round 2 step 0", False),
    ("after 2: earlier", False),
)
"""What is said when the power fails, and whether the trainer is killed with the study."""


@pytest.fixture
def study(tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    def _study(out: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", RUN, str(tmp_path), str(tmp_path / out)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )

    return _study


def run_until(process: subprocess.Popen[str], said: str | None) -> list[str]:
    """Lines until one holds the words, and then nothing any more; all where there are none."""
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if said is not None and said in line:
            process.kill()
            break
    process.wait()
    process.stdout.close()
    return lines


@pytest.mark.slow
def test_killed_in_walk_correction_training_and_measurement(
    tmp_path: Path, study: Callable[[str], subprocess.Popen[str]]
) -> None:
    whole = run_until(study("whole"), None)
    assert any("2 of 2 rounds" in line for line in whole), "".join(whole)

    reached = []
    for said, is_with_trainer in MOMENTS:
        lines = run_until(study("killed"), said)
        reached.append(any(said in line for line in lines))
        if is_with_trainer:
            kill_trainers(tmp_path / "killed")
    last = run_until(study("killed"), None)

    assert sum(reached) >= len(MOMENTS) - 1, "a trainer that goes on alone may be past a moment"
    assert "report" not in "".join(last).lower() or "Error" not in "".join(last), "".join(last)
    assert figures(tmp_path / "killed") == figures(tmp_path / "whole"), "".join(last)
    project = Project.open(tmp_path / "killed" / "thick" / "seed-0" / "replay" / "project")
    assert [r.model.name for r in read_rounds(project) if r.model] == ["replay-1", "replay-2"]
    assert not list((tmp_path / "killed").rglob("*-2-2"))


def kill_trainers(out: Path) -> None:
    """Those of this very study, by their records."""
    project = Project.open(out / "thick" / "seed-0" / "replay" / "project")
    for record in read_rounds(project):
        read_json(ProcessRecord, run_folder(project, record.number) / "launch.json").kill()


def figures(out: Path) -> dict[str, Any]:
    """Everything that was measured, but for the seconds."""
    found = {}
    for path in sorted((out / "thick").rglob("*.json")):
        if path.name == "before.json" or path.name.startswith("after-"):
            rows = json.loads(path.read_text(encoding="utf-8"))
            for part in ("fresh", "earlier"):
                for row in rows[part].values():
                    del row["seconds"]
            found[path.relative_to(out).as_posix()] = rows
    assert len(found) == 3, sorted(found)
    return found
