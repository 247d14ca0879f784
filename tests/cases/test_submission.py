"""Only what somebody vouches for becomes truth, and a refusal names all that is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import (
    Case,
    Project,
    ReviewedRange,
    Status,
    Verdict,
    WorkClock,
    beside_the_ends,
    compare_cases,
    compare_versions,
    count_changes,
    without_loss,
)
from napari_vertseg.cases.desk import CaseDesk
from napari_vertseg.errors import CaseIncomplete

from .conftest import WHOLE, rows

A, P, F, X = Verdict.ACCEPTED, Verdict.PROPOSED, Verdict.FLAGGED, Verdict.IGNORED


def judge(desk: CaseDesk, *verdicts: Verdict) -> Case:
    judged = [
        replace(v, verdict=said) for v, said in zip(desk.case.vertebrae, verdicts, strict=True)
    ]
    return desk.change(replace(desk.case, vertebrae=tuple(judged)))


def test_a_case_is_submitted_with_every_vertebra_settled_and_the_range_stated(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ben") as desk:
        judge(desk, A, X, A)
        done = desk.submit(WHOLE)

    assert done.status is Status.DONE
    assert done.submitted == done.version
    assert done.version is not None
    assert (done.version.annotator, done.version.is_submitted) == ("Ben", True)
    np.testing.assert_array_equal(project.labels(done), labels)
    assert project.case_at(case.id, 1).reviewed == WHOLE
    patient = project.record.patient(case.patient)
    assert patient is not None
    assert patient.is_role_fixed


@pytest.mark.parametrize(
    ("verdicts", "reviewed", "words"),
    [
        ((A, P, F), WHOLE, r"L2 is proposed, L3 is flagged \(accept or ignore each\)"),
        ((A, A, A), None, "reviewed range is not stated"),
        ((A, P, A), None, r"L2 is proposed .*; the reviewed range is not stated"),
        ((A, A, A), ReviewedRange(first=3, last=1), "runs from foot to head"),
        ((A, A, A), ReviewedRange(first=9), "not in the table"),
    ],
)
def test_a_refusal_names_everything_that_is_missing_and_changes_nothing(
    project: Project,
    case: Case,
    verdicts: tuple[Verdict, ...],
    reviewed: ReviewedRange | None,
    words: str,
) -> None:
    with project.edit(case.id, "Ben") as desk:
        before = judge(desk, *verdicts)
        with pytest.raises(CaseIncomplete, match=words):
            desk.submit(reviewed)

    assert project.case(case.id) == before
    assert not project.record.patients[0].is_role_fixed


@pytest.mark.parametrize(
    ("levels", "words"),
    [(("L1", "L1", "L2"), "two vertebrae are called L1"), (("L2", None, "L1"), "head to foot")],
)
def test_levels_that_contradict_anatomy_are_not_submitted(
    project: Project, case: Case, levels: tuple[str | None, ...], words: str
) -> None:
    with project.edit(case.id, "Ben") as desk:
        judge(desk, A, A, A)
        named = zip(desk.case.vertebrae, levels, strict=True)
        renamed = tuple(replace(v, level=level) for v, level in named)
        desk.change(replace(desk.case, vertebrae=renamed))
        with pytest.raises(CaseIncomplete, match=words):
            desk.submit(WHOLE)


def test_an_empty_and_an_excluded_case_are_not_submitted(project: Project, plain: Case) -> None:
    with project.edit(plain.id, "Ben") as desk:
        with pytest.raises(CaseIncomplete, match="no vertebra is in its table"):
            desk.submit(WHOLE)
        desk.exclude("no spine in view")
        with pytest.raises(CaseIncomplete, match="it is excluded; no vertebra"):
            desk.submit(WHOLE)


def test_work_after_a_submission_leaves_the_submitted_version_for_the_trainer(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ben") as desk:
        judge(desk, A, A, A)
        desk.submit(WHOLE)
        after = desk.save(labels * (labels < 3), rows(A, A))

    assert after.status is Status.IN_CORRECTION
    assert after.submitted is not None
    assert after.submitted.number == 1
    np.testing.assert_array_equal(project.labels(after, 1), labels)


def test_another_verdict_after_a_submission_says_that_it_is_no_longer_what_was_submitted(
    project: Project, case: Case
) -> None:
    with project.edit(case.id, "Ben") as desk:
        judge(desk, A, A, A)
        desk.submit(WHOLE)
        after = judge(desk, A, F, A)

    assert after.status is Status.IN_CORRECTION
    assert [v.verdict for v in project.case_at(case.id, 1).vertebrae] == [A, A, A]


def truth_case(case: Case, reviewed: ReviewedRange | None, *verdicts: Verdict) -> Case:
    judged = zip(case.vertebrae, verdicts, strict=True)
    return replace(
        case, reviewed=reviewed, vertebrae=tuple(replace(v, verdict=said) for v, said in judged)
    )


def test_within_a_whole_range_only_ignored_voxels_and_the_brush_are_silent(
    case: Case, labels: NDArray[np.uint16]
) -> None:
    brush = np.zeros(labels.shape, dtype=bool)
    brush[0] = True
    silent = without_loss(truth_case(case, WHOLE, A, X, A), labels, brush)

    np.testing.assert_array_equal(silent, (labels == 2) | brush)


def test_outside_the_range_and_beside_its_ends_nothing_unlabelled_is_background(
    case: Case, labels: NDArray[np.uint16]
) -> None:
    """Vertebrae lie in slices 2 to 6, 9 to 13, 16 to 20."""
    silent = without_loss(truth_case(case, ReviewedRange(first=1, last=2), A, A, A), labels)

    counted = np.zeros(labels.shape, dtype=bool)
    counted[7:9] = True  # between the slices of 1 and those of 2
    counted[(labels == 1) | (labels == 2)] = True
    np.testing.assert_array_equal(~silent, counted)


def test_what_was_brushed_beside_an_end_stays_without_loss(
    case: Case, labels: NDArray[np.uint16]
) -> None:
    brush = np.zeros(labels.shape, dtype=bool)
    brush[3] = True
    reviewed = truth_case(case, ReviewedRange(first=1), A, A, A)

    beside = beside_the_ends(reviewed, labels, brush)

    assert beside[2][labels[2] == 0].all()
    assert not beside[3].any()
    assert not beside[7:].any()


def test_an_open_end_reaches_to_the_end_of_the_scan(
    case: Case, labels: NDArray[np.uint16]
) -> None:
    silent = without_loss(truth_case(case, ReviewedRange(last=2), A, A, A), labels)

    assert not silent[:9].any()
    assert silent[14:].all()


def test_without_a_reviewed_range_nothing_is_truth(case: Case, labels: NDArray[np.uint16]) -> None:
    assert without_loss(truth_case(case, None, A, A, A), labels).all()


def test_two_annotators_are_compared_vertebra_by_vertebra_whatever_their_ids(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(A, A, A))
    drawn = np.where(labels == 2, 7, labels).astype(np.uint16)  # 2 deleted and drawn anew
    drawn[drawn == 3] = 0
    drawn[2, 4:11, 3:13] = 0  # a slice of five less
    first, second = rows(A, A)
    with project.edit(case.id, "Ben") as desk:
        desk.save(drawn, [first, replace(second, id=7)])

    one, two, three = compare_versions(project, case.id, 1, 2)
    assert one.dice == pytest.approx(2 * 4 / 9)
    assert two.second is not None
    assert (two.dice, two.second.id) == (1.0, 7)
    assert (three.dice, three.second) == (0.0, None)


def test_two_projects_are_compared_only_on_the_same_scan(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(A, A, A))

    assert [row.dice for row in compare_cases(project, case.id, project, case.id)] == [1.0] * 3


def test_pauses_are_no_work() -> None:
    at = 0.0
    clock = WorkClock(pause_s=60, seconds=lambda: at)
    for seconds, vertebra in ((0, 1), (30, 1), (60, 2), (5000, 2), (5030, None)):
        at = float(seconds)
        clock.touch(vertebra)

    assert clock.minutes == {1: 0.5, 2: 0.5}
    assert clock.total_minutes == 1.5
    clock.reset()
    assert (clock.total_minutes, clock.minutes) == (0.0, {})


def test_a_voxel_from_one_vertebra_to_another_counts_for_both_and_once_in_all() -> None:
    before = np.array([[[0, 1, 1, 2]]], dtype=np.uint16)
    after = np.array([[[1, 1, 2, 0]]], dtype=np.uint16)

    assert count_changes(before, after) == (3, {1: 2, 2: 2})
