"""A study trains through a child process, resumes it, and says when it was too little."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.study.case_folders import keep_case, write_manifest
from napari_vertseg.study.study_settings import StudyStart, study_config, undertrained
from napari_vertseg.study.study_training import ChildTraining, keep_model, steps_of
from napari_vertseg.study.subject import Subject
from napari_vertseg.training import TAUGHT_LOSS, TAUGHT_SAMPLES

CHILD = ChildTraining(device="cpu", threads=1, loaders=0)


@pytest.mark.parametrize("steps", [1, 9, 20, 999, 1000, 1234, 60_000])
def test_the_last_step_is_validated(steps: int) -> None:
    config = study_config("small", steps)
    assert config.steps >= steps
    assert config.steps % config.validate_every == 0


def test_the_papers_network_is_trained_as_the_paper_says() -> None:
    config = study_config("paper", 100_000)
    assert (config.learning_rate, config.momentum) == (0.001, 0.99)
    assert config.loss.false_positive_start == config.loss.false_positive_end == 0.1


def test_too_few_steps_are_called_so() -> None:
    assert "30000 would be needed" in str(undertrained("small", 29_999))
    assert undertrained("small", 30_000) is None
    assert undertrained("tiny", 10**9) is not None


def test_a_network_that_begins_as_another_keeps_its_norm_and_window(
    mine: StudyStart,
) -> None:
    config = study_config("small", 1000, start=mine)
    assert (config.norm, config.window_hu) == (mine.norm, mine.window_hu)
    assert config.loss == TAUGHT_LOSS
    assert config.samples == TAUGHT_SAMPLES


def test_the_steps_of_the_start_count_and_are_named(mine: StudyStart) -> None:
    assert undertrained("small", 1000, mine) is None
    said = str(undertrained("small", 999, mine))
    assert "saw 29999 steps, 29000 of them as mine" in said


def test_when_the_time_is_up_no_training_begins(tmp_path: Path) -> None:
    child = ChildTraining(ends=time.monotonic() - 1.0)
    run = tmp_path / "runs" / "final"
    assert child(run, study_config("tiny", 4), [], tell=print) == 0
    assert not run.exists()


@pytest.mark.slow
def test_a_child_trains_is_gone_on_with_and_leaves_a_model(tmp_path: Path, soap: Subject) -> None:
    case = tmp_path / "scans" / "one"
    keep_case(case, lambda: soap)
    data = write_manifest(tmp_path / "data", [(case, "train")])
    run, told = tmp_path / "runs" / "final", list[str]()
    config = study_config("tiny", 4)
    short = study_config("tiny", 2)
    assert CHILD(run, short, [data], tell=told.append) == 2
    assert CHILD(run, short, [data], tell=told.append) == 2  # nothing left to do
    assert steps_of(run / "latest") == 2
    assert "walks score" in "\n".join(told)
    model = keep_model(run / "best", tmp_path / "models" / "final", "mine")
    assert steps_of(model) == 2
    begun = StudyStart.of(model)
    further = replace(CHILD, start=model)
    go_on = study_config("tiny", 1, start=begun)
    assert further(tmp_path / "runs" / "further", go_on, [data], tell=told.append) == 1
    parent = (tmp_path / "runs" / "further" / "parent.json").read_text(encoding="utf-8")
    assert f"mine {begun.weights_sha256}" in parent
    with pytest.raises(TrainingFailed):
        CHILD(tmp_path / "runs" / "other", config, [tmp_path / "nothing"], tell=told.append)
