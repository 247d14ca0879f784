"""The loop's study may be killed at any moment: the same command goes on to the same figures."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_vertseg.cases import Project
from napari_vertseg.launch.process import ProcessRecord
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard, weights_sha256
from napari_vertseg.rounds.ledger import read_rounds, run_folder
from napari_vertseg.strict_json import read_json
from napari_vertseg.study.loop import run_study
from napari_vertseg.study.loop_form import ARMS, LoopForm

FORM = LoopForm(
    domains=("thick",),
    arms=ARMS[:1],
    seeds=(0,),
    sizes=(1, 2),
    pool=2,
    validation=1,
    fresh=1,
    earlier=1,
    height_mm=90.0,
    steps=6,
    max_steps=3,
    options=("--device", "cpu", "--threads", "1", "--loaders", "0"),
)
MOMENTS = (
    "after 0: fresh",
    "corrected validation-01",
    "corrected pool",
    "round 1 step 0",
    "after 1: fresh",
    "round 2 step 0",
    "after 2: earlier",
)
"""What is said last when the power fails."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    network = IterativeFcn(PRESETS["tiny"].network)
    card = ModelCard(
        name="tiny", network=network.config, spacing_mm=8.0, window_hu=(-200.0, 1000.0)
    )
    Model(card=card, network=network).save(tmp_path / "tiny")
    return tmp_path / "tiny"


def study(model: str, out: Path, moment: str | None) -> None:
    """In a process of its own, which is killed at a moment together with its trainer."""
    torch.set_num_threads(1)

    def tell(line: str) -> None:
        if moment is not None and moment in line:
            for trainer in out.rglob("launch.json"):
                read_json(ProcessRecord, trainer).kill()
            os.kill(os.getpid(), signal.SIGKILL)

    run_study(model, None, out, FORM, tell)


def run(model: Path, out: Path, moment: str | None) -> int | None:
    """Exit code of the study; below 0 where it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([run_study.__module__])
    process = context.Process(target=study, args=(str(model), out, moment))
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_in_walk_correction_training_and_measurement(tmp_path: Path, model: Path) -> None:
    assert run(model, tmp_path / "whole", None) == 0

    codes = {moment: run(model, tmp_path / "killed", moment) for moment in MOMENTS}
    assert codes == dict.fromkeys(MOMENTS, -signal.SIGKILL), "every moment came"
    assert run(model, tmp_path / "killed", None) == 0

    assert measured(tmp_path / "killed") == measured(tmp_path / "whole")
    assert trained(tmp_path / "killed") == trained(tmp_path / "whole")


def measured(out: Path) -> dict[str, Any]:
    """Everything that was measured, but for the seconds."""
    found = {}
    for size in (0, 1, 2):
        name = f"replay/after-{size}.json" if size else "before.json"
        rows = json.loads((out / "thick" / "seed-0" / name).read_text(encoding="utf-8"))
        for part in ("fresh", "earlier"):
            for row in rows[part].values():
                del row["seconds"]
        found[name] = rows
    return found


def trained(out: Path) -> dict[str, str]:
    """Candidates with the newest weights of their rounds: to the bit, however often resumed."""
    project = Project.open(out / "thick" / "seed-0" / "replay" / "project")
    return {
        record.model.name: weights_sha256(run_folder(project, record.number) / "latest")
        for record in read_rounds(project)
        if record.model is not None
    }
