"""Proposals are made ahead, and never over somebody's shoulder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import HistoryEntry, Project, Status, import_scan
from napari_vertseg.rounds import proposing
from napari_vertseg.rounds.models import promote, ref_of
from napari_vertseg.rounds.proposing import propose_all


@pytest.fixture
def project(
    spine_project: Callable[..., Project], model_folder: Callable[..., Path], tmp_path: Path
) -> Project:
    """One corrected case, two new ones, a model in use."""
    project = spine_project("train")
    promote(project, str(model_folder("mine")))
    other = spine_project("train", "train", "train", name="others")
    for number in (1, 2):
        path = other.folder.path.parent / f"others-{number}.nii.gz"
        import_scan(project, path, annotator="Ann", patient=f"N{number}")
    return project


def test_new_scans_are_proposed_and_corrected_ones_left_alone(
    project: Project, tmp_path: Path
) -> None:
    before = project.case("case-0001")
    said: list[str] = []

    done = propose_all(project, project.ids(), who="Ann", tell=said.append)

    assert done == 2
    assert project.case("case-0001") == before
    for case_id in ("case-0002", "case-0003"):
        case = project.case(case_id)
        assert case.status is Status.PROPOSED
        assert case.prediction is not None
        assert case.prediction.model == ref_of(project.folder.models / "mine")
    assert all("vertebrae proposed" in sentence for sentence in said)


def test_a_case_that_somebody_has_open_is_told_and_left(project: Project) -> None:
    said: list[str] = []
    with project.edit("case-0002", "Bea"):
        done = propose_all(project, ("case-0002", "case-0003"), who="Ann", tell=said.append)

    assert done == 1
    assert project.case("case-0002").status is Status.NEW
    assert said[0].startswith("case-0002: ")


def test_a_scan_that_is_gone_does_not_stop_the_others(project: Project, tmp_path: Path) -> None:
    (tmp_path / "others-1.nii.gz").unlink()
    said: list[str] = []

    assert propose_all(project, ("case-0002", "case-0003"), who="Ann", tell=said.append) == 1
    assert "is not at" in said[0]


def test_a_case_that_somebody_began_during_the_walk_is_left_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    walked = proposing.drain

    def drain(*arguments: Any) -> Any:
        monkeypatch.setattr(proposing, "drain", walked)
        assert propose_all(project, ("case-0002",), who="Bea") == 1
        return walked(*arguments)

    monkeypatch.setattr(proposing, "drain", drain)
    done = propose_all(project, ("case-0002",), who="Ann", tell=said.append)

    assert done == 0
    assert "somebody began it meanwhile" in said[0]
    assert not any(entry.who == "Ann" and "propos" in entry.what for entry in history(project))


def history(project: Project) -> tuple[HistoryEntry, ...]:
    return project.case("case-0002").history
