"""From settings and folders to a running loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.ddp import DDPStrategy

from napari_vertseg.errors import CaseIncomplete, ModelIncompatible, TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.device import agrees_in_bf16, choose_device
from napari_vertseg.network.model import find_model, load_model, weights_sha256
from napari_vertseg.training import TrainingConfig, TrainingEvent

from .cases import TrainingCase, load_cases
from .loop import train
from .networks import network_config
from .processes import is_first_process, is_torchrun
from .run_folder import RunFolder
from .runtime import Runtime
from .sources import ScanSource
from .validate import Validation

Precision = Literal["32-true", "bf16-mixed"]

_LONGEST_WALK = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What the command line says beside the settings of the run."""

    steps: int | None = None
    """Train until this step instead of the configured one."""
    device: str = "auto"
    precision: Precision = "32-true"
    runtime: Runtime = field(default_factory=Runtime)
    listen: Callable[[TrainingEvent], None] = lambda event: None
    tell: Callable[[str], None] = lambda sentence: None
    """Is told what a person should know and no program needs."""


def begin(
    config: TrainingConfig,
    folder: RunFolder,
    data: Sequence[Path],
    setup: Setup,
    start: str | None = None,
) -> int:
    """Start a run in a new folder, once all it needs was found; returns the step reached.

    Parameters
    ----------
    config : TrainingConfig
    folder : RunFolder
        Where nothing was trained yet.
    data : paths
        Folders with a ``manifest.json``; none trains on phantoms alone.
    setup : Setup
    start : str, optional
        Name or path of a model whose weights are the first.

    Raises
    ------
    TrainingFailed, CaseIncomplete, ModelIncompatible
        Nothing was started; no folder is left behind.
    """
    if is_first_process():
        folder.refuse_taken()
    weights, parent = (None, None) if start is None else _weights_of(start, config, setup.tell)
    go = _prepared(config, folder, data, setup, weights)
    if is_first_process():
        folder.create(config, [str(path) for path in data], parent=parent)
    return go()


def go_on(folder: RunFolder, setup: Setup) -> int:
    """Continue a run from its last checkpoint; returns the step reached.

    Raises
    ------
    TrainingFailed, CaseIncomplete
        There is no run, or its data are gone; it stays as it is.
    """
    config = folder.config()
    if folder.parent() and folder.load_checkpoint() is None:
        raise TrainingFailed(
            f"{folder.path.name} was stopped before its first checkpoint, and the weights it "
            "started from are not in it. Start it again in a new folder."
        )
    go = _prepared(config, folder, [Path(path) for path in folder.data()], setup, None)
    if is_first_process():
        folder.remove_unfinished()
    return go()


def _prepared(
    config: TrainingConfig,
    folder: RunFolder,
    data: Sequence[Path],
    setup: Setup,
    weights: dict[str, torch.Tensor] | None,
) -> Callable[[], int]:
    """Everything that can be refused, refused; the rest as something to call."""
    if setup.steps is not None:
        config = replace(config, steps=setup.steps)
    source = ScanSource(
        cases=_training_cases(data), config=config, spacing_mm=PRESETS[config.preset].spacing_mm
    )
    validation_cases = [case for path in data for case in load_cases(path, "validation")]
    fabric = fabric_for(config, setup)

    def go() -> int:
        fabric.launch()
        # Only the first process walks, so only it makes what is walked.
        cases = validation_cases if fabric.is_global_zero else []
        phantoms = config.validation_phantoms if fabric.is_global_zero else 0
        asked = replace(config, validation_phantoms=phantoms)
        return train(
            config,
            source,
            folder,
            fabric,
            setup.runtime,
            Validation.prepare(asked, cases, folder),
            start_weights=weights,
            listen=setup.listen,
        )

    return go


def _training_cases(data: Sequence[Path]) -> list[TrainingCase]:
    cases = [case for path in data for case in load_cases(path, "train")]
    if data and not cases:
        names = ", ".join(path.name for path in data)
        raise CaseIncomplete(
            f"no case in {names} has the role 'train'; set it in manifest.json, or leave "
            "--data away to train on phantoms alone."
        )
    return cases


def _weights_of(
    start: str, config: TrainingConfig, tell: Callable[[str], None]
) -> tuple[dict[str, torch.Tensor], str]:
    """Weights of a model that fits the settings, and how it is called.

    Its grid may be another one, and its patch where that leaves the path of the completeness as
    long: a convolution has the same weights for any of them.
    """
    path = find_model(start)
    model = load_model(path)
    card, preset, wanted = model.card, PRESETS[config.preset], network_config(config)
    weights = dict(model.network.state_dict())
    has_shapes = _shapes(weights) == _shapes(IterativeFcn(wanted).state_dict())
    layers = replace(card.network, patch_shape=wanted.patch_shape)
    for name, has, needs in (
        ("network", layers if has_shapes else card.network, wanted),
        ("window_hu", card.window_hu, config.window_hu),
    ):
        if has != needs:
            raise ModelIncompatible(
                f"the model {card.name} cannot be the start: its {name} is {has}, the "
                f"settings say {needs}. Choose the preset and window_hu of the model."
            )
    if card.spacing_mm != preset.spacing_mm:
        tell(
            f"the model {card.name} was trained on a grid of {card.spacing_mm:g} mm and goes on "
            f"at {preset.spacing_mm:g} mm: it has to learn sizes anew."
        )
    return weights, f"{card.name} {weights_sha256(path)}"


def _shapes(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


def fabric_for(config: TrainingConfig, setup: Setup) -> Fabric:
    """One process on one device; under ``torchrun`` as many as it started."""
    network = IterativeFcn(network_config(config))
    device = choose_device(network, _wanted(setup.device), tell=setup.tell)
    is_mixed = setup.precision == "bf16-mixed"
    if is_mixed and device.type != "cpu" and not agrees_in_bf16(network, device):
        raise TrainingFailed(
            f"bf16-mixed gives wrong results on {device} (some versions of cuDNN do); "
            "train with --precision 32-true, or install another version of torch."
        )
    if not is_torchrun():
        index = device.index or 0
        devices = 1 if device.type == "cpu" else [index]
        return Fabric(accelerator=device.type, devices=devices, precision=setup.precision)
    here = int(os.environ["LOCAL_WORLD_SIZE"])
    return Fabric(
        accelerator=device.type,
        devices=here,
        num_nodes=int(os.environ["WORLD_SIZE"]) // here,
        # The others wait while the first process walks the validation cases.
        strategy=DDPStrategy(timeout=_LONGEST_WALK),
        precision=setup.precision,
    )


def _wanted(device: str) -> str:
    """Under ``torchrun`` each process of a machine tries the GPU that will be its own."""
    if is_torchrun() and device in ("auto", "cuda") and torch.cuda.is_available():
        return f"cuda:{os.environ['LOCAL_RANK']}"
    return device
