"""From a network with statistics of the patch to one with fixed statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard, Provenance
from napari_vertseg.network.predictor import normalise
from napari_vertseg.training import TrainingConfig

from .cases import load_cases
from .networks import network_config
from .run_folder import RunFolder
from .sources import ScanSource
from .stream import Batch, SampleStream
from .validate import candidate_card


@dataclass
class _Moments:
    """Running sums of a layer's input."""

    first: Tensor
    second: Tensor
    patches: int = 0

    def add(self, features: Tensor) -> None:
        axes = (0, 2, 3, 4)
        self.first += features.mean(axes)
        self.second += features.square().mean(axes)
        self.patches += 1

    @property
    def mean(self) -> Tensor:
        return self.first / self.patches

    @property
    def variance(self) -> Tensor:
        return self.second / self.patches - self.mean.square()


def calibrate(folder: RunFolder, output: Path, samples: int = 200) -> Model:
    """A start model with fixed statistics from the averaged weights of a run.

    Parameters
    ----------
    folder : RunFolder
        A run of a network with ``batch_statistics``.
    output : Path
        Model folder to write.
    samples : int
        Training patches that the statistics are measured on.

    Raises
    ------
    TrainingFailed
        The run has no checkpoint, or its norm has no statistics of the patch.
    OutputRefused
        ``output`` holds a model already.
    """
    config = folder.config()
    state = folder.load_checkpoint()
    if state is None or network_config(config).norm != "batch_statistics":
        raise TrainingFailed(
            f"{folder.path.name} cannot be calibrated: that needs a checkpoint of a network "
            "with the norm 'batch_statistics'."
        )
    trained = IterativeFcn(network_config(config))
    trained.load_state_dict(state["average"])
    moments = _measured(trained.eval(), _patches(config, folder, samples), config)
    fixed = IterativeFcn(replace(network_config(config), norm="fixed_statistics"))
    fixed.load_state_dict(state["average"] | _buffers(moments))
    model = Model(card=_card(config, fixed, int(state["step"])), network=fixed)
    model.save(output)
    return model


def _patches(config: TrainingConfig, folder: RunFolder, samples: int) -> Iterable[Batch]:
    cases = [case for data in folder.data() for case in load_cases(Path(data), "train")]
    source = ScanSource(cases, config, PRESETS[config.preset].spacing_mm)
    return (batch for _, batch in zip(range(samples), SampleStream(source, start=0), strict=False))


def _measured(
    network: IterativeFcn, patches: Iterable[Batch], config: TrainingConfig
) -> dict[str, _Moments]:
    """Moments of every norm's input, averaged over patches."""
    moments: dict[str, _Moments] = {}

    def watch(name: str, width: int) -> None:
        moments[name] = _Moments(torch.zeros(width), torch.zeros(width))
        network.get_submodule(name).register_forward_pre_hook(
            lambda _, inputs: moments[name].add(inputs[0])
        )

    for name, module in network.named_modules():
        if isinstance(module, nn.BatchNorm3d):
            watch(name, module.num_features)
    with torch.inference_mode():
        for batch in patches:
            image = normalise(batch["image"], config.window_hu)
            network(torch.stack([image, batch["memory"].float()])[None])
    return moments


def _buffers(moments: dict[str, _Moments]) -> dict[str, Tensor]:
    means = {f"{name}.running_mean": m.mean.clone() for name, m in moments.items()}
    return means | {f"{name}.running_var": m.variance.clone() for name, m in moments.items()}


def _card(config: TrainingConfig, network: IterativeFcn, steps: int) -> ModelCard:
    card = candidate_card(config, steps)
    provenance = Provenance(steps=steps)
    return replace(card, name=f"calibrated-{steps}", network=network.config, provenance=provenance)
