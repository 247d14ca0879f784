"""Every round has a number of its own, whoever asks at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from napari_vertseg.cases import ModelRef, Project, Role, RoundCase
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.rounds.ledger import (
    begin_again,
    begin_round,
    change_round,
    read_round,
    read_rounds,
    request_of,
    round_numbers,
    training_of,
)
from napari_vertseg.rounds.lineage import round_that_learnt, seen_by
from napari_vertseg.strict_json import to_jsonable
from napari_vertseg.training import TrainingConfig, TrainingRequest


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "spines")


@pytest.fixture
def finished(project: Project) -> Callable[..., None]:
    """A round that made a model from cases."""

    def _finished(model: str, parent: str | None, *cases: tuple[str, int, Role]) -> None:
        number = begin_round(project, TrainingRequest()).number
        records = tuple(
            RoundCase(
                case=case,
                patient=f"p-{case}",
                role=role,
                version=version,
                voxels_sha256="v",
                labels_sha256="l",
            )
            for case, version, role in cases
        )
        ref = None if parent is None else ModelRef(name=parent, weights_sha256=parent)
        change_round(
            project,
            number,
            lambda r: replace(
                r,
                model=ModelRef(name=model, weights_sha256=model),
                parent=ref,
                cases=records,
                settings={
                    **r.settings,
                    "training": to_jsonable(TrainingConfig(seed=7)),
                    "reached": 12,
                },
                seeds=(7,),
            ),
            what="made",
        )

    return _finished


def test_numbers_count_up_and_are_never_shared(project: Project) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(lambda _: begin_round(project, TrainingRequest()), range(12)))

    assert sorted(record.number for record in begun) == list(range(1, 13))
    assert round_numbers(project) == list(range(1, 13))


def test_a_round_says_what_was_asked_of_it(project: Project) -> None:
    request = TrainingRequest(minutes=3.0, cases=("case-0001",), seed=5)

    number = begin_round(project, request, who="Ann").number

    record = read_round(project, number)
    assert request_of(record) == request
    assert record.seeds == (5,)
    assert record.history[0].who == "Ann"


def test_changes_at_the_same_time_are_all_kept(project: Project) -> None:
    number = begin_round(project, TrainingRequest()).number

    def note(n: int) -> None:
        change_round(project, number, lambda r: r, what=f"note {n}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(note, range(12)))

    said = {entry.what for entry in read_round(project, number).history}
    assert said == {"asked for", *(f"note {n}" for n in range(12))}


def test_a_model_has_seen_what_its_whole_line_was_trained_on(
    project: Project, finished: Callable[..., None]
) -> None:
    finished("one", None, ("a", 1, Role.TRAIN), ("v", 1, Role.VALIDATION))
    finished("two", "one", ("a", 3, Role.TRAIN), ("b", 1, Role.TRAIN))
    finished("side", "one", ("c", 1, Role.TRAIN))

    assert seen_by(project, "two") == {"a": 3, "b": 1}
    assert seen_by(project, "one") == {"a": 1}
    assert seen_by(project, "starter") == {}
    learnt = round_that_learnt(project)
    assert [learnt(patient, "") for patient in ("p-a", "p-b", "p-c", "p-v")] == [1, 2, 3, None]
    assert learnt("under another number", "v") == 1, "the same scan under another number"


def test_a_round_done_again_has_the_same_data_settings_and_seeds(
    project: Project, finished: Callable[..., None]
) -> None:
    finished("one", "starter", ("a", 1, Role.TRAIN), ("v", 1, Role.VALIDATION))

    again = read_round(project, begin_again(project, 1).number)

    first = read_round(project, 1)
    assert again.number == 2
    assert (again.cases, again.parent, again.seeds) == (first.cases, first.parent, first.seeds)
    assert training_of(again) == training_of(first)
    assert request_of(again).steps == 12
    assert request_of(again).minutes is None
    assert again.model is None


def test_a_round_that_never_ended_cannot_be_done_again(project: Project) -> None:
    begin_round(project, TrainingRequest())

    with pytest.raises(CaseIncomplete, match="it was never trained"):
        begin_again(project, 1)


def test_a_round_that_does_not_exist_is_named(project: Project) -> None:
    begin_round(project, TrainingRequest())

    with pytest.raises(CaseIncomplete, match=r"there is no round 4 in this project \(rounds: 1\)"):
        read_round(project, 4)
    assert len(read_rounds(project)) == 1
