"""A candidate compared once more, from the panel and without a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.rounds.ledger import read_round, run_folder
from napari_vertseg.rounds.models import promote

from .candidates import add_candidate, add_model
from .compare_bench import Bench

MakeProject = Callable[..., Project]


@pytest.fixture
def project(spine_project: MakeProject) -> Project:
    return spine_project("train", "validation", "validation")


@pytest.fixture
def bench(project: Project) -> Bench:
    add_candidate(project, {"case-0002": 0.05, "case-0003": -0.01})
    return Bench(project)


def in_use(project: Project) -> None:
    """A model that costs nothing in place of the starter."""
    add_model(project, "mine", 7)
    promote(project, "mine", who="Ann")


def test_compare_again_walks_every_scan_that_judges(bench: Bench, project: Project) -> None:
    in_use(project)
    control = bench.control
    before = control.judgement.comparison
    heard: list[str] = []
    control.changed.connect(lambda: heard.append(control.comparing))

    control.compare_again()

    after = control.judgement.comparison
    assert bench.failures == []
    assert after != before
    assert after.active.name == "mine"
    assert {c.case for c in after.of_kind("validation")} == {"case-0002", "case-0003"}
    assert any("spines-1 is compared: Dice" in words for words in heard)
    assert control.comparing == ""
    record = read_round(project, 1)
    assert record.scores_after == after.scores("candidate")
    assert record.history[-1].what.startswith("compared again")


def test_the_model_in_use_is_not_compared_with_itself(bench: Bench, project: Project) -> None:
    control = bench.control
    control.decide("promoted")
    before = (run_folder(project, 1) / "comparison.json").read_bytes()

    control.compare_again()

    assert "nothing to compare it with" in str(bench.failures[0].error)
    assert (run_folder(project, 1) / "comparison.json").read_bytes() == before


def test_a_scan_that_went_away_is_left_out_of_the_comparison_and_that_is_said(
    bench: Bench, project: Project
) -> None:
    in_use(project)
    (project.folder.path.parent / "spines-1.nii.gz").unlink()
    heard: list[str] = []
    bench.control.changed.connect(lambda: heard.append(bench.control.comparing))

    bench.control.compare_again()

    assert bench.failures == []
    compared = {c.case for c in bench.control.judgement.comparison.of_kind("validation")}
    assert compared == {"case-0003"}
    assert any("case-0002 is not compared" in words for words in heard)


def test_a_full_disk_leaves_the_comparison_of_before(
    bench: Bench, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use(project)
    before = (run_folder(project, 1) / "comparison.json").read_bytes()

    def full(*arguments: Any, **keywords: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("napari_vertseg.rounds.compare.write_labels", full)
    bench.control.compare_again()

    assert "No space left on device" in str(bench.failures[0].error)
    assert "the one before it stands" in str(bench.failures[0].error)
    assert (run_folder(project, 1) / "comparison.json").read_bytes() == before
    assert bench.control.comparing == ""
