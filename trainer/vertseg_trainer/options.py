"""Options of the command line as what the trainer's functions take."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from napari_vertseg.training import TrainingEvent

from .runtime import Runtime

if TYPE_CHECKING:
    from .start import Setup


def setup_of(options: argparse.Namespace) -> Setup:
    """Where and how to run, and who is told."""
    # torch and its friends are slow to load, and of no use to --help.
    from .start import Setup

    return Setup(
        steps=options.steps,
        device=options.device,
        precision=options.precision,
        runtime=Runtime(
            loaders=options.loaders,
            threads=options.threads,
            max_minutes=options.minutes,
            checkpoint_activations=options.checkpoint_activations,
        ),
        listen=_print,
        tell=lambda sentence: print(f"vertseg-train: {sentence}", file=sys.stderr),
    )


def _print(event: TrainingEvent) -> None:
    values = " ".join(f"{k} {v:.4g}" for k, v in (event.values or {}).items())
    left = "" if event.seconds_left is None else f" · {event.seconds_left / 60:.0f} min left"
    print(f"{event.kind} {event.step} · {values}{left} {event.message}".rstrip(" ·"), flush=True)
