"""Settings of a training run: everything that decides what it does."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import ClassVar, Literal

from ..strict_json import STRICT

Norm = Literal["batch_statistics", "fixed_statistics", "batch", "instance", "none"]
"""See ``network.config``; stated again, since the settings know no torch."""

PresetName = Literal["paper", "small", "tiny"]
"""Networks that can be trained; ``network.config.PRESETS`` says what they are."""


def _check_shares(shares: SampleShares | SourceShares) -> None:
    values = astuple(shares)
    if min(values) < 0 or sum(values) <= 0:
        raise ValueError(f"shares must not be negative, and one must be above 0; got {values}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleShares:
    """How often each state of the walk is drawn (P17); need not sum to one."""

    __pydantic_config__: ClassVar = STRICT
    anywhere: float = 1.0
    """Random place, empty memory: the first visible vertebra, or nothing."""
    searching: float = 1.0
    """Near the spine, empty memory: the first visible vertebra."""
    arriving: float = 2.0
    """Patch on vertebra k − 1, memory up to k − 1, target k."""
    settling: float = 2.5
    """Patch near vertebra k, memory up to k − 1, target k."""
    seeded: float = 1.0
    """Half-space memory (P27); the first vertebra mostly beyond the plane."""
    done: float = 1.0
    """Everything in the memory, random place: empty target; teaches to stop."""
    beyond: float = 0.7
    """Everything in the memory, patch on the last vertebra or the sacrum: empty target."""
    redone: float = 0.3
    """As settling, with vertebrae behind the target in the memory too: a walk redone (P27)."""

    def __post_init__(self) -> None:
        _check_shares(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShares:
    """How often each kind of scan is drawn; need not sum to one."""

    __pydantic_config__: ClassVar = STRICT
    phantom: float = 1.0
    """A procedural spine, rendered."""
    synthesis: float = 1.0
    """The labels of a case, rendered."""
    real: float = 1.0
    """The CT of a case."""

    def __post_init__(self) -> None:
        _check_shares(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """Weights of the terms (P20)."""

    __pydantic_config__: ClassVar = STRICT
    false_positive_start: float = 0.1
    """λ of the paper at the first step."""
    false_positive_end: float = 0.1
    """λ after the ramp; the authors' later code ramps from 0.1 to 1."""
    ramp_steps: int = 1000
    """Steps from start to end; 0 = the end value from the first step on."""
    cross_entropy: float = 0.0
    """Weight of a voxel-wise cross entropy beside the paper's terms; not in the paper."""
    completeness: float = 1.0
    """Weight of the completeness term."""
    surface_gamma: float = 8.0
    """γ: how much more a voxel at the target's surface weighs."""
    surface_sigma_mm: float = 6.0
    """σ: how far from the surface that reaches."""
    volume_unit_mm3: float = 1.0
    """Voxel errors are counted in this unit; the paper counts voxels of 1 mm³."""
    nothing_weight: float = 1.0
    """Weight of each voxel of a patch without a target; 1 is the paper's ω far from a surface."""
    small_target_exponent: float = 0.0
    """p: a patch weighs (volume unit / volume of its target)ᵖ; 0 is the paper's sum of voxels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How samples are varied (P18, P22)."""

    __pydantic_config__: ClassVar = STRICT
    warp_share: float = 0.8
    """Share of drawn scans that are rotated, scaled and elastically deformed."""
    rotation_degrees: float = 12.0
    """Two standard deviations of the turn about each axis."""
    scale: tuple[float, float] = (0.85, 1.2)
    """Smallest and largest size; 1 is as it is."""
    elastic_mm: float = 3.0
    """Displacement at the control points of the elastic deformation."""
    crop_share: float = 0.6
    """Share of samples whose scan is cut along z (and sometimes y, x)."""
    noise_hu: float = 35.0
    """Largest standard deviation of added noise."""
    smoothing_voxels: float = 0.8
    """Largest σ of Gaussian smoothing, drawn in a quarter of the samples."""
    thick_slice_share: float = 0.4
    """Share of samples averaged along z as slices of up to 6 mm are."""
    shift_hu: float = 30.0
    """Two standard deviations of the offset of all CT values."""
    memory_share: float = 0.5
    """Share of samples whose memory is perturbed."""
    upward_share: float = 0.5
    """Share of samples that walk upwards; 0 trains downwards only (P12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Everything that decides what a training run does."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    preset: PresetName = "small"
    """Network and working grid."""
    norm: Norm | None = None
    """In place of the preset's; ``fixed_statistics`` needs a calibrated model to start from."""
    seed: int = 0
    """Of the first weights and of the sample stream."""
    steps: int = 10_000
    """Optimiser steps, one patch per process each."""
    learning_rate: float = 1e-3
    warm_up_steps: int = 50
    """Steps over which the learning rate rises to its value."""
    momentum: float = 0.99
    """β₁ of Adam (P21)."""
    max_gradient_norm: float | None = None
    """Longer gradients are shortened to this; None = never."""
    final_rate_share: float = 1.0
    """Share of the learning rate that is left at the last step, falling evenly from the first."""
    averaging_decay: float | None = None
    """Decay of the exponential moving average of the weights; None = off (P21)."""
    window_hu: tuple[float, float] = (-200.0, 1000.0)
    """CT values that the network sees as 0 and 1."""
    sources: SourceShares = SourceShares()
    samples: SampleShares = SampleShares()
    loss: LossConfig = LossConfig()
    augment: AugmentConfig = AugmentConfig()
    scans_at_once: int = 8
    """Drawn scans that are sampled in turn."""
    samples_per_scan: int = 10
    """Samples taken from a drawn scan before it is drawn anew."""
    validate_every: int = 1000
    """Steps between walks of the validation cases; the best model so far is kept."""
    checkpoint_every: int = 250
    """Steps between checkpoints: what a killed run loses at most."""
    validation_phantoms: int = 4
    """Phantoms walked beside the validation cases."""

    def __post_init__(self) -> None:
        counts = ("steps", "scans_at_once", "samples_per_scan", "validate_every")
        for name in (*counts, "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not 0.0 <= self.final_rate_share <= 1.0:
            raise ValueError(f"final_rate_share must be in [0, 1], got {self.final_rate_share}")
        for name in ("momentum", "averaging_decay"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < 1.0:
                raise ValueError(f"{name} must be in [0, 1), got {value}")
        if self.window_hu[0] >= self.window_hu[1]:
            raise ValueError(f"window_hu must rise, got {self.window_hu}")
