"""The words shared by the trainer and those who start it: settings and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .strict_json import STRICT


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShares:
    """How often each kind of scan is drawn; need not sum to one."""

    __pydantic_config__: ClassVar = STRICT
    phantom: float = 1.0
    synthesis: float = 1.0
    real: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """Weights of the terms (P20)."""

    __pydantic_config__: ClassVar = STRICT
    false_positive_start: float = 0.1
    """λ of the paper at the first step."""
    false_positive_end: float = 0.1
    """λ after the ramp; the authors' later code ramps from 0.1 to 1."""
    ramp_steps: int = 1000
    cross_entropy: float = 0.0
    """Weight of a voxel-wise cross entropy beside the paper's terms; not in the paper."""
    completeness: float = 1.0
    surface_gamma: float = 8.0
    surface_sigma_mm: float = 6.0
    volume_unit_mm3: float = 1.0
    """Voxel errors are counted in this unit; the paper counts voxels of 1 mm³."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How samples are varied (P18, P22)."""

    __pydantic_config__: ClassVar = STRICT
    warp_share: float = 0.8
    """Share of drawn scans that are rotated, scaled and elastically deformed."""
    rotation_degrees: float = 12.0
    scale: tuple[float, float] = (0.85, 1.2)
    elastic_mm: float = 3.0
    crop_share: float = 0.35
    """Share of samples whose scan is cut along z (and sometimes y, x)."""
    noise_hu: float = 35.0
    """Largest standard deviation of added noise."""
    smoothing_voxels: float = 0.8
    thick_slice_share: float = 0.2
    shift_hu: float = 30.0
    memory_share: float = 0.5
    """Share of samples whose memory is perturbed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Everything that decides what a training run does."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    preset: str = "small"
    seed: int = 0
    steps: int = 10_000
    learning_rate: float = 1e-3
    warm_up_steps: int = 50
    momentum: float = 0.99
    """β₁ of Adam (P21)."""
    max_gradient_norm: float | None = None
    averaging_decay: float | None = None
    """Decay of the exponential moving average of the weights; None = off (P21)."""
    window_hu: tuple[float, float] = (-200.0, 1000.0)
    sources: SourceShares = SourceShares()
    samples: SampleShares = SampleShares()
    loss: LossConfig = LossConfig()
    augment: AugmentConfig = AugmentConfig()
    scans_at_once: int = 8
    """Drawn scans that are sampled in turn."""
    samples_per_scan: int = 10
    """Samples taken from a drawn scan before it is drawn anew."""
    validate_every: int = 1000
    checkpoint_every: int = 250
    validation_phantoms: int = 4


EventKind = Literal["started", "step", "validated", "checkpoint", "published", "finished", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEvent:
    """One line of ``events.jsonl``."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: EventKind
    step: int
    seconds: float
    """Since the run, or its resumption, started."""
    seconds_left: float | None = None
    values: dict[str, float] | None = None
    """Losses or scores by name."""
    message: str = ""
