"""Real walks of validation cases: what decides which weights are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from napari_vertseg.metrics import ScanScore, score_scan
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard, Provenance
from napari_vertseg.pipeline import drain, prepare
from napari_vertseg.segmentation import Segmentation
from napari_vertseg.synthesis import random_anatomy, render
from napari_vertseg.training import TrainingConfig
from napari_vertseg.volume import Grid, Scan, Zyx, ZyxFloat

from .cases import TrainingCase
from .networks import network_config
from .run_folder import RunFolder

STEPS_PER_WALK = 80
"""A young network may never stop; a good one needs about 30 for a lumbar scan."""
FAULT = 0.05
"""What a false, merged or missed vertebra costs beside its Dice."""


@dataclass(frozen=True, eq=False)
class ValidationCase:
    """A scan with its truth; never trained on."""

    scan: Scan
    labels: NDArray[np.uint8]
    """(z, y, x) VerSe values on the scan's grid."""
    is_complete: dict[int, bool]
    is_exhaustive: bool


class Validation:
    """Scores a network by walking, keeps the newest and the best."""

    def __init__(
        self, config: TrainingConfig, cases: Sequence[ValidationCase], folder: RunFolder
    ) -> None:
        self._config = config
        self._cases = cases
        self._keeper = Keeper(folder)

    @classmethod
    def prepare(
        cls, config: TrainingConfig, cases: Sequence[TrainingCase], folder: RunFolder
    ) -> Validation:
        """Validation cases with an image, and phantoms that training never draws."""
        real = [_from_case(case) for case in cases if case.image is not None]
        made = [_phantom(config, number) for number in range(config.validation_phantoms)]
        return cls(config, real + made, folder)

    def __call__(self, network: IterativeFcn, step: int) -> dict[str, float]:
        """Walk every case; scores by name. The best model so far is kept in ``best``."""
        model = Model(card=candidate_card(self._config, step), network=network)
        scores: dict[str, float] = {}
        for case in self._cases:
            scores |= _walk(model, case)
        overall = [value for name, value in scores.items() if name.endswith("/score")]
        scores["score"] = float(np.mean(overall)) if overall else 0.0
        self._keeper.keep(model, scores["score"])
        return scores


class Keeper:
    """Keeps the newest and the best model of a run, each with its score on the card."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        # Not 0: a first model that scores 0 is still the best so far.
        self._best = _score_of(folder) if folder.has_best else -np.inf

    def keep(self, model: Model, score: float) -> None:
        """Save it as the newest, and as the best where it is."""
        provenance = replace(model.card.provenance, scores={"score": score})
        model = Model(card=replace(model.card, provenance=provenance), network=model.network)
        model.save(self._folder.latest, overwrite=True)
        if score > self._best:
            self._best = score
            model.save(self._folder.best, overwrite=True)


def _walk(model: Model, case: ValidationCase) -> dict[str, float]:
    """Figures of one scan, after the whole way back to its grid."""
    walk = prepare(case.scan, model.card, model.predictor(), max_steps=STEPS_PER_WALK)
    state = drain(walk.events(), lambda event: None)
    segmentation = walk.segmentation(state.found)
    score = score_case(segmentation, case, steps=state.step)
    dice = score.dice_mean or 0.0
    faults = score.false + score.merged + score.missed
    figures = {
        "dice": dice,
        "found": score.found,
        "missed": score.missed,
        "merged": score.merged,
        "false": score.false,
        "steps": state.step,
        "score": max(dice - FAULT * faults, -1.0),
    }
    if score.completeness_accuracy is not None:
        figures["completeness"] = score.completeness_accuracy
    return {f"{case.scan.name}/{name}": float(value) for name, value in figures.items()}


def score_case(
    segmentation: Segmentation, case: ValidationCase, steps: int | None = None
) -> ScanScore:
    """Against the truth of a validation case."""
    return score_scan(
        segmentation.label_map(keep_incomplete=True),
        case.labels,
        case.scan.grid.spacing_mm,
        name=case.scan.name,
        predicted_complete={n: i.is_complete for n, i in segmentation.numbered()},
        reference_complete=case.is_complete,
        is_exhaustive=case.is_exhaustive,
        steps=steps,
    )


def candidate_card(config: TrainingConfig, step: int) -> ModelCard:
    """Card of a network in training."""
    preset = PRESETS[config.preset]
    return ModelCard(
        name="candidate",
        network=network_config(config),
        spacing_mm=preset.spacing_mm,
        window_hu=config.window_hu,
        resampling=preset.resampling,
        refine_below_hu=preset.refine_below_hu,
        provenance=Provenance(steps=step, created=datetime.now(UTC).date().isoformat()),
    )


def _from_case(case: TrainingCase) -> ValidationCase:
    if case.image is None:
        raise TypeError("a validation case needs an image")
    return ValidationCase(
        scan=Scan.from_canonical(case.image, case.grid, case.name),
        labels=case.labels,
        is_complete=case.completeness(),
        is_exhaustive=case.is_exhaustive,
    )


def _phantom(config: TrainingConfig, number: int) -> ValidationCase:
    """Seeds of their own stream, which no training sample uses."""
    rng = np.random.default_rng((config.seed, 3, number))
    spacing = PRESETS[config.preset].spacing_mm
    made = random_anatomy(rng, spacing)
    image = render(made.anatomy, made.appearance, rng)
    grid = Grid.canonical(Zyx(*image.shape), ZyxFloat(spacing, spacing, spacing))
    return ValidationCase(
        scan=Scan.from_canonical(image, grid, f"phantom{number}"),
        labels=made.anatomy.vertebrae,
        is_complete={v: bool(c) for v, c in made.anatomy.is_complete.items() if v != 26},
        is_exhaustive=True,
    )


def _score_of(folder: RunFolder) -> float:
    """Score of the best model so far, which its card carries."""
    from napari_vertseg.network.model import load_card

    return float(load_card(folder.best).provenance.scores.get("score", -np.inf))
