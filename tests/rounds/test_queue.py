"""The next scan to correct is the one that teaches most, and the reason is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_vertseg.cases import (
    CaseVertebra,
    ModelRef,
    Project,
    ReviewedRange,
    Role,
    Verdict,
    WalkFacts,
    import_scan,
)
from napari_vertseg.io import write_scan
from napari_vertseg.rounds.effort import effort
from napari_vertseg.rounds.evidence import evidence
from napari_vertseg.rounds.queue import queue, skip, snooze, wake, without_proposal
from napari_vertseg.volume import Grid, Scan

MODEL = ModelRef(name="starter", weights_sha256="ab")
SHAPE = (20, 12, 12)


def facts(completeness: float) -> WalkFacts:
    """Of a walk that was sure of everything but perhaps the completeness."""
    return WalkFacts(
        completeness=completeness,
        confidence=0.97,
        entropy=0.02,
        last_overlap=0.99,
        steps=2,
        direction="down",
        is_cut_by_patch=False,
    )


def labels() -> np.ndarray:
    found = np.zeros(SHAPE, dtype=np.uint16)
    found[2:8, 3:9, 3:9] = 1
    found[10:16, 3:9, 3:9] = 2
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "spines")


@pytest.fixture
def add(project: Project, tmp_path: Path) -> Callable[..., str]:
    """A scan, proposed with some completeness of its vertebrae, where it is given."""

    def _add(
        name: str,
        completeness: float | None = None,
        role: Role = Role.TRAIN,
        spacing: tuple[float, float, float] = (3.0, 1.0, 1.0),
    ) -> str:
        hu = np.random.default_rng(sum(name.encode())).normal(100, 300, SHAPE).astype(np.int16)
        path = tmp_path / f"{name}.nii.gz"
        write_scan(path, Scan.from_canonical(hu, Grid.canonical(SHAPE, spacing)))
        case = import_scan(project, path, annotator="Ann", patient=name, role=role).case
        if completeness is not None:
            rows = [CaseVertebra(id=n, order=n, walk=facts(completeness)) for n in (1, 2)]
            with project.edit(case.id, "Ann") as desk:
                desk.propose(labels(), rows, model=MODEL)
        return case.id

    return _add


def submit(project: Project, case_id: str, shift: int = 0, minutes: float = 0.0) -> None:
    """Correct (by a shift of the second vertebra) and submit."""
    with project.edit(case_id, "Ann") as desk:
        corrected = project.current_labels(desk.case)
        ids = [v.id for v in desk.case.vertebrae]
        second = corrected == ids[1]
        corrected[second] = 0
        corrected[np.roll(second, shift, axis=0)] = ids[1]
        rows = [replace(v, verdict=Verdict.ACCEPTED) for v in desk.case.vertebrae]
        desk.save(corrected, rows, minutes=minutes)
        desk.submit(ReviewedRange())


def order(project: Project) -> list[str]:
    return [entry.case for entry in queue(project)]


def test_the_doubtful_comes_before_the_sure(project: Project, add: Callable[..., str]) -> None:
    sure, doubtful = add("sure", 0.99), add("doubtful", 0.5)

    first, second = queue(project)

    assert (first.case, second.case) == (doubtful, sure)
    assert "2 of 2 vertebrae look doubtful" in first.reason
    assert first.worst_suspicion is not None
    assert second.worst_suspicion is not None
    assert first.worst_suspicion > second.worst_suspicion
    assert "no vertebra looks doubtful" in second.reason


def test_a_scan_unlike_the_corrected_ones_comes_first(
    project: Project, add: Callable[..., str]
) -> None:
    done = add("done", 0.99)
    submit(project, done)
    add("alike", 0.99)
    other = add("other", 0.99, spacing=(6.0, 1.0, 1.0))

    first = queue(project)[0]

    assert first.case == other
    assert "unlike the scans corrected so far" in first.reason


def test_validation_comes_first_until_two_patients_can_judge(
    project: Project, add: Callable[..., str]
) -> None:
    train = add("train", 0.5)
    judges = [add(name, 0.99, Role.VALIDATION) for name in ("v1", "v2", "v3")]
    assert set(order(project)[:3]) == set(judges)

    for judge in judges[:2]:
        submit(project, judge)

    assert order(project) == [train, judges[2]]


def test_test_scans_and_finished_ones_are_not_in_it(
    project: Project, add: Callable[..., str]
) -> None:
    add("test", 0.5, Role.TEST)
    done = add("done", 0.5)
    submit(project, done)

    assert order(project) == []


def test_skipped_scans_come_last_and_snoozed_ones_later(
    project: Project, add: Callable[..., str]
) -> None:
    one, two, three = add("one", 0.5), add("two", 0.9), add("three", 0.95)

    skip(project, one)
    snooze(project, two, "2999-01-01T00:00:00Z")
    assert order(project) == [three, one]

    snooze(project, two, "2001-01-01T00:00:00Z")
    wake(project, one)
    assert order(project) == [one, two, three]


def test_scans_without_proposal_are_walked_in_the_order_of_the_queue(
    project: Project, add: Callable[..., str]
) -> None:
    add("proposed", 0.5)
    new = add("new")

    assert without_proposal(project) == [new]


def test_a_proposal_is_held_against_its_correction(
    project: Project, add: Callable[..., str]
) -> None:
    kept, moved = add("kept", 0.9), add("moved", 0.9)
    submit(project, kept)
    submit(project, moved, shift=1, minutes=4.0)

    first, second = evidence(project)

    assert (first.case, second.case) == (kept, moved)
    assert first.dice == 1.0
    assert second.dice == pytest.approx((1 + 5 / 6) / 2)
    assert second.minutes == 4.0
    assert second.voxels_changed == 2 * 36
    assert second.vertebrae_touched == 1
    assert second.model == MODEL


def test_effort_is_counted_by_the_model_that_proposed(
    project: Project, add: Callable[..., str]
) -> None:
    submit(project, add("one", 0.9), shift=2, minutes=6.0)
    submit(project, add("two", 0.9), shift=1, minutes=2.0)

    (point,) = effort(project)

    assert point.model == "starter"
    assert point.minutes == 4.0
    assert point.voxels_changed == pytest.approx((4 * 36 + 2 * 36) / 2)
    assert point.vertebrae_touched == 1.0


def test_masks_that_no_walk_has_judged_are_not_called_sure(
    spine_project: Callable[..., Project],
) -> None:
    project = spine_project("train")
    case = project.case("case-0001")
    with project.edit(case.id, "Ann") as desk:
        desk.save(project.labels(case, 1), case.vertebrae)  # begun again

    (entry,) = queue(project)

    assert "no walk has judged" in entry.reason
    assert "doubtful" not in entry.reason
    assert entry.worst_suspicion is None
