"""A candidate has the name that was asked for, and takes nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.errors import OutputRefused
from napari_vertseg.network.model import load_model, weights_sha256
from napari_vertseg.rounds.ledger import begin_round, read_round, round_numbers
from napari_vertseg.training import TrainingRequest
from vertseg_trainer import round_end
from vertseg_trainer.__main__ import main
from vertseg_trainer.round_end import publish_candidate

from .a_round import command

MakeProject = Callable[..., Project]


class _Killed(BaseException):
    """What nothing catches."""


@pytest.mark.parametrize("has_card", [True, False])
def test_a_candidate_that_was_written_and_never_recorded_keeps_its_name(
    spine_project: MakeProject,
    request_of: Callable[..., TrainingRequest],
    monkeypatch: pytest.MonkeyPatch,
    has_card: bool,
) -> None:
    """Killed between the model and the record that names it: no second one is left beside."""
    project = spine_project("train", "validation")
    number = begin_round(project, request_of(steps=2, has_comparison=False)).number

    def killed(*arguments: Any, **keywords: Any) -> Any:
        publish_candidate(*arguments, **keywords)
        raise _Killed

    with monkeypatch.context() as patched:
        patched.setattr(round_end, "publish_candidate", killed)
        with pytest.raises(_Killed):
            main(command(project, number))
    assert (project.folder.models / "round-1" / "model.json").is_file()
    assert read_round(project, number).model is None
    if not has_card:
        (project.folder.models / "round-1" / "model.json").unlink()

    assert main(command(project, number)) == 0

    record = read_round(project, number)
    assert record.model is not None
    assert record.model.name == "round-1"
    assert [path.name for path in project.folder.models.iterdir()] == ["round-1"]


def test_a_model_of_that_name_from_elsewhere_is_left_alone(
    spine_project: MakeProject, request_of: Callable[..., TrainingRequest], model: Path
) -> None:
    project = spine_project("train", "validation")
    load_model(model).renamed("round-1").save(project.folder.models / "round-1")
    before = weights_sha256(project.folder.models / "round-1")

    number = begin_round(project, request_of(steps=2, has_comparison=False)).number
    assert main(command(project, number)) == 0

    record = read_round(project, number)
    assert record.model is not None
    assert record.model.name == "round-1-2"
    assert weights_sha256(project.folder.models / "round-1") == before


def test_a_candidate_called_like_the_shipped_model_does_not_take_its_place(
    spine_project: MakeProject, request_of: Callable[..., TrainingRequest]
) -> None:
    project = spine_project("train", "validation")
    asked = request_of(steps=2, has_comparison=False, name="starter")

    number = begin_round(project, asked).number
    assert main(command(project, number)) == 0

    record = read_round(project, number)
    assert record.model is not None
    assert record.model.name == "starter-2"


def test_a_name_that_no_model_can_have_is_refused_before_the_training(
    spine_project: MakeProject, request_of: Callable[..., TrainingRequest]
) -> None:
    project = spine_project("train", "validation")

    with pytest.raises(OutputRefused, match="'my model' cannot name a model"):
        begin_round(project, request_of(name="my model"))
    assert round_numbers(project) == []
