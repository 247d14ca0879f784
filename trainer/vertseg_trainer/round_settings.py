"""From what was asked of a round to the settings of its training."""

from __future__ import annotations

from typing import Final

from napari_vertseg.errors import ModelIncompatible
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import ModelCard
from napari_vertseg.training import (
    TAUGHT_LOSS,
    TAUGHT_SAMPLES,
    AugmentConfig,
    LossConfig,
    PresetName,
    SampleShares,
    TrainingConfig,
    TrainingRequest,
)

_LOSS_FROM_NOTHING: Final = LossConfig(
    false_positive_start=0.25,
    false_positive_end=0.25,
    cross_entropy=0.5,
    completeness=0.5,
    volume_unit_mm3=50_000.0,
)
"""Where nothing is known yet, silence is learnt soon enough; the vertebrae come first."""
_RATE_FROM_A_MODEL: Final = 8e-4
"""With 3e-4 a budget of ten minutes moved the starter too little to see it in a walk."""
_TRAINING_SHARE: Final = 0.75
"""Of the budget in minutes; the rest is for walking the validation cases."""
_FEWEST_STEPS: Final = 20
_MOST_STEPS: Final = 60_000
_NEVER: Final = 1_000_000_000


def preset_of(card: ModelCard | None, request: TrainingRequest) -> PresetName:
    """The preset that a model was made from.

    Raises
    ------
    ModelIncompatible
        None fits, so the trainer cannot rebuild it.
    """
    if card is None:
        return request.preset
    for name, preset in PRESETS.items():
        same_filters = preset.network.filters == card.network.filters
        same_patch = preset.network.patch_shape == card.network.patch_shape
        if same_filters and same_patch and preset.spacing_mm == card.spacing_mm:
            found: PresetName = name  # type: ignore[assignment]
            return found
    raise ModelIncompatible(
        f"the model {card.name} cannot be trained on: its network (filters "
        f"{card.network.filters}, {card.spacing_mm:g} mm) is none of the presets "
        f"{', '.join(PRESETS)}. Start from another model, or from nothing."
    )


def settings_of(
    request: TrainingRequest, card: ModelCard | None, seconds_per_step: float
) -> TrainingConfig:
    """Settings of a round.

    Parameters
    ----------
    request : TrainingRequest
    card : ModelCard, optional
        Of the base; None trains from random weights.
    seconds_per_step : float
        As the preflight measured it: a budget in minutes becomes one in steps, so that the
        learning rate falls to its end and the round can be done again elsewhere.
    """
    steps = _steps(request, seconds_per_step)
    rate = request.learning_rate or (1e-3 if card is None else _RATE_FROM_A_MODEL)
    return TrainingConfig(
        preset=preset_of(card, request),
        norm=None if card is None else card.network.norm,
        seed=request.seed,
        steps=steps,
        learning_rate=rate,
        warm_up_steps=min(50, max(steps // 10, 1)),
        momentum=0.95,
        max_gradient_norm=5.0 if card is None else 12.0,
        final_rate_share=0.02,
        # The mean over about a tenth of the run, as P21 has it.
        averaging_decay=max(0.0, min(0.998, 1 - 20 / steps)),
        window_hu=(-200.0, 1000.0) if card is None else card.window_hu,
        samples=SampleShares() if card is None else TAUGHT_SAMPLES,
        loss=_LOSS_FROM_NOTHING if card is None else TAUGHT_LOSS,
        augment=AugmentConfig(),
        scans_at_once=8,
        samples_per_scan=8,
        validate_every=max(steps // request.validations, 1),
        checkpoint_every=max(min(100, steps // 4), 1),
        validation_phantoms=0,
    )


def _steps(request: TrainingRequest, seconds_per_step: float) -> int:
    asked = request.steps or _NEVER
    if request.minutes is None:
        return asked
    affordable = int(_TRAINING_SHARE * 60 * request.minutes / max(seconds_per_step, 1e-6))
    return min(asked, max(min(affordable, _MOST_STEPS), _FEWEST_STEPS))
