"""What a round takes from a case of a project."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_vertseg.cases import Project, ReviewedRange
from napari_vertseg.training import TrainingRequest
from vertseg_trainer.cases import TrainingCase
from vertseg_trainer.project_cases import choose_cases, training_case

MakeProject = Callable[..., Project]
BRUSHED = (slice(14, 18), slice(18, 22), slice(20, 24))


@pytest.fixture
def case(spine_project: MakeProject) -> TrainingCase:
    """Reviewed from L2 to L4 of L1 to L5; a corner beside L2 is under the ignore brush."""
    project = spine_project("train")
    ids = {v.level: v.id for v in project.case("case-0001").vertebrae}
    with project.edit("case-0001", "Ann") as desk:
        brush = np.zeros(desk.case.source.grid.shape, dtype=bool)
        brush[BRUSHED] = True
        desk.save(project.labels(desk.case), desk.case.vertebrae, ignore=brush)
        desk.submit(ReviewedRange(first=ids["L2"], last=ids["L4"]))
    (chosen,) = choose_cases(project, TrainingRequest(), None)
    return training_case(project, chosen, 1.0)


def test_soft_tissue_beside_the_ends_of_the_range_is_background(case: TrainingCase) -> None:
    """Blocks of bone lie in columns 7 to 16; what touches them may hold some bone."""
    assert case.ignore is not None
    for end in (slice(13, 21), slice(33, 41)):  # L2, L4
        inner = slice(end.start + 1, end.stop - 1)
        assert not case.ignore[inner, 3:6, :6].any()
        assert case.ignore[inner, 6, 7:17].all()


def test_beyond_the_range_and_under_the_brush_nothing_is_said(case: TrainingCase) -> None:
    assert case.ignore is not None
    assert case.ignore[:13].all()
    assert case.ignore[41:].all()
    assert case.ignore[BRUSHED].all()
