"""Small models to move around."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard


@pytest.fixture
def model_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a model of the tiny network below ``tmp_path / "made"``."""

    def _model_folder(name: str = "mine", seed: int = 1) -> Path:
        torch.manual_seed(seed)
        network = IterativeFcn(PRESETS["tiny"].network)
        card = ModelCard(
            name=name, network=network.config, spacing_mm=8.0, window_hu=(-200.0, 1000.0)
        )
        Model(card=card, network=network).save(tmp_path / "made" / name)
        return tmp_path / "made" / name

    return _model_folder
