"""What the starter model was taught with, for whoever teaches a model of its kind further.

With other settings, a further training would first of all teach it to weigh bone, hearts
and empty places otherwise than it was taught: to be less silent, and to go on beyond the
last vertebra.
"""

from __future__ import annotations

from typing import Final

from .config import LossConfig, SampleShares

TAUGHT_LOSS: Final = LossConfig(
    false_positive_start=0.7,
    false_positive_end=0.7,
    cross_entropy=0.5,
    completeness=0.5,
    surface_gamma=3.0,
    volume_unit_mm3=25_000.0,
    nothing_weight=2.5,
    small_target_exponent=0.5,
)
"""Weights of the terms."""

TAUGHT_SAMPLES: Final = SampleShares(
    anywhere=2.8, searching=1.5, settling=2.3, beyond=2.2, redone=0.7
)
"""How often each state of the walk is drawn."""
