"""What a submitted version says is true, and what it says nothing about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.cases import Case, Project, ReviewedRange, Verdict
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.rounds.truth import truth_of

MakeProject = Callable[..., Project]


@pytest.fixture
def project(spine_project: MakeProject) -> Project:
    return spine_project("train")


def change(project: Project, edit: Callable[[Case], Case], reviewed: ReviewedRange) -> int:
    """Change the case, submit it again; the number of the new version."""
    with project.edit("case-0001", "Ann") as desk:
        desk.change(edit(desk.case))
        return len(desk.submit(reviewed).versions)


def by_level(case: Case, level: str) -> int:
    return next(v.id for v in case.vertebrae if v.level == level)


def test_levels_become_verse_values(project: Project) -> None:
    truth = truth_of(project, "case-0001", len(project.case("case-0001").versions))

    assert truth.has_levels
    assert truth.targets == (20, 21, 22, 23, 24)
    assert sorted(np.unique(truth.labels)) == [0, 20, 21, 22, 23, 24, 26]
    assert not truth.silent.any()


def test_without_levels_vertebrae_count_from_the_head_and_the_sacrum_stays(
    project: Project,
) -> None:
    def nameless(case: Case) -> Case:
        rows = (v if v.level == "S1" else replace(v, level=None) for v in case.vertebrae)
        return replace(case, vertebrae=tuple(rows))

    truth = truth_of(project, "case-0001", change(project, nameless, ReviewedRange()))

    assert not truth.has_levels
    assert sorted(np.unique(truth.labels)) == [0, 1, 2, 3, 4, 5, 26]
    assert truth.targets == (1, 2, 3, 4, 5)
    assert truth.names[1] == "number 1"


def test_an_ignored_vertebra_stays_in_the_labels_and_is_silent(project: Project) -> None:
    def ignore(case: Case) -> Case:
        rows = (
            replace(v, verdict=Verdict.IGNORED) if v.level == "L3" else v for v in case.vertebrae
        )
        return replace(case, vertebrae=tuple(rows))

    truth = truth_of(project, "case-0001", change(project, ignore, ReviewedRange()))

    assert truth.ignored == {22}
    assert 22 not in truth.targets
    assert truth.silent[truth.labels == 22].all()
    assert not truth.silent[truth.labels == 21].any()


def test_beyond_the_reviewed_range_nothing_is_said(project: Project) -> None:
    case = project.case("case-0001")
    reviewed = ReviewedRange(first=by_level(case, "L2"), last=by_level(case, "L4"))

    truth = truth_of(project, "case-0001", change(project, lambda c: c, reviewed))

    assert truth.ignored >= {20, 24}
    assert truth.targets == (21, 22, 23)
    assert truth.silent[:13].all()
    assert truth.silent[13:21][truth.labels[13:21] == 0].all()
    assert not truth.silent[truth.labels == 21].any()
    assert not truth.silent[23:31].any()


def test_beside_the_ends_only_bone_may_be_a_neighbour(project: Project) -> None:
    case = project.case("case-0001")
    reviewed = ReviewedRange(first=by_level(case, "L2"), last=by_level(case, "L4"))

    truth = truth_of(project, "case-0001", change(project, lambda c: c, reviewed))

    unlabelled = np.zeros(truth.labels.shape, dtype=bool)
    unlabelled[13:21], unlabelled[33:41] = True, True  # the slices of L2 and L4
    np.testing.assert_array_equal(truth.beside_ends, unlabelled & (truth.labels == 0))
    assert (truth.silent | ~truth.beside_ends).all()


def test_where_the_whole_scan_was_reviewed_no_end_has_neighbours(project: Project) -> None:
    version = change(project, lambda case: case, ReviewedRange())
    assert not truth_of(project, "case-0001", version).beside_ends.any()


def test_a_version_keeps_the_verdicts_of_its_time(project: Project) -> None:
    before = len(project.case("case-0001").versions)

    def ignore(case: Case) -> Case:
        rows = tuple(replace(v, verdict=Verdict.IGNORED) for v in case.vertebrae)
        return replace(case, vertebrae=rows)

    after = change(project, ignore, ReviewedRange())

    assert truth_of(project, "case-0001", before).ignored == frozenset()
    assert truth_of(project, "case-0001", after).targets == ()


def test_a_version_that_does_not_exist_is_named(project: Project) -> None:
    with pytest.raises(CaseIncomplete, match="has no version 99"):
        truth_of(project, "case-0001", 99)
