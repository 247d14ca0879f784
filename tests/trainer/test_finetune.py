"""A round: what is trained on, what comes out, and how it ends when something goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_vertseg.cases import Project, Role, RoundRecord
from napari_vertseg.network.model import load_card, load_model
from napari_vertseg.rounds.compare import mask_files, masks_folder, read_comparison
from napari_vertseg.rounds.ledger import (
    begin_again,
    begin_round,
    read_round,
    read_rounds,
    run_folder,
    training_of,
)
from napari_vertseg.rounds.models import promote
from napari_vertseg.training import TrainingRequest
from vertseg_trainer import finetune as finetune_module
from vertseg_trainer import loop, pace, round_start
from vertseg_trainer.__main__ import main

from .a_round import ON_CPU, command, events, kinds

MakeProject = Callable[..., Project]


# A round from nothing


def test_a_round_from_nothing_leaves_a_candidate_that_was_compared(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "train", "validation")

    code, record = train(project)

    assert code == 0
    assert record.model is not None
    assert record.model.name == "round-1"
    assert record.parent is None
    assert record.finished is not None
    assert [(c.case, c.role) for c in record.cases] == [
        ("case-0001", Role.TRAIN),
        ("case-0002", Role.TRAIN),
        ("case-0003", Role.VALIDATION),
    ]
    card = load_card(project.folder.models / "round-1")
    assert [source.name for source in card.provenance.data] == ["case-0001", "case-0002"]
    assert kinds(project, 1) == [
        "started",
        "validated",
        "validated",
        "validated",
        "published",
        "compared",
        "finished",
    ]
    comparison = read_comparison(project, 1)
    assert comparison is not None
    assert [(c.case, c.kind) for c in comparison.cases] == [("case-0003", "validation")]
    files = mask_files(masks_folder(project, 1), "case-0003")
    assert all(path.is_file() for path in (files.active, files.candidate, files.reference))
    assert set(record.scores_after) >= {"validation/case-0003/dice"}


def test_validation_and_test_cases_are_never_drawn(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]], monkeypatch: Any
) -> None:
    """Every scan that samples come from is one of the role train."""
    drawn: list[str] = []
    original = round_start.mixed_source

    def spy(corrected: Any, earlier: Any, *rest: Any) -> Any:
        drawn.extend(case.name for case in [*corrected, *earlier])
        return original(corrected, earlier, *rest)

    monkeypatch.setattr(round_start, "mixed_source", spy)
    project = spine_project("train", "validation", "test")

    code, record = train(project)

    assert code == 0
    assert set(drawn) == {"case-0001"}
    assert "case-0003" not in {case.case for case in record.cases}


def test_with_one_patient_held_out_nothing_is_judged(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "validation")
    train(project)

    (told,) = [e for e in events(project, 1) if e.kind == "compared"]

    assert told.message.startswith("cannot judge yet: ")


# From a model


def test_the_next_round_replays_what_the_model_has_seen(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "train", "train")
    train(project, cases=("case-0001",))
    promote(project, "round-1")

    code, record = train(project, base="active", replay_share=0.5, made_share=0.0)

    assert code == 0
    assert record.parent is not None
    assert record.parent.name == "round-1"
    request = record.settings["request"]
    assert request["cases"] == ["case-0002", "case-0003"]
    assert {c.case for c in record.cases} == {"case-0001", "case-0002", "case-0003"}
    comparison = read_comparison(project, 2)
    assert comparison is not None
    assert [(c.case, c.kind) for c in comparison.cases] == [("case-0001", "earlier")]
    assert record.model is not None
    assert load_card(project.folder.models / record.model.name).provenance.steps == 8


def test_a_round_done_again_gives_the_same_weights(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "validation")
    train(project, replay_share=0.3)

    again = begin_again(project, 1)
    assert main(command(project, again.number)) == 0

    first, second = (
        load_model(project.folder.models / f"round-{n}").network.state_dict() for n in (1, 2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert training_of(read_round(project, 2)) == training_of(read_round(project, 1))
    assert read_round(project, 2).cases == read_round(project, 1).cases


def test_a_round_done_again_looks_where_the_first_one_had_the_time(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = spine_project("train", "validation")
    with monkeypatch.context() as hurry:
        hurry.setattr(pace.Walks, "has_time_for_one_more", lambda walks: False)
        train(project, validations=4)
    assert main(command(project, begin_again(project, 1).number)) == 0

    first, again = ([e.step for e in events(project, n) if e.kind == "validated"] for n in (1, 2))
    assert len(first) == 2, "at both ends"
    assert again == first


def test_a_round_goes_on_where_it_was_stopped(
    spine_project: MakeProject, train: Callable[..., tuple[int, RoundRecord]]
) -> None:
    project = spine_project("train", "validation")
    train(project)
    number = begin_round(project, TrainingRequest(**_as_request(read_round(project, 1)))).number
    folder = run_folder(project, number)
    folder.mkdir()
    (folder / "wish").write_text("cancel")
    assert main(command(project, number)) == 0
    assert kinds(project, number)[-1] == "cancelled"
    assert read_round(project, number).model is None

    assert main(command(project, number)) == 0

    first = load_model(project.folder.models / "round-1").network.state_dict()
    resumed = load_model(project.folder.models / f"round-{number}").network.state_dict()
    assert all(torch.equal(first[name], resumed[name]) for name in first)


def _as_request(record: RoundRecord) -> dict[str, Any]:
    request = dict(record.settings["request"])
    return request | {"cases": tuple(request["cases"])}


def test_stop_keeps_the_best(
    spine_project: MakeProject, request_of: Callable[..., TrainingRequest]
) -> None:
    project = spine_project("train", "validation")
    number = begin_round(project, request_of(steps=100_000)).number
    run_folder(project, number).mkdir()
    (run_folder(project, number) / "wish").write_text("stop")

    assert main(command(project, number)) == 0

    record = read_round(project, number)
    assert record.model is not None
    assert record.settings["reached"] == 0
    assert kinds(project, number)[-1] == "finished"
    assert not (run_folder(project, number) / "wish").exists()


# What goes wrong


def test_the_check_says_everything_and_starts_nothing(
    spine_project: MakeProject, capsys: pytest.CaptureFixture[str]
) -> None:
    project = spine_project("train", "train")
    (project.folder.path.parent / "spines-0.nii.gz").unlink()
    words = ["--base", "nothing", "--preset", "tiny", "--steps", "3", "--check", *ON_CPU]

    assert main(["finetune", "--project", str(project.folder.path), *words]) == 0

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = {(f["severity"], f["topic"], f["case"]) for f in found}
    assert ("blocker", "cases", "case-0001") in said
    assert ("warning", "roles", None) in said
    assert "is not at ../spines-0.nii.gz any more" in found[0]["sentence"]
    assert read_rounds(project) == []


def test_a_scan_that_went_away_ends_the_round_before_it_begins(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = spine_project("train")
    (project.folder.path.parent / "spines-0.nii.gz").unlink()

    code, record = train(project)

    assert code == 2
    assert "the scan of case-0001 is not at" in capsys.readouterr().err
    assert record.model is None
    assert record.history[-1].what.startswith("failed: the scan of case-0001")
    assert events(project, 1)[-1].kind == "failed"


def test_a_label_changed_between_stop_and_resume_is_noticed(
    spine_project: MakeProject, request_of: Callable[..., TrainingRequest]
) -> None:
    project = spine_project("train")
    number = begin_round(project, request_of()).number
    run_folder(project, number).mkdir()
    (run_folder(project, number) / "wish").write_text("cancel")
    assert main(command(project, number)) == 0
    labels = project.case("case-0001").versions[-1].labels.name
    (project.case_folder("case-0001").versions / labels).write_bytes(b"changed")

    assert main(command(project, number)) == 2

    said = events(project, number)[-1].message
    assert f"{labels} of case-0001 is no longer what was saved" in said


def test_a_loss_that_is_no_number_ends_in_a_sentence(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = spine_project("train")
    steps = iter(range(100))
    original = loop.Learner.learn

    def poisoned(self: Any, batch: Any) -> Any:
        if next(steps) == 3:
            batch["weight"] = batch["weight"] * float("nan")
        return original(self, batch)

    monkeypatch.setattr(loop.Learner, "learn", poisoned)

    code, record = train(project)

    assert code == 2
    assert "numbers that are no numbers" in events(project, 1)[-1].message
    assert record.model is None


def test_too_little_memory_is_tried_once_more_with_a_smaller_setting(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = spine_project("train")
    original = finetune_module.open_run
    settings = []

    def starved(*arguments: Any, **keywords: Any) -> Any:
        settings.append(arguments[4].checkpoint_activations)
        if len(settings) == 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return original(*arguments, **keywords)

    monkeypatch.setattr(finetune_module, "open_run", starved)

    code, record = train(project)

    assert code == 0
    assert settings == [False, True]
    assert record.model is not None
    assert any("goes on with less of it" in e.message for e in events(project, 1))


def test_a_full_disk_ends_in_a_sentence_and_can_be_resumed(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = spine_project("train", "validation")
    original = torch.save
    calls = []

    def full(*arguments: Any, **keywords: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        original(*arguments, **keywords)

    monkeypatch.setattr(torch, "save", full)

    code, record = train(project)

    assert code == 2
    assert "No space left on device" in events(project, 1)[-1].message
    assert record.model is None
    monkeypatch.undo()
    assert main(command(project, 1)) == 0
    assert read_round(project, 1).model is not None


def test_a_case_that_is_not_submitted_is_refused_by_name(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = spine_project("train", "validation")

    assert train(project, cases=("case-0002",))[0] == 2

    assert "case-0002 cannot be trained on: its patient has the role validation" in (
        capsys.readouterr().err
    )


def test_a_patient_that_was_trained_on_does_not_become_a_judge(
    spine_project: MakeProject,
    train: Callable[..., tuple[int, RoundRecord]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = spine_project("train", "train")
    train(project, cases=("case-0001",))
    _turn_into_validation(project.folder.path)

    assert train(project, cases=("case-0002",))[0] == 2

    assert "round 1 trained on this patient" in capsys.readouterr().err


def _turn_into_validation(place: Path) -> None:
    """As nobody may: by hand, in the files."""
    case = place / "cases" / "case-0001" / "case.json"
    record = json.loads(case.read_text())
    case.write_text(json.dumps(record | {"role": "validation"}))
    project = json.loads((place / "vertseg.json").read_text())
    for patient in project["patients"]:
        if patient["id"] == record["patient"]:
            patient["role"] = "validation"
    (place / "vertseg.json").write_text(json.dumps(project))
