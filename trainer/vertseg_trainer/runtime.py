"""Where and how a training runs, beside what it trains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Where and how to run; changes nothing about what is trained."""

    loaders: int = 1
    """Processes that draw samples; 0 draws in the training process."""
    threads: int | None = None
    """Of the network; None leaves it to torch."""
    max_minutes: float | None = None
    """Stop, with a checkpoint, after this time; what the last walk takes is kept back."""
    checkpoint_activations: bool = False
    is_asking: bool = True
    """Look after every step whether somebody wishes the run to end (``RunFolder.wish``)."""
    patience: int | None = None
    """End after so many validations without a better score; None = never."""
    until_step: int | None = None
    """End at this step, with the learning rate of a run that was to go on."""
    walks_at_ends: bool = False
    """Validate before the first step and after the last one, too."""
    walk_at: frozenset[int] | None = None
    """Validate after these steps only; None = as often as the settings say and the time allows."""
