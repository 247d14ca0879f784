"""What the paper leaves open, each as one change of the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from ..training import TrainingConfig

BASE: Final = "as it is"


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One way to train, next to the base."""

    name: str
    says: str
    """What is otherwise."""
    change: Callable[[TrainingConfig], TrainingConfig]


def arms() -> list[Arm]:
    """The base, then one change at a time; every arm takes the same number of steps."""
    return [
        Arm(name=BASE, says="the defaults of the recipe", change=lambda c: c),
        Arm(
            name="no termination samples",
            says="no sample shows a walk that has to stop (P17)",
            change=lambda c: replace(c, samples=replace(c.samples, done=0.0, beyond=0.0)),
        ),
        Arm(
            name="paper's memory states",
            says="patches anywhere and on a vertebra; no arriving, searching or seeded state",
            change=lambda c: replace(
                c, samples=replace(c.samples, searching=0.0, arriving=0.0, seeded=0.0)
            ),
        ),
        Arm(
            name="flawless memory",
            says="the memory is the reference, never perturbed (P18)",
            change=lambda c: replace(c, augment=replace(c.augment, memory_share=0.0)),
        ),
        Arm(
            name="no weight averaging",
            says="the newest weights (P21)",
            change=lambda c: replace(c, averaging_decay=None),
        ),
        Arm(
            name="λ as in the paper",
            says="λ = 0.1 from first to last (P20)",
            change=lambda c: _lambda(c, 0.1, 0.1),
        ),
        Arm(
            name="λ ramp to 1",
            says="λ from 0.1 to 1, as the authors' later code does (P20)",
            change=lambda c: _lambda(c, 0.1, 1.0),
        ),
        Arm(
            name="down only",
            says="one direction, as the paper's networks (P12); walks up are not scored",
            change=lambda c: replace(c, augment=replace(c.augment, upward_share=0.0)),
        ),
    ]


def _lambda(config: TrainingConfig, start: float, end: float) -> TrainingConfig:
    ramp = max(config.steps // 2, 1)
    loss = replace(
        config.loss, false_positive_start=start, false_positive_end=end, ramp_steps=ramp
    )
    return replace(config, loss=loss)
