"""The list of models: what is known of each, and models as files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.errors import ModelIncompatible, OutputRefused
from napari_vertseg.network.model import load_model
from napari_vertseg.rounds.ledger import change_round
from napari_vertseg.rounds.models import promote
from napari_vertseg.ui.models_panel_rows import (
    details,
    exported,
    imported,
    rows_of_models,
    short,
)
from napari_vertseg.ui.retrain_place import model_to_walk_with

from .candidates import add_candidate, add_model

MakeProject = Callable[..., Project]


@pytest.fixture
def project(spine_project: MakeProject) -> Project:
    project = spine_project("train", "validation")
    add_candidate(project, {"case-0002": 0.01})
    return project


def test_every_model_says_where_it_comes_from(project: Project) -> None:
    add_model(project, "foreign", 5)
    rows = {row.name: row for row in rows_of_models(project)}

    assert rows["round-1"].origin == "round 1"
    assert rows["round-1"].state == "candidate"
    assert rows["round-1"].parent == "starter"
    assert rows["round-1"].score == pytest.approx(0.82)
    assert rows["foreign"].origin == "imported"
    assert rows["starter"].origin == "shipped"
    assert rows["starter"].state == "active"
    assert len({row.weights_sha256 for row in rows.values()}) == len(rows)


def test_the_score_is_that_of_the_validation_scans_in_the_rounds_comparison(
    project: Project,
) -> None:
    scores = {"validation/case-0002/dice": 0.9, "earlier/case-0001/dice": 0.1}
    change_round(project, 1, lambda r: replace(r, scores_after=scores), what="compared")
    row = next(row for row in rows_of_models(project) if row.name == "round-1")

    assert row.score == 0.9
    assert row.score_words == "0.900 here"
    assert "earlier/case-0001/dice 0.100" in details(row)


def test_a_score_on_other_peoples_scans_says_so(project: Project) -> None:
    """Beside 0.85 of one's own scans, 0.82 of others is neither better nor worse."""
    add_model(project, "foreign", 5)
    row = next(row for row in rows_of_models(project) if row.name == "foreign")

    assert row.score_words == "0.820 elsewhere"
    assert "Scores where it was made:\n  case-0002/dice 0.810" in details(row)


def test_earlier_cases_do_not_mix_with_scores_from_elsewhere(project: Project) -> None:
    scores = {"earlier/case-0001/dice": 0.5}
    change_round(project, 1, lambda r: replace(r, scores_after=scores), what="compared")
    row = next(row for row in rows_of_models(project) if row.name == "round-1")

    assert row.score_words == "0.500 here"


def test_details_hold_parent_date_hashes_scores_and_limits(project: Project) -> None:
    row = next(row for row in rows_of_models(project) if row.name == "round-1")
    text = details(row)

    for part in (
        row.weights_sha256,
        "0" * 64,
        "2026-01-02, 12 steps",
        "case-0001 abababababababab",
        "case-0002/dice 0.810",
        "Research use only",
    ):
        assert part in text
    assert row.weights_sha256.startswith(short(row.weights_sha256))


def test_the_model_in_use_is_the_one_to_walk_with(project: Project) -> None:
    assert model_to_walk_with(project) == "starter"
    promote(project, "round-1")

    assert model_to_walk_with(project) == str(project.folder.models / "round-1")
    states = {row.name: row.state for row in rows_of_models(project)}
    assert states["round-1"] == "active"
    assert states["starter"] == "shipped"


def test_a_model_travels_as_one_file(project: Project, tmp_path: Path) -> None:
    row = next(row for row in rows_of_models(project) if row.name == "round-1")
    file = tmp_path / "mine.vertseg-model.zip"
    assert "mine.vertseg-model.zip" in exported(row, file)

    with pytest.raises(OutputRefused, match="already"):
        imported(file, project)
    assert "imported as twin" in imported(file, project, "twin")
    twin = next(row for row in rows_of_models(project) if row.name == "twin")
    assert load_model(twin.folder).card.name == "twin"
    assert twin.weights_sha256 == row.weights_sha256


def test_a_foreign_file_is_refused_and_leaves_nothing(project: Project, tmp_path: Path) -> None:
    file = tmp_path / "evil.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("../model.json", "{}")
    before = sorted(project.folder.models.iterdir())

    with pytest.raises(ModelIncompatible, match="nothing else"):
        imported(file, project)
    assert sorted(project.folder.models.iterdir()) == before
