"""λ·FP_soft + FN_soft + binary cross entropy of the completeness (P20)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from napari_vertseg.training import LossConfig


@dataclass(frozen=True)
class Losses:
    """The terms of one step."""

    total: Tensor
    false_positive: Tensor
    false_negative: Tensor
    completeness: Tensor

    def values(self) -> dict[str, float]:
        """For the log."""
        return {
            "loss": float(self.total.detach()),
            "false_positive": float(self.false_positive.detach()),
            "false_negative": float(self.false_negative.detach()),
            "completeness_loss": float(self.completeness.detach()),
        }


def false_positive_weight(config: LossConfig, step: int) -> float:
    """λ at a step: ramped linearly, then constant."""
    part = min(step / config.ramp_steps, 1.0) if config.ramp_steps else 1.0
    return config.false_positive_start + part * (
        config.false_positive_end - config.false_positive_start
    )


def losses(
    logits: Tensor,
    completeness_logit: Tensor,
    batch: dict[str, Tensor],
    config: LossConfig,
    step: int,
    voxel_mm3: float,
) -> Losses:
    """Terms summed over the voxels of each patch, mean over the batch.

    Parameters
    ----------
    logits : (n, 1, z, y, x)
    completeness_logit : (n,)
    batch : of ``stream.as_tensors``, with a batch axis.
    """
    target = batch["target"].float()
    weight = batch["weight"].float() * (voxel_mm3 / config.volume_unit_mm3 / len(target))
    probability = logits[:, 0].float().sigmoid()
    false_positive = (weight * (1 - target) * probability).sum()
    false_negative = (weight * target * (1 - probability)).sum()
    total = false_positive_weight(config, step) * false_positive + false_negative
    if config.cross_entropy:
        voxelwise = functional.binary_cross_entropy_with_logits(
            logits[:, 0].float(), target, weight=weight, reduction="sum"
        )
        total = total + config.cross_entropy * voxelwise
    completeness = _completeness(completeness_logit.float(), batch["completeness"])
    return Losses(
        total=total + config.completeness * completeness,
        false_positive=false_positive,
        false_negative=false_negative,
        completeness=completeness,
    )


def _completeness(logit: Tensor, truth: Tensor) -> Tensor:
    """Only where there is a target; 0, with a gradient of 0, where there is none."""
    known = ~torch.isnan(truth)
    wanted = torch.where(known, truth, 0.0)
    each = functional.binary_cross_entropy_with_logits(logit, wanted, reduction="none")
    return (each * known).sum() / max(len(truth), 1)
