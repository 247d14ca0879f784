"""Versions: nothing is lost by a save, whatever happens in the middle of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import (
    Case,
    CaseVertebra,
    Origin,
    Project,
    Status,
    Verdict,
    WalkFacts,
)
from napari_vertseg.errors import CaseIncomplete, CaseLocked, OutputRefused
from napari_vertseg.io import read_labels
from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.volume import Zyx

from .conftest import rows, scan_of

P, E, A = Verdict.PROPOSED, Verdict.EDITED, Verdict.ACCEPTED


def files_of(project: Project, case: Case) -> dict[str, bytes]:
    folder = project.folder.case(case.id).path
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_labels_come_back_to_the_voxel_and_lie_on_the_scan(
    project: Project, plain: Case, labels: NDArray[np.uint16]
) -> None:
    labels[0, 0, 0] = 4
    vertebrae = [*rows(P, P, P), CaseVertebra(id=4, order=4)]
    with project.edit(plain.id, "Ann") as desk:
        saved = desk.save(labels, vertebrae)

    np.testing.assert_array_equal(project.labels(saved), labels)
    on_disk, grid = read_labels(project.folder.case(plain.id).correction, scan_of())
    np.testing.assert_array_equal(on_disk, labels)
    assert grid.is_same(scan_of().grid, 1e-3)
    assert saved.next_id == 5
    assert saved.status is Status.IN_CORRECTION


def test_every_version_stays_with_its_annotator_its_verdicts_and_its_ignore_mask(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    ignore = np.zeros(labels.shape, dtype=bool)
    ignore[:3] = True
    edited = labels.copy()
    edited[2, 4, 3:8] = 0
    with project.edit(case.id, "Ann") as desk:
        desk.save(edited, rows(P, P, P), ignore=ignore, minutes=2.5)
        one = files_of(project, case)
    with project.edit(case.id, "Ben") as desk:
        desk.save(edited * (edited < 3), rows(A, A), minutes=1.0)

    after = project.case(case.id)
    assert [v.annotator for v in after.versions] == ["Ann", "Ben"]
    assert [v.based_on for v in after.versions] == [None, 1]
    np.testing.assert_array_equal(project.labels(after, 1), edited)
    np.testing.assert_array_equal(project.labels(after), edited * (edited < 3))
    assert [v.verdict for v in project.case_at(case.id, 1).vertebrae] == [E, P, P]
    assert [v.verdict for v in project.case_at(case.id, 2).vertebrae] == [A, A]
    np.testing.assert_array_equal(project.ignore(after, 2), ignore)  # not given: as before
    assert after.minutes == 3.5
    for name, content in files_of(project, case).items():
        if name.startswith("versions") and name in one:
            assert content == one[name]


def test_the_ignore_mask_is_cleared_by_an_empty_one(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    some = np.zeros(labels.shape, dtype=bool)
    some[0, 0, 0] = True
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(P, P, P), ignore=some)
        assert desk.folder.ignore.is_file()
        desk.save(labels, rows(P, P, P), ignore=np.zeros_like(some))
        assert not desk.folder.ignore.exists()

    assert project.ignore(project.case(case.id)) is None
    np.testing.assert_array_equal(project.ignore(project.case(case.id), 1), some)


def test_changed_voxels_are_counted_per_vertebra_over_all_versions(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    taken = labels.copy()
    taken[2, 4, 3:8] = 0  # five away from 1
    given = taken.copy()
    given[9, 4, 3:5] = 1  # two from 2 to 1
    with project.edit(case.id, "Ann") as desk:
        desk.save(taken, rows(P, P, P))
        after = desk.save(given, [replace(v, minutes=1.5) for v in desk.case.vertebrae])

    assert [v.voxels_changed for v in after.versions] == [5, 2]
    assert [v.voxels_changed for v in after.vertebrae] == [7, 2, 0]
    assert [v.verdict for v in after.vertebrae] == [E, E, P]
    assert [v.minutes for v in after.vertebrae] == [1.5] * 3


def test_a_version_without_changed_voxels_shares_the_file_of_the_one_before(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    labels[2, 4, 4] = 0
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(P, P, P))
        after = desk.save(labels, rows(A, A, A))

    assert after.versions[1].labels == after.versions[0].labels
    np.testing.assert_array_equal(project.labels(after, 2), labels)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda a: a[:-1], "do not lie on the scan"),
        (lambda a: a.astype(np.float32), "do not lie on the scan"),
        (lambda a: a * (a < 3), "vertebra 3 has a row in the table but no voxels"),
        (lambda a: a + (a == 3) * 6, "vertebra 9 has voxels but no row"),
        (lambda a: a.astype(np.int32) - 1, "beyond 0 to 65535"),
    ],
)
def test_labels_that_contradict_the_table_are_not_saved(
    project: Project,
    case: Case,
    labels: NDArray[np.uint16],
    spoil: Callable[[NDArray[np.uint16]], NDArray[np.uint16]],
    words: str,
) -> None:
    before = files_of(project, case)
    with (
        project.edit(case.id, "Ann") as desk,
        pytest.raises(CaseIncomplete, match=words),
    ):
        desk.save(spoil(labels), rows(P, P, P))

    assert {k: v for k, v in files_of(project, case).items() if k != ".guard"} == before


def test_ids_are_not_used_again_by_a_second_proposal(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ann") as desk:
        after = desk.propose(labels, rows(P, P, P))

    assert [v.id for v in after.vertebrae] == [4, 5, 6]
    np.testing.assert_array_equal(project.prediction(after), np.where(labels, labels + 3, 0))
    np.testing.assert_array_equal(project.prediction(after, 1), labels)
    assert after.next_id == 7


def test_a_proposal_after_a_correction_leaves_the_correction_alone(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ann") as desk:
        corrected = desk.save(labels, rows(A, A, A))
        after = desk.propose(labels, rows(P, P, P))

    assert after.vertebrae == corrected.vertebrae
    assert after.status is Status.IN_CORRECTION
    assert len(after.predictions) == 2
    np.testing.assert_array_equal(project.current_labels(after), labels)


def test_what_a_walk_found_becomes_the_table_with_all_it_said(
    project: Project, plain: Case
) -> None:
    grid = project.case(plain.id).source.grid
    mask = np.ones((3, 4, 5), dtype=bool)
    found = VertebraInstance(
        id=7,
        start=Zyx(2, 3, 4),
        mask=mask,
        completeness=0.25,
        is_complete=False,
        confidence=0.8,
        entropy=0.1,
        last_overlap=0.9,
        steps=3,
        is_cut_by_patch=True,
        direction="up",
    )
    with project.edit(plain.id, "Ann") as desk:
        after = desk.propose_segmentation(Segmentation(grid, (found,)), None)

    (vertebra,) = after.vertebrae
    assert (vertebra.id, vertebra.is_complete, vertebra.origin) == (7, False, Origin.MODEL)
    assert vertebra.walk == WalkFacts.of(found)
    assert (project.prediction(after) == 7).sum() == mask.sum()


def test_a_damaged_version_is_told_and_the_earlier_ones_still_read(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(A, A, A))
        desk.save(labels * (labels < 3), rows(A, A))
    path = project.folder.case(case.id).versions / "0002.nii.gz"
    path.write_bytes(path.read_bytes()[:-20])

    after = project.case(case.id)
    with pytest.raises(CaseIncomplete, match=r"0002\.nii\.gz of case-0001 is no longer what was"):
        project.labels(after)
    np.testing.assert_array_equal(project.labels(after, 1), labels)
    path.unlink()
    with pytest.raises(CaseIncomplete, match="is missing"):
        project.labels(after)


def test_a_full_disk_leaves_the_case_as_it_was(
    project: Project, case: Case, labels: NDArray[np.uint16], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = files_of(project, case)
    with project.edit(case.id, "Ann") as desk:
        with monkeypatch.context() as patched:
            patched.setattr("napari_vertseg.io.formats._WRITERS", {".nii.gz": full})
            with pytest.raises(OutputRefused, match="No space left"):
                desk.save(labels * (labels < 3), rows(A, A))
        assert project.case(case.id) == case
        assert {k: v for k, v in files_of(project, case).items() if k in before} == before
        desk.save(labels * (labels < 3), rows(A, A))  # with space it goes on

    assert len(project.case(case.id).versions) == 1


CRASHER = """
import os, sys
import numpy as np
from napari_vertseg.cases import CaseVertebra, Project
from napari_vertseg.io import atomic
project, at = Project.open(sys.argv[1]), int(sys.argv[2])
publish, done = atomic._publish, 0
def crash(beside, final, overwrite):
    global done
    if final.name != "lock.json":
        if done == at:
            os._exit(9)
        done += 1
    publish(beside, final, overwrite)
atomic._publish = crash
desk = project.desk("case-0001", "Ann")
labels = project.current_labels(desk.case).copy()
labels[labels == 3] = 0
ignore = labels == 1
desk.save(labels, desk.case.vertebrae[:2], ignore=ignore)
desk.close()
"""


@pytest.mark.parametrize("writes", range(6))
def test_a_crash_between_two_writes_leaves_the_old_or_the_new_version(
    project: Project, case: Case, labels: NDArray[np.uint16], writes: int
) -> None:
    """Labels, ignore mask, snapshot, case.json, and the copies: dead after each of them."""
    done = subprocess.run(
        [sys.executable, "-c", CRASHER, str(project.folder.path), str(writes)],
        env=os.environ,
        capture_output=True,
    )
    assert done.returncode == 9, done.stderr

    after = project.case(case.id)
    is_new = writes >= 4
    assert len(after.versions) == int(is_new)
    expected = labels * (labels < 3) if is_new else labels
    np.testing.assert_array_equal(project.current_labels(after), expected)
    with project.edit(case.id, "Ben") as desk:  # the lock of the dead is no obstacle
        again = desk.save(labels, rows(A, A, A))
    np.testing.assert_array_equal(project.labels(again), labels)
    copied = read_labels(project.folder.case(case.id).correction)[0]
    np.testing.assert_array_equal(copied, read_labels_file(project, again))


def read_labels_file(project: Project, case: Case) -> NDArray[np.uint8] | NDArray[np.uint16]:
    assert case.version is not None
    return read_labels(project.folder.case(case.id).versions / case.version.labels.name)[0]


def test_a_case_that_was_taken_over_cannot_be_saved_any_more(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    desk = project.desk(case.id, "Ann")
    desk.folder.lock.unlink()
    other = project.desk(case.id, "Ben")

    with pytest.raises(CaseLocked, match="taken over by Ben"):
        desk.save(labels * (labels < 3), rows(A, A))
    assert project.case(case.id) == case
    desk.close()  # takes nothing from Ben
    other.save(labels, rows(A, A, A))
    other.close()
    assert not other.folder.lock.exists()
