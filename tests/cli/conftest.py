"""A small scan on the disk, and a model folder whose predictor needs no training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cli import main
from napari_vertseg.io import write_scan
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.network.model import Model, ModelCard, Provenance
from napari_vertseg.prediction import Prediction, Predictor
from napari_vertseg.volume import Grid, Scan, Zyx

SPACING_MM = (4.0, 3.0, 3.0)
SHAPE = (40, 30, 28)
FIRST_SLICE, PITCH = 3.5, 9.0


@pytest.fixture
def bones() -> NDArray[np.uint8]:
    """(z, y, x) truth: four vertebrae, the topmost one cut by the scan."""
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for number in range(1, 5):
        height = z - (FIRST_SLICE - 3.0 + PITCH * (number - 1))
        body = (height / 3.6) ** 2 + ((y - 12) / 6.5) ** 2 + ((x - 14) / 7.5) ** 2 <= 1
        labels[body] = number
    return labels


@pytest.fixture
def ct(bones: NDArray[np.uint8]) -> Callable[..., Scan]:
    """The scan of these bones, or of none."""

    def make(name: str = "scan", has_bones: bool = True) -> Scan:
        noise = np.random.default_rng(3).normal(0, 10, SHAPE)
        hu = np.where((bones > 0) & has_bones, 500, 40) + noise
        hu[:, :2] = -1000  # air in front
        grid = Grid.canonical(SHAPE, SPACING_MM)
        return Scan.from_canonical(hu.astype(np.int16), grid, name)

    return make


@pytest.fixture
def scan_file(ct: Callable[..., Scan], tmp_path: Path) -> Path:
    path = tmp_path / "in" / "patient.nii.gz"
    path.parent.mkdir()
    write_scan(path, ct())
    return path


@dataclass
class Model_:  # noqa: N801 - a model as the tests see it
    """A model folder, and what to do when its network is asked."""

    folder: Path
    answer: Predictor
    calls: int = field(default=0)

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        self.calls += 1
        return self.answer(image_patch, memory_patch)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bright_predictor: Predictor) -> Model_:
    """A real model folder; in place of the network's, the bright predictor answers."""
    card = ModelCard(
        name="tiny",
        network=NetworkConfig(filters=(4, 8), patch_shape=Zyx(24, 24, 24)),
        spacing_mm=4.0,
        window_hu=(-200.0, 1000.0),
        provenance=Provenance(steps=7, scores={"verse/dice": 0.5}, licence="CC-BY-SA-4.0"),
    )
    folder = tmp_path / "models" / "tiny"
    Model(card=card, network=IterativeFcn(card.network)).save(folder)
    stand_in = Model_(folder, bright_predictor)
    monkeypatch.setattr(Model, "predictor", lambda self, device="cpu": stand_in)
    return stand_in


@pytest.fixture
def vertseg(model: Model_, tmp_path: Path) -> Callable[..., int]:
    """``vertseg segment … -o out --model tiny …``: the exit code."""

    def call(*words: object) -> int:
        fixed = ["-o", tmp_path / "out", "--model", model.folder]
        return main(["segment", *map(str, [*words, *fixed])])

    return call


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"
