"""Small spines of blocks, as arrays and as case folders."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_vertseg.cases import Project, RoundRecord
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.rounds.ledger import begin_round, read_round
from napari_vertseg.strict_json import to_jsonable
from napari_vertseg.training import (
    AugmentConfig,
    LossConfig,
    SampleShares,
    SourceShares,
    TrainingConfig,
    TrainingRequest,
)
from napari_vertseg.volume import Grid
from vertseg_trainer.__main__ import main

from .a_round import command

Labels = NDArray[np.uint8]

STILL = AugmentConfig(
    warp_share=0.0,
    crop_share=0.0,
    noise_hu=0.0,
    smoothing_voxels=0.0,
    thick_slice_share=0.0,
    shift_hu=0.0,
    memory_share=0.0,
)
"""Samples show the drawn scan as it is, but for its brightness."""


@pytest.fixture(autouse=True)
def _same_threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def still() -> AugmentConfig:
    return STILL


@pytest.fixture
def only() -> Callable[..., SampleShares]:
    """Shares of which all but the named ones are 0."""

    def _only(**shares: float) -> SampleShares:
        none = dict.fromkeys((field.name for field in fields(SampleShares)), 0.0)
        return SampleShares(**none | shares)

    return _only


@pytest.fixture
def blocks() -> Callable[..., Labels]:
    """A column of labelled 8 x 10 x 10 blocks, 2 slices apart, head to foot as given."""

    def _blocks(values: Sequence[int], shape: tuple[int, int, int] = (64, 24, 24)) -> Labels:
        labels = np.zeros(shape, dtype=np.uint8)
        for place, value in enumerate(values):
            labels[3 + 10 * place : 11 + 10 * place, 7:17, 7:17] = value
        return labels

    return _blocks


@pytest.fixture
def case_folder(blocks: Callable[..., Labels], tmp_path: Path) -> Callable[..., Path]:
    """Write cases with a manifest; ``name={"role": …, "ct": True, …}``."""

    def _case_folder(**cases: dict[str, Any]) -> Path:
        root = tmp_path / "cases"
        for name, wanted in cases.items():
            labels = wanted.pop("labels", blocks((20, 21, 22, 23, 24, 26)))
            grid = Grid.canonical(labels.shape, wanted.pop("spacing", (4.0, 4.0, 4.0)))
            volumes = {"vertebrae": labels} | wanted.pop("volumes", {})
            if wanted.pop("ct", False):
                volumes["ct"] = np.where(labels > 0, 400, -100).astype(np.int16)
            (root / name).mkdir(parents=True)
            for stem, volume in volumes.items():
                image = nib.Nifti1Image(volume, grid.affine)
                nib.save(image, root / name / f"{stem}.nii.gz")
        lines = [{"path": name, "role": "train"} | cases[name] for name in cases]
        (root / "manifest.json").write_text(json.dumps(lines))
        return root

    return _case_folder


@pytest.fixture
def tiny() -> Callable[..., TrainingConfig]:
    """Settings of a run that takes no time; keywords change them."""

    def _tiny(**changes: Any) -> TrainingConfig:
        settings = {
            "preset": "tiny",
            "seed": 11,
            "steps": 6,
            "warm_up_steps": 2,
            "averaging_decay": 0.9,
            "max_gradient_norm": 5.0,
            "sources": SourceShares(phantom=0.0),
            "loss": LossConfig(volume_unit_mm3=50_000.0, cross_entropy=0.5),
            "scans_at_once": 2,
            "samples_per_scan": 3,
            "checkpoint_every": 2,
            "validate_every": 1_000_000,
            "validation_phantoms": 0,
        }
        return TrainingConfig(**settings | changes)

    return _tiny


@pytest.fixture
def settings_file(tmp_path: Path) -> Callable[[TrainingConfig], Path]:
    """The settings as a JSON file."""

    def _settings_file(config: TrainingConfig) -> Path:
        path = tmp_path / "settings.json"
        path.write_text(json.dumps(to_jsonable(config)))
        return path

    return _settings_file


@pytest.fixture
def start(
    tmp_path: Path,
    case_folder: Callable[..., Path],
    settings_file: Callable[[TrainingConfig], Path],
    tiny: Callable[..., TrainingConfig],
) -> Callable[..., list[str]]:
    """Words of a ``train`` command on two small cases; keywords change the settings."""
    data = case_folder(labels_only={}, scan={"ct": True}, kept_back={"role": "validation"})

    def _start(run: str, **changes: Any) -> list[str]:
        settings = settings_file(tiny(**changes))
        return ["train", str(tmp_path / run), "--config", str(settings), "--data", str(data)]

    return _start


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of the tiny network, from the seed 99."""
    preset = PRESETS["tiny"]
    torch.manual_seed(99)
    card = ModelCard(
        name="parent", network=preset.network, spacing_mm=8.0, window_hu=(-200.0, 1000.0)
    )
    Model(card=card, network=IterativeFcn(preset.network)).save(tmp_path / "parent")
    return tmp_path / "parent"


@pytest.fixture
def request_of() -> Callable[..., TrainingRequest]:
    """A request that takes no time; keywords change it."""

    def _request_of(**changes: Any) -> TrainingRequest:
        settings = {"base": None, "preset": "tiny", "minutes": None, "steps": 4}
        settings |= {"replay_share": 0.0, "validations": 2, "has_gate_phantoms": False}
        return TrainingRequest(**settings | changes)

    return _request_of


@pytest.fixture
def train(request_of: Callable[..., TrainingRequest]) -> Callable[..., tuple[int, RoundRecord]]:
    """Begin a round and train it through the command line: exit code and record."""

    def _train(project: Project, *words: str, **changes: Any) -> tuple[int, RoundRecord]:
        number = begin_round(project, request_of(**changes)).number
        code = main(command(project, number, *words))
        return code, read_round(project, number)

    return _train
