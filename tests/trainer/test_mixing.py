"""New corrections and replay are drawn in the shares that were asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.training import TrainingConfig, TrainingRequest
from vertseg_trainer.cases import TrainingCase, load_cases
from vertseg_trainer.mixing import MixedSource, mixed_source
from vertseg_trainer.sources import ScanSource

Mix = Callable[..., dict[str, float]]


@pytest.fixture
def cases(case_folder: Callable[..., Path]) -> list[TrainingCase]:
    return load_cases(case_folder(new={"ct": True}, old={"ct": True}), "train")


@pytest.fixture
def mix(cases: list[TrainingCase], tiny: Callable[..., TrainingConfig]) -> Mix:
    """Shares of *new*, *old* and *made*, for a request."""

    def _mix(*, has_earlier: bool, **asked: Any) -> dict[str, float]:
        new, old = cases
        source = mixed_source(
            [new], [old] if has_earlier else [], tiny(), 8.0, TrainingRequest(**asked)
        )
        return {_kind(part): share for share, part in source.parts}

    return _mix


def _kind(source: Any) -> str:
    assert isinstance(source, ScanSource)
    return "made" if source.config.sources.phantom else source.cases[0].name


def test_half_is_replay_and_half_of_that_is_made(mix: Mix) -> None:
    assert mix(has_earlier=True) == {"new": 0.5, "old": 0.25, "made": 0.25}


def test_without_earlier_cases_the_whole_replay_is_made(mix: Mix) -> None:
    assert mix(has_earlier=False, replay_share=0.4) == {"new": 0.6, "made": 0.4}


@pytest.mark.parametrize("has_earlier", [True, False])
def test_without_replay_only_corrections_are_drawn(mix: Mix, has_earlier: bool) -> None:
    assert mix(has_earlier=has_earlier, replay_share=0.0) == {"new": 1.0}


def test_cases_without_levels_are_never_rendered(
    cases: list[TrainingCase], tiny: Callable[..., TrainingConfig]
) -> None:
    """A label map can be rendered only where it is known which vertebra is which."""
    nameless = [replace(case, has_levels=False) for case in cases]

    named, unnamed = (
        mixed_source(found, [], tiny(), 8.0, TrainingRequest()) for found in (cases, nameless)
    )

    assert _rendered(named) == {"new", "old"}
    assert _rendered(unnamed) == set()


def _rendered(source: MixedSource) -> set[str]:
    made = next(part for _, part in source.parts if _kind(part) == "made")
    assert isinstance(made, ScanSource)
    return {case.name for case in made.cases}


def test_draws_come_in_these_shares(
    cases: list[TrainingCase], tiny: Callable[..., TrainingConfig]
) -> None:
    drawn = {"new": 0, "made": 0}

    class Named:
        config = tiny()

        def __init__(self, name: str) -> None:
            self.name = name

        def draw(self, rng: np.random.Generator) -> Any:
            drawn[self.name] += 1

    source = MixedSource(tiny(), ((3.0, Named("new")), (1.0, Named("made"))))
    rng = np.random.default_rng(4)
    for _ in range(400):
        source.draw(rng)

    assert drawn["new"] == pytest.approx(300, abs=30)
