"""What a person asks of a fine-tuning: which cases, from which model, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from ..strict_json import STRICT
from .config import PresetName

ACTIVE: Final = "active"
"""The base model that the project uses at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequest:
    """One round of training in a project, as it was asked for; kept in ``rounds/<n>.json``."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    base: str | None = ACTIVE
    """Model to start from: ``active``, a model of the project, a shipped one, or a folder.
    None starts from random weights, with made data as support."""
    preset: PresetName = "small"
    """Network where there is no base."""
    cases: tuple[str, ...] | None = None
    """Ids of the corrected cases to train on; None takes every submitted one of the role train
    that no round has seen in its newest version, and all of them where that leaves none."""
    replay_share: float = 0.5
    """Share of the samples from earlier cases and made data, against forgetting."""
    made_share: float = 0.5
    """Share of the replay that is made; all of it where there are no earlier cases."""
    edited_weight: float = 2.0
    """How much more the loss weighs where the target was edited by hand."""
    minutes: float | None = 10.0
    """Budget of the training; preparing and comparing come on top."""
    steps: int | None = None
    """Budget in steps; with both, what comes first ends it."""
    learning_rate: float | None = None
    """None: 8e-4 from a model, 1e-3 from nothing."""
    patience: int | None = 4
    """Validations without a better score until it stops early; None = never."""
    validations: int = 5
    """How often the candidate walks within the budget."""
    walk_at: tuple[int, ...] | None = None
    """Steps after which it walks, for a round done again; None: spread, as the time allows."""
    seed: int = 0
    name: str | None = None
    """Of the candidate; None: ``round-<n>``."""
    has_gate_phantoms: bool = True
    """Walk made scans, too, where there are no earlier cases or no validation cases."""
    has_comparison: bool = True
    """Compare the candidate with the model in use at the end; it can be done later, too."""

    def __post_init__(self) -> None:
        for name in ("replay_share", "made_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} must be in [0, 1], got {getattr(self, name)}")
        if self.minutes is None and self.steps is None:
            raise ValueError("a budget is needed: minutes or steps")
        for name in ("edited_weight", "minutes", "steps", "learning_rate", "patience"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name} must be above 0, got {value}")
        if self.validations < 1:
            raise ValueError(f"validations must be at least 1, got {self.validations}")
