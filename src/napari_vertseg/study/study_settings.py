"""Settings of a study's networks, what they begin as, and whether they had enough training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..training import (
    TAUGHT_LOSS,
    TAUGHT_SAMPLES,
    LossConfig,
    Norm,
    PresetName,
    SourceShares,
    TrainingConfig,
)

TRAINED_ENOUGH: Final[dict[PresetName, int | None]] = {
    "paper": 100_000,
    "small": 30_000,
    "tiny": None,
}
"""Steps below which figures say little about the method. The paper trained for three to four
days with one patch per step; the recipe of the small network counts 60 000 steps. ``tiny``
is for trying the machinery: no number of steps makes it a model."""


@dataclass(frozen=True, kw_only=True)
class StudyStart:
    """What is known of the model that every network of a study begins as."""

    name: str
    weights_sha256: str
    steps: int
    """It has seen already."""
    norm: Norm
    window_hu: tuple[float, float]

    @classmethod
    def of(cls, folder: Path) -> StudyStart:
        """Read off a model folder.

        Raises
        ------
        ModelIncompatible
            It is none.
        """
        from ..network.model import load_card, weights_sha256

        card = load_card(folder)
        return cls(
            name=card.name,
            weights_sha256=weights_sha256(folder),
            steps=card.provenance.steps,
            norm=card.network.norm,
            window_hu=card.window_hu,
        )


def study_config(
    preset: PresetName,
    steps: int,
    *,
    seed: int = 0,
    sources: SourceShares | None = None,
    start: StudyStart | None = None,
) -> TrainingConfig:
    """Settings of a study's network.

    ``paper`` is trained as the paper says; the smaller ones as the starter model was in its
    first stage, since with few steps the paper's λ and momentum lead to masks that are far
    too large. A network that begins as a trained one is taught as the starter was at last.

    Parameters
    ----------
    preset : str
        Network and working grid.
    steps : int
        Rounded up so that the last step is validated.
    seed : int
        Of weights and samples.
    sources : SourceShares, optional
        The scans of the study as they are, where not given.
    start : StudyStart, optional
        What it begins as; random weights where not given.
    """
    # Walks take longer than the few steps of a short study.
    validate_every = -(-steps // min(max(steps // 1000, 1), 10))
    config = TrainingConfig(
        preset=preset,
        seed=seed,
        steps=-(-steps // validate_every) * validate_every,
        sources=sources or SourceShares(phantom=0.0, synthesis=0.0, real=1.0),
        validate_every=validate_every,
        checkpoint_every=max(min(250, steps // 4), 1),
        validation_phantoms=1,
        averaging_decay=0.998 if steps > 2000 else 0.9,
    )
    if start is not None:
        return _going_on(config, start)
    return config if preset == "paper" else _from_nothing(config)


def _from_nothing(config: TrainingConfig) -> TrainingConfig:
    return replace(
        config,
        momentum=0.95,
        max_gradient_norm=5.0,
        loss=LossConfig(
            false_positive_start=0.2,
            false_positive_end=0.5,
            ramp_steps=min(4000, config.steps),
            cross_entropy=0.5,
            completeness=0.5,
            volume_unit_mm3=50_000.0,
        ),
    )


def _going_on(config: TrainingConfig, start: StudyStart) -> TrainingConfig:
    return replace(
        config,
        norm=start.norm,
        window_hu=start.window_hu,
        learning_rate=5e-4,
        final_rate_share=0.02,
        momentum=0.95,
        max_gradient_norm=12.0,
        # The mean over about a tenth of the run, as P21 has it.
        averaging_decay=max(0.0, min(0.998, 1 - 20 / config.steps)),
        loss=TAUGHT_LOSS,
        samples=TAUGHT_SAMPLES,
    )


def undertrained(preset: PresetName, steps: int, start: StudyStart | None = None) -> str | None:
    """The sentence that labels a result of too little training; None where it had enough."""
    enough = TRAINED_ENOUGH[preset]
    seen = steps + (start.steps if start else 0)
    if enough is not None and seen >= enough:
        return None
    wanted = (
        f"at least {enough} would be needed" if enough else "this network only tries the machinery"
    )
    before = f", {start.steps} of them as {start.name}" if start else ""
    says = (
        "The figures show what this network does; they say little about how good the method is."
        if start
        else "The figures show that the study runs from end to end; they say nothing about how "
        "good the method is."
    )
    return f"UNDERTRAINED: the network ({preset}) saw {seen} steps{before}, and {wanted}. {says}"
