"""``vertseg rounds`` and ``vertseg models`` do without a window what the panels do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from napari_vertseg.cases import ModelRef, Project
from napari_vertseg.cli import main
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard, weights_sha256
from napari_vertseg.rounds.compare import save_comparison
from napari_vertseg.rounds.comparison import (
    CaseChange,
    Comparison,
    Figures,
    VertebraChange,
    VertebraFigures,
)
from napari_vertseg.rounds.ledger import begin_round, change_round
from napari_vertseg.training import TrainingRequest


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with the models good and bad, of round 1 and 2."""
    project = Project.create(tmp_path / "spines")
    for number, name in enumerate(("good", "bad"), start=1):
        torch.manual_seed(number)
        network = IterativeFcn(PRESETS["tiny"].network)
        card = ModelCard(
            name=name, network=network.config, spacing_mm=8.0, window_hu=(-200.0, 1000.0)
        )
        place = project.folder.models / name
        Model(card=card, network=network).save(place)
        ref = ModelRef(name=name, weights_sha256=weights_sha256(place))
        begin_round(project, TrainingRequest())
        change_round(project, number, lambda r, ref=ref: replace(r, model=ref), what="made")
        save_comparison(project, number, comparison(ref, 0.9 if name == "good" else 0.5))
    return project


def comparison(candidate: ModelRef, after: float) -> Comparison:
    """Two patients; the candidate has this Dice, the model in use 0.8."""
    cases = [
        CaseChange(
            case=f"case-{n}",
            name=f"scan-{n}",
            patient=f"p-{n}",
            kind="validation",
            active=figures(0.8),
            candidate=figures(after),
            vertebrae=(vertebra(f"case-{n}", after),),
        )
        for n in (1, 2)
    ]
    return Comparison(active=None, candidate=candidate, cases=tuple(cases))


def vertebra(case: str, after: float) -> VertebraChange:
    before, now = (
        VertebraFigures(dice=dice, asd_mm=None, outcome="found", is_completeness_right=None)
        for dice in (0.8, after)
    )
    return VertebraChange(case=case, value=1, name="L1", active=before, candidate=now)


def figures(dice: float) -> Figures:
    return Figures(
        dice=dice,
        asd_mm=None,
        found=1,
        missed=0,
        merged=0,
        false=0,
        completeness_right=0,
        completeness_known=0,
    )


def run(*words: Any) -> int:
    return main([str(word) for word in words])


def test_a_model_is_promoted_and_taken_back(project: Project, capsys: Any) -> None:
    place = project.folder.path

    assert run("models", "promote", place, "good") == 0
    assert "0.800 to 0.900" in capsys.readouterr().out
    assert project.record.active_model == "good"
    assert run("models", "rollback", place) == 0
    assert "the starter is used again, in place of good" in capsys.readouterr().out
    assert project.record.active_model is None


def test_a_model_that_got_worse_is_promoted_only_if_one_insists(
    project: Project, capsys: Any
) -> None:
    place = project.folder.path

    assert run("models", "promote", place, "bad") == 2
    assert "falls from 0.800 to 0.500" in capsys.readouterr().err
    assert project.record.active_model is None

    assert run("models", "promote", place, "bad", "--anyway") == 0
    assert project.record.active_model == "bad"


def test_a_decision_stands_in_the_list(project: Project, capsys: Any) -> None:
    place = project.folder.path
    assert run("models", "reject", place, "bad") == 0
    assert run("models", "promote", place, "good") == 0
    capsys.readouterr()

    assert run("models", "list", place) == 0

    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert ["good", "active"] in rows
    assert ["bad", "rejected"] in rows
    assert ["starter", "shipped"] in rows


def test_a_model_goes_from_project_to_project_as_a_file(project: Project, tmp_path: Path) -> None:
    other = Project.create(tmp_path / "other")
    file = tmp_path / "good.zip"

    assert run("models", "export", "good", "--project", project.folder.path, "-o", file) == 0
    assert run("models", "import", file, "--project", other.folder.path, "--name", "gift") == 0

    same = [project.folder.models / "good", other.folder.models / "gift"]
    assert weights_sha256(same[0]) == weights_sha256(same[1])


def test_a_hostile_file_is_refused_with_one_sentence(
    project: Project, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "letter.zip").write_text("no model")

    assert run("models", "import", tmp_path / "letter.zip", "--project", project.folder.path) == 2
    assert "letter.zip is no model file" in capsys.readouterr().err


def test_rounds_are_listed_and_shown(project: Project, capsys: Any) -> None:
    place = project.folder.path

    assert run("rounds", "list", place) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert run("rounds", "show", place, "2") == 0
    assert json.loads(capsys.readouterr().out)["model"]["name"] == "bad"
    assert run("rounds", "begin", place, "--request", '{"seed": 4}') == 0
    assert capsys.readouterr().out.strip() == "3"


def test_a_round_that_never_ended_is_not_done_again(project: Project, capsys: Any) -> None:
    assert run("rounds", "replay", project.folder.path, "1") == 2
    assert "it was never trained" in capsys.readouterr().err


def test_queue_and_effort_of_a_project(spine_project: Callable[..., Project], capsys: Any) -> None:
    place = spine_project("train").folder.path

    assert run("rounds", "queue", place) == 0
    assert capsys.readouterr().out == ""
    assert run("rounds", "effort", place) == 0
    assert capsys.readouterr().out.startswith("proposals of")


def test_two_models_are_compared_on_the_held_out_scans(
    project: Project, spine_project: Callable[..., Project], capsys: Any
) -> None:
    cohort = spine_project("validation", "validation", name="cohort")
    for name in ("good", "bad"):
        (project.folder.models / name).rename(cohort.folder.models / name)
    assert run("models", "promote", cohort.folder.path, "good") == 0

    assert run("models", "compare", cohort.folder.path, "bad", "--without-made") == 0

    page = capsys.readouterr().out
    assert page.count("case-0001") == page.count("case-0002") == 5
    assert page.splitlines()[-1].startswith(("passes: ", "fails: "))
