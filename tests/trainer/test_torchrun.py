"""Several processes train one network: gradients are averaged, one of them writes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
import torch

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.predictor import normalise
from napari_vertseg.training import TrainingConfig
from vertseg_trainer.cases import load_cases
from vertseg_trainer.losses import losses
from vertseg_trainer.run_folder import RunFolder
from vertseg_trainer.sources import ScanSource
from vertseg_trainer.stream import Batch, SampleStream

REPO = Path(__file__).resolve().parents[2]


def torchrun(*words: str) -> None:
    """``torchrun`` with two processes on this machine; all must end well."""
    roots = [str(REPO / "src"), str(REPO / "trainer")]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run"),
            *("--standalone", "--nproc-per-node", "2", "-m", "vertseg_trainer", *words),
            *("--device", "cpu", "--threads", "1", "--loaders", "0"),
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(roots), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def expected_weights(
    config: TrainingConfig, samples: list[Batch], steps: int
) -> dict[str, torch.Tensor]:
    """Adam on the mean gradient of two samples per step, in one process."""
    torch.manual_seed(config.seed)
    network = IterativeFcn(PRESETS["tiny"].network)
    adam = torch.optim.Adam(
        network.parameters(), lr=config.learning_rate, betas=(config.momentum, 0.999)
    )
    for step in range(steps):
        adam.zero_grad()
        for sample in samples[2 * step : 2 * step + 2]:
            batch = {name: tensor[None] for name, tensor in sample.items()}
            image = normalise(batch["image"], config.window_hu)
            answer = network(torch.stack([image, batch["memory"].float()], dim=1))
            (losses(*answer, batch, config.loss, step, 8.0**3).total / 2).backward()
        adam.step()
    return network.state_dict()


@pytest.mark.slow
def test_two_processes_train_as_one_with_both_their_samples(
    tmp_path: Path,
    case_folder: Callable[..., Path],
    settings_file: Callable[[TrainingConfig], Path],
    tiny: Callable[..., TrainingConfig],
) -> None:
    """Begun with two steps, resumed for two more. Each checkpoint compares both weights."""
    config = tiny(steps=4, warm_up_steps=0, max_gradient_norm=None, learning_rate=0.01)
    data = case_folder(labels_only={}, scan={"ct": True})
    run = tmp_path / "run"
    words = ("--config", str(settings_file(config)), "--data", str(data), "--steps", "2")

    torchrun("train", str(run), *words)
    torchrun("resume", str(run))

    source = ScanSource(load_cases(data, "train"), config, 8.0)
    samples = list(islice(SampleStream(source, start=0), 8))
    state = RunFolder(run).load_checkpoint()
    assert state is not None
    assert state["step"] == 4
    for name, value in expected_weights(config, samples, 4).items():
        torch.testing.assert_close(state["network"][name], value, rtol=1e-3, atol=1e-4)
    one_alone = expected_weights(config, [s for s in samples[::2] for _ in range(2)], 4)
    assert any((state["network"][n] - one_alone[n]).abs().max() > 0.01 for n in one_alone)

    told = [(event.kind, event.step) for event in RunFolder(run).events()]
    assert told == [
        ("started", 0),
        ("checkpoint", 0),
        ("checkpoint", 2),
        ("checkpoint", 2),
        ("finished", 2),
        ("started", 2),
        ("checkpoint", 4),
        ("checkpoint", 4),
        ("finished", 4),
    ]
    assert not list(run.rglob(".part-*"))
