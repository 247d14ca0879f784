"""Network, optimiser and weight average as one thing that takes a step and can be saved."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.predictor import normalise
from napari_vertseg.training import TrainingConfig

from .losses import losses
from .networks import network_config
from .stream import Batch


class Learner:
    """Takes optimiser steps; its state says everything needed to go on."""

    def __init__(
        self,
        config: TrainingConfig,
        fabric: Fabric,
        *,
        start_weights: dict[str, Tensor] | None = None,
        checkpoint_activations: bool = False,
    ) -> None:
        self.config = config
        self.step = 0
        self._fabric = fabric
        self._preset = PRESETS[config.preset]
        torch.manual_seed(config.seed)
        network = IterativeFcn(
            network_config(config), checkpoint_activations=checkpoint_activations
        )
        if start_weights is not None:
            network.load_state_dict(start_weights)
        network = network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        optimizer = torch.optim.Adam(
            network.parameters(), lr=config.learning_rate, betas=(config.momentum, 0.999)
        )
        self._plain = network
        self._network, self._optimizer = fabric.setup(network, optimizer)
        self._average = {name: t.detach().clone() for name, t in network.state_dict().items()}

    def learn(self, batch: Batch) -> dict[str, float]:
        """One optimiser step; returns the loss terms.

        Raises
        ------
        TrainingFailed
            Loss or gradient is no number; the weights stay as they were.
        """
        self._set_rate_and_seed()
        self._network.train()
        self._optimizer.zero_grad(set_to_none=True)
        patch = torch.stack(
            [normalise(batch["image"], self.config.window_hu), batch["memory"].float()], dim=1
        ).contiguous(memory_format=torch.channels_last_3d)
        voxels, completeness = self._network(patch)
        terms = losses(
            voxels,
            completeness,
            batch,
            self.config.loss,
            self.step,
            self._preset.spacing_mm**3,
        )
        self._fabric.backward(terms.total)
        self._check_and_clip(terms.total)
        self._optimizer.step()
        self.step += 1
        self._update_average()
        return terms.values()

    def averaged_network(self) -> IterativeFcn:
        """A copy with the averaged weights, on the CPU, ready for inference."""
        network = IterativeFcn(network_config(self.config))
        network.load_state_dict({k: v.detach().cpu() for k, v in self._average.items()})
        return network.eval()

    def state(self) -> dict[str, Any]:
        """Everything needed to go on exactly."""
        return {
            "step": self.step,
            "network": {k: v.detach().cpu() for k, v in self._plain.state_dict().items()},
            "average": {k: v.detach().cpu() for k, v in self._average.items()},
            "optimizer": self._optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state.

        Raises
        ------
        TrainingFailed
            The state is of another network.
        """
        try:
            self._plain.load_state_dict(state["network"])
            self._average = {k: v.to(self._fabric.device) for k, v in state["average"].items()}
            self._optimizer.load_state_dict(state["optimizer"])
            self.step = int(state["step"])
            torch.set_rng_state(state["random"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingFailed(
                f"the checkpoint does not fit the settings ({str(error).splitlines()[0]}); it was "
                "written by another version, or config.json was edited. Start a new run."
            ) from None

    def checksums(self) -> Tensor:
        """(parameters,) sums that differ where weights differ."""
        return torch.stack([p.detach().double().sum() for p in self._plain.parameters()])

    def _set_rate_and_seed(self) -> None:
        warm_up = min(1.0, (self.step + 1) / max(self.config.warm_up_steps, 1))
        for group in self._optimizer.param_groups:
            group["lr"] = self.config.learning_rate * warm_up * self._rate_left()
        # Dropout of a step hangs on the step alone: a resumed run draws what an unbroken one
        # draws, on any device and however many loaders have used the generator meanwhile.
        words = (self.config.seed, 4, self.step, self._fabric.global_rank)
        torch.manual_seed(int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1))

    def _rate_left(self) -> float:
        """Share of the learning rate at this step; falls evenly to the last one's."""
        done = min(self.step / self.config.steps, 1.0)
        return 1.0 - done * (1.0 - self.config.final_rate_share)

    def _check_and_clip(self, loss: Tensor) -> None:
        """Before the step, since a broken gradient would spoil the weights for good."""
        limit = self.config.max_gradient_norm
        norm = torch.nn.utils.clip_grad_norm_(
            self._plain.parameters(), float("inf") if limit is None else limit
        )
        if not bool(torch.isfinite(norm)) or not bool(torch.isfinite(loss.detach())):
            raise TrainingFailed(
                f"after step {self.step} the loss was no longer a number. The checkpoint before "
                "it is kept; start a new run with a smaller learning rate or max_gradient_norm."
            )

    def _update_average(self) -> None:
        """Exponential moving average; without one, the newest weights."""
        decay = self.config.averaging_decay
        # Early weights are forgotten sooner, or the start would linger.
        part = 1.0 if decay is None else max(1.0 - decay, 1.0 / (self.step + 1))
        with torch.no_grad():
            for name, value in self._plain.state_dict().items():
                if value.is_floating_point():
                    self._average[name].lerp_(value, part)
                else:
                    self._average[name].copy_(value)
