"""A trainer that takes no time, and a spine of soap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard, Provenance
from napari_vertseg.study.study_settings import StudyStart
from napari_vertseg.study.subject import Subject
from napari_vertseg.training import TrainingConfig
from napari_vertseg.volume import Grid, Scan


class FakeTrainer:
    """Leaves a network of random weights where a training would leave a trained one."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.configs: list[TrainingConfig] = []
        self.data: list[list[Path]] = []
        self.reaches: int | None = None
        """Steps after which its time is up."""

    def __call__(
        self,
        run: Path,
        config: TrainingConfig,
        data: Sequence[Path],
        *,
        tell: Callable[[str], None],
    ) -> int:
        self.runs.append(run.name)
        self.configs.append(config)
        self.data.append(list(data))
        if self.reaches is not None:
            return self.reaches
        preset = PRESETS[config.preset]
        torch.manual_seed(config.seed)
        card = ModelCard(
            name="candidate",
            network=preset.network,
            spacing_mm=preset.spacing_mm,
            window_hu=config.window_hu,
            provenance=Provenance(steps=config.steps),
        )
        for which in ("latest", "best"):
            model = Model(card=card, network=IterativeFcn(preset.network))
            model.save(run / which, overwrite=True)
        return config.steps


@pytest.fixture
def mine() -> StudyStart:
    """A model that the networks of a study may begin as."""
    return StudyStart(
        name="mine",
        weights_sha256="0" * 64,
        steps=29_000,
        norm="fixed_statistics",
        window_hu=(-100.0, 900.0),
    )


@pytest.fixture
def trainer() -> FakeTrainer:
    return FakeTrainer()


@pytest.fixture
def soap() -> Subject:
    """Three blocks, the first of them cut, and a sacrum."""
    labels = np.zeros((48, 20, 20), dtype=np.uint8)
    for value, top in ((22, 0), (23, 12), (24, 24), (26, 36)):
        labels[top : top + 10, 4:16, 4:16] = value
    grid = Grid.canonical(labels.shape, (2.0, 2.0, 2.0))
    scan = Scan.from_canonical(np.where(labels > 0, 400, -60).astype(np.int16), grid, "soap")
    return Subject(scan, labels, {22: False, 23: True, 24: True}, is_exhaustive=True)
