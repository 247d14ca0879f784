"""What a round takes from a case of a project."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.cases import Project, ReviewedRange
from napari_vertseg.training import TrainingRequest
from vertseg_trainer.cases import TrainingCase
from vertseg_trainer.project_cases import choose_cases, training_case

MakeProject = Callable[..., Project]
L2, L4 = slice(14, 20), slice(34, 40)
"""Slices of two vertebrae, without those where they end."""
BRUSHED = (slice(14, 18), slice(18, 22), slice(20, 24))


@pytest.fixture
def case(spine_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> TrainingCase:
    """Reviewed from L2 to L4 of L1 to L5; a corner beside L2 is under the ignore brush.

    Blocks of bone lie in columns 7 to 16; a process of an unlabelled neighbour in column 20.
    """
    project = spine_project("train")
    ids = {v.level: v.id for v in project.case("case-0001").vertebrae}
    with project.edit("case-0001", "Ann") as desk:
        brush = np.zeros(desk.case.source.grid.shape, dtype=bool)
        brush[BRUSHED] = True
        desk.save(project.labels(desk.case), desk.case.vertebrae, ignore=brush)
        desk.submit(ReviewedRange(first=ids["L2"], last=ids["L4"]))
    (chosen,) = choose_cases(project, TrainingRequest(), None)
    scan = project.scan(project.case("case-0001"))
    voxels = scan.voxels.copy()
    voxels[:, 10, 20] = 400
    monkeypatch.setattr(Project, "scan", lambda *_: replace(scan, voxels=voxels))
    return training_case(project, chosen, 1.0)


def test_background_beside_the_ends_of_the_range_is_taught(case: TrainingCase) -> None:
    """Soft tissue, and the rim of the labelled vertebra, however bright."""
    assert case.ignore is not None
    for end in L2, L4:
        assert not case.ignore[end, 3:7, :18].any()
        assert not case.ignore[end, 7:17, 6].any()


def test_bone_beside_the_ends_of_the_range_may_be_a_neighbour(case: TrainingCase) -> None:
    assert case.ignore is not None
    for end in L2, L4:
        assert case.ignore[end, 9:12, 19:22].all()


def test_beyond_the_range_and_under_the_brush_nothing_is_said(case: TrainingCase) -> None:
    assert case.ignore is not None
    assert case.ignore[:13].all()
    assert case.ignore[41:].all()
    assert case.ignore[BRUSHED].all()
