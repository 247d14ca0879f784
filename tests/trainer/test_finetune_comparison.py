"""A round's candidate against the model in use, and what is told where both are one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from napari_vertseg.cases import Project, RoundRecord
from napari_vertseg.rounds.compare import read_comparison
from napari_vertseg.rounds.ledger import read_round, read_rounds
from napari_vertseg.rounds.models import promote
from vertseg_trainer import round_end, round_validation
from vertseg_trainer.__main__ import main

from .a_round import command, events, kinds

MakeProject = Callable[..., Project]


def test_a_round_can_do_without_a_comparison(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "validation")

    code, record = train(project, has_comparison=False)

    assert code == 0
    assert record.model is not None
    assert read_comparison(project, 1) is None
    assert kinds(project, 1)[-2:] == ["published", "finished"]


def test_a_round_that_broke_off_in_its_comparison_keeps_its_candidate(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = spine_project("train", "validation")

    def break_off(*arguments: Any, **keywords: Any) -> Any:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(round_end, "compare", break_off)
        code, record = train(project)
    assert code == 2
    made = record.model
    assert made is not None

    assert main(command(project, 1)) == 0

    assert read_round(project, 1).model == made
    assert [path.name for path in project.folder.models.glob("*/model.json")] == ["model.json"]
    assert read_comparison(project, 1) is not None


def test_a_round_does_not_take_longer_with_every_earlier_scan() -> None:
    said: list[str] = []
    earlier: Any = list(range(9))

    some = round_validation._some(earlier, said.append)

    assert len(some) == 4
    assert some == round_validation._some(earlier, said.append), "the same when done again"
    assert "4 of 9 earlier scans" in said[0]
    assert round_validation._some(earlier[:4], said.append) == earlier[:4]
    assert len(said) == 2


def test_a_training_that_found_nothing_better_says_so(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The weights of the start are walked first, and none with the same score replace them."""
    project = spine_project("train", "validation")
    train(project)
    promote(project, "round-1")
    monkeypatch.setattr(round_validation.RoundValidation, "__call__", _same_score)

    _, record = train(project, base="active", cases=("case-0001",))

    first, second = read_rounds(project)
    assert record.model is not None
    assert first.model is not None
    assert second.model.weights_sha256 == first.model.weights_sha256
    assert "the very same weights" in events(project, 2)[-1].message
    comparison = read_comparison(project, 2)
    assert comparison is not None
    assert all(case.gain == 0 for case in comparison.cases)


def _same_score(self: Any, network: Any, step: int) -> dict[str, float]:
    card = round_validation.card_like(self._base, self._config, step)
    self._keeper.keep(round_validation.Model(card=card, network=network), 0.5)
    return {"score": 0.5}
