"""Fixed statistics: measured once, the same for every patch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from napari_vertseg.network.architecture import FixedNorm
from napari_vertseg.network.model import load_model
from vertseg_trainer.__main__ import main
from vertseg_trainer.run_folder import RunFolder


def _trained(start: Callable[..., list[str]], run: str = "run", **changes: object) -> list[str]:
    words = start(run, **changes)
    assert main([*words, "--loaders", "0", "--device", "cpu"]) == 0
    return words


def test_a_calibrated_model_keeps_its_weights_and_goes_on(
    start: Callable[..., list[str]], tmp_path: Path
) -> None:
    _trained(start, steps=3)
    fixed = tmp_path / "fixed"
    words = ["calibrate", str(tmp_path / "run"), "-o", str(fixed), "--samples", "4"]
    assert main(words) == 0
    average = (RunFolder(tmp_path / "run").load_checkpoint() or {})["average"]
    network = load_model(fixed).network
    assert network.config.norm == "fixed_statistics"
    assert all(torch.equal(network.state_dict()[name], value) for name, value in average.items())
    norms = [m for m in network.modules() if isinstance(m, FixedNorm)]
    assert norms
    assert not any(torch.equal(n.running_var, torch.ones_like(n.running_var)) for n in norms)

    words = start("second", steps=2, norm="fixed_statistics")
    assert main([*words, "--start", str(fixed), "--loaders", "0", "--device", "cpu"]) == 0
    after = (RunFolder(tmp_path / "second").load_checkpoint() or {})["network"]
    before = network.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert not any("running" in name for name in moved)


def test_a_patch_without_contrast_stays_without() -> None:
    norm = FixedNorm(3)
    flat = torch.full((1, 3, 4, 4, 4), 0.2) + 1e-4 * torch.randn(1, 3, 4, 4, 4)
    assert float(norm(flat).detach().std()) < 1e-3


def test_fixed_statistics_cannot_be_calibrated_again(
    start: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _trained(start, norm="fixed_statistics", steps=1)
    words = ["calibrate", str(tmp_path / "run"), "-o", str(tmp_path / "fixed")]
    assert main(words) == 2
    assert "batch_statistics" in capsys.readouterr().err
