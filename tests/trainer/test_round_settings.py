"""A round goes on as its base was trained: only the data are others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from napari_vertseg.network.model import ModelCard, find_model, load_card
from napari_vertseg.strict_json import read_json
from napari_vertseg.training import TrainingConfig, TrainingRequest
from vertseg_trainer.round_settings import settings_of

RECIPE = Path(__file__).parents[2] / "trainer" / "recipes" / "starter-fixed.json"
ROUND = TrainingRequest(minutes=None, steps=450)


@pytest.fixture(scope="module")
def recipe() -> TrainingConfig:
    return read_json(TrainingConfig, RECIPE)


@pytest.fixture(scope="module")
def starter() -> ModelCard:
    return load_card(find_model("starter"))


def test_the_loss_weighs_as_it_did_for_the_starter(
    recipe: TrainingConfig, starter: ModelCard
) -> None:
    loss = settings_of(ROUND, starter, 1.0).loss

    assert loss.false_positive_start == loss.false_positive_end, "else the ramp counts as well"
    assert replace(loss, ramp_steps=recipe.loss.ramp_steps) == recipe.loss


@pytest.mark.parametrize(
    "name", ["samples", "augment", "momentum", "max_gradient_norm", "final_rate_share", "norm"]
)
def test_a_round_goes_on_as_the_starter_was_trained(
    name: str, recipe: TrainingConfig, starter: ModelCard
) -> None:
    assert getattr(settings_of(ROUND, starter, 1.0), name) == getattr(recipe, name)


def test_a_round_goes_on_more_carefully_than_from_nothing_and_ends_averaged(
    starter: ModelCard,
) -> None:
    settings = settings_of(ROUND, starter, 1.0)

    assert settings.learning_rate < settings_of(replace(ROUND, base=None), None, 1.0).learning_rate
    assert settings.averaging_decay == pytest.approx(1 - 20 / 450)
    assert settings_of(replace(ROUND, learning_rate=1e-3), starter, 1.0).learning_rate == 1e-3


def test_from_nothing_the_vertebrae_come_first() -> None:
    """Weights that have seen nothing would learn from empty patches to say nothing at all."""
    settings = settings_of(replace(ROUND, base=None), None, 1.0)

    assert settings.loss.nothing_weight == 1.0
    assert settings.norm is None
