"""A budget in minutes holds for the whole of a training, walks included."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.training import TrainingConfig
from vertseg_trainer import loop
from vertseg_trainer.loop import Ending, NoNumber, Run
from vertseg_trainer.run_folder import RunFolder
from vertseg_trainer.run_log import RunLog
from vertseg_trainer.runtime import Runtime

_STEP_SECONDS = 0.01


class Learner:
    """Takes time, learns nothing."""

    def __init__(self) -> None:
        self.step = 0

    def learn(self, batch: Any) -> dict[str, float]:
        time.sleep(_STEP_SECONDS)
        self.step += 1
        return {"loss": 1.0}

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def averaged_network(self) -> None:
        return None


class Walks:
    """Takes time, finds nothing."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.steps: list[int] = []

    def __call__(self, network: Any, step: int) -> dict[str, float]:
        time.sleep(self.seconds)
        self.steps.append(step)
        return {"score": float(step)}


class Fabric:
    is_global_zero, world_size = True, 1

    def barrier(self) -> None:
        return None


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Train with a budget in seconds: how it ended, after how long, and who walked when."""
    monkeypatch.setattr(loop, "_batches", lambda *arguments: iter(dict, None))

    def _go(
        budget: float | None, walk_seconds: float, *, resumed_at: int = 0, **runtime: Any
    ) -> tuple[Any, float, Walks]:
        folder, walks = RunFolder(tmp_path), Walks(walk_seconds)
        minutes = None if budget is None else budget / 60
        settings = {"max_minutes": minutes, "walks_at_ends": True, **runtime}
        config = TrainingConfig(preset="tiny", steps=10_000, validate_every=5)
        learner = Learner()
        learner.step = resumed_at
        run: Any = Run(
            config,
            None,  # type: ignore[arg-type]
            Runtime(**settings),
            folder,
            Fabric(),  # type: ignore[arg-type]
            learner,  # type: ignore[arg-type]
            walks,
            RunLog(folder),
            lambda event: None,
        )
        began = time.monotonic()
        ending = run.go()
        return ending, time.monotonic() - began, walks

    return _go


def test_the_last_walk_lies_within_the_budget(go: Any) -> None:
    ending, seconds, walks = go(3.0, 0.3)

    assert ending is Ending.TIME
    assert seconds < 3.0 + 0.5
    assert walks.steps[0] == 0
    assert walks.steps[-1] > walks.steps[0]


def test_walks_in_between_leave_the_steps_their_time(go: Any) -> None:
    """A walk is due after every fifth step; all of them would take six times the budget."""
    _, _, walks = go(3.0, 0.3)

    in_between = walks.steps[1:-1]
    assert 0.3 * (len(in_between) + 1) <= 0.25 * 3.0 + 1e-6
    assert walks.steps[-1] > 50, "most of the time is for steps"


def test_a_walk_longer_than_the_budget_still_lets_something_be_learnt(go: Any) -> None:
    _, _, walks = go(1.0, 0.7)

    assert walks.steps[-1] > 0


def test_without_a_budget_every_walk_takes_place(go: Any) -> None:
    _, _, walks = go(None, 0.0, until_step=20)

    assert walks.steps == [0, 5, 10, 15, 20]


@pytest.mark.parametrize(
    ("resumed_at", "looks"), [(7, [10, 15, 20]), (10, [10, 15, 20]), (19, [20]), (20, [20])]
)
def test_a_run_that_goes_on_looks_where_an_unbroken_one_does(
    go: Any, resumed_at: int, looks: list[int]
) -> None:
    """Another look might keep other weights."""
    _, _, walks = go(None, 0.0, until_step=20, resumed_at=resumed_at)

    assert walks.steps == looks


def test_a_loss_that_is_no_number_is_told_from_other_failures(
    go: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, batch: Any) -> dict[str, float]:
        raise TrainingFailed("after step 3 the loss was no longer a number.")

    monkeypatch.setattr(Learner, "learn", broken)
    with pytest.raises(NoNumber, match="no longer a number"):
        go(None, 0.0)
