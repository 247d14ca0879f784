"""A project after crashes, moves, changes by hand and withdrawals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import (
    Case,
    ModelRef,
    Project,
    Role,
    RoundCase,
    RoundRecord,
    Verdict,
    check_project,
    import_scan,
    plan_removal,
    remove_patient,
    repair_project,
)
from napari_vertseg.cases.records import write_record
from napari_vertseg.errors import CaseIncomplete, CaseLocked

from .conftest import WHOLE, rows, scan_of
from .test_project import tamper
from .test_saving import CRASHER

A = Verdict.ACCEPTED


def mend(project: Project, scans: Path | None = None) -> list[str]:
    return [deed for _, deed in repair_project(project, who="Ann", scans=scans)]


@pytest.fixture
def saved(project: Project, case: Case, labels: NDArray[np.uint16]) -> Case:
    """A case with two versions and an ignore mask."""
    ignore = labels == 2
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(A, A, A), ignore=ignore)
        return desk.save(labels * (labels < 3), rows(A, A))


def test_nothing_is_wrong_with_a_project_that_was_only_used(project: Project, saved: Case) -> None:
    assert check_project(project) == ()
    assert mend(project) == []
    assert project.case(saved.id) == saved


@pytest.mark.parametrize("writes", range(6))
def test_a_crash_in_mid_save_is_put_in_order(
    project: Project, case: Case, labels: NDArray[np.uint16], writes: int
) -> None:
    command = [sys.executable, "-c", CRASHER, str(project.folder.path), str(writes)]
    assert subprocess.run(command, env=os.environ, capture_output=True).returncode == 9
    assert any("lock.json" in f.what for f in check_project(project))
    before = project.case(case.id)

    mend(project)

    assert check_project(project) == ()
    assert project.case(case.id) == before
    expected = labels * (labels < 3) if before.versions else labels
    np.testing.assert_array_equal(project.current_labels(before), expected)
    kept = len(list(project.folder.set_aside.glob("*"))) if writes in (1, 2, 3) else 0
    assert kept == (writes if writes < 4 else 0)  # whole files are not thrown away


def test_a_damaged_case_json_comes_back_from_the_newest_version(
    project: Project, saved: Case
) -> None:
    record = project.folder.case(saved.id).record
    record.write_text("{", encoding="utf-8")
    with pytest.raises(CaseIncomplete, match="is not JSON"):
        project.case(saved.id)
    assert [f.can_be_repaired for f in check_project(project)] == [True]

    mend(project)

    after = project.case(saved.id)
    assert (after.vertebrae, after.versions) == (saved.vertebrae, saved.versions)
    assert "took case.json from version 2" in after.history[-1].what
    assert [p.read_text() for p in project.folder.set_aside.glob("*case.json")] == ["{"]


def test_a_damaged_case_json_comes_back_from_the_prediction_before_the_first_version(
    project: Project, case: Case
) -> None:
    project.folder.case(case.id).record.unlink()

    mend(project)

    assert project.case(case.id).vertebrae == case.vertebrae


def test_a_role_that_contradicts_the_patient_is_taken_from_the_patient(
    project: Project, saved: Case
) -> None:
    tamper(project.folder.case(saved.id).record, lambda j: j.update(role="validation"))
    assert any("leak" in f.what for f in check_project(project))

    mend(project)

    assert project.case(saved.id).role is Role.TRAIN
    assert check_project(project) == ()


def test_a_copy_that_was_painted_by_another_program_is_kept_and_made_anew(
    project: Project, saved: Case
) -> None:
    folder = project.folder.case(saved.id)
    folder.correction.write_bytes(b"painted elsewhere")
    folder.ignore.unlink()
    assert len(check_project(project)) == 2

    mend(project)

    assert check_project(project) == ()
    kept = [p.read_bytes() for p in project.folder.set_aside.iterdir()]
    assert kept == [b"painted elsewhere"]


def test_a_damaged_version_is_told_and_not_repaired_in_silence(
    project: Project, saved: Case
) -> None:
    path = project.folder.case(saved.id).versions / "0001.nii.gz"
    path.write_bytes(b"x")

    mend(project)

    (finding,) = check_project(project)
    assert not finding.can_be_repaired
    assert "0001.nii.gz is no longer what was saved" in finding.what
    assert path.read_bytes() == b"x"


def test_a_moved_scan_is_found_by_its_content_whatever_it_is_called(
    project: Project, plain: Case, tmp_path: Path, scan_file: Callable[..., Path]
) -> None:
    scan_file(3, "decoy")
    away = tmp_path / "archive" / "2026"
    away.mkdir(parents=True)
    (tmp_path / "scans" / "scan0.nii.gz").rename(away / "renamed.nii.gz")
    assert "not at ../scans/scan0.nii.gz" in check_project(project, is_thorough=False)[0].what
    assert mend(project, tmp_path / "scans") == ["did not find its scan in scans"]

    mend(project, tmp_path / "archive")

    found = project.case(plain.id)
    assert found.source.path == "../archive/2026/renamed.nii.gz"
    np.testing.assert_array_equal(project.scan(found).voxels, scan_of().voxels)
    assert check_project(project) == ()


def test_a_case_that_somebody_has_open_is_left_alone(project: Project, saved: Case) -> None:
    project.folder.case(saved.id).ignore.unlink(missing_ok=True)
    project.folder.case(saved.id).correction.unlink()
    with project.edit(saved.id, "Ben"):
        (deed,) = mend(project)

    assert "left as it is" in deed
    assert "open for Ben" in deed


def test_the_same_scan_twice_is_told(project: Project, plain: Case) -> None:
    twin = project.folder.case("case-0002")
    twin.path.mkdir()
    write_record(twin.record, replace(plain, id="case-0002"))

    assert [f.case for f in check_project(project)] == ["case-0002"]


def rounds_of(project: Project, patient: str) -> None:
    """Round 1 saw the patient, 2 goes on from 1, 3 is from another parent, 4 from 2."""

    def model(n: int) -> ModelRef:
        return ModelRef(name=f"round-{n}", weights_sha256=f"{n:064d}")

    seen = RoundCase(
        case="case-0001",
        patient=patient,
        role=Role.TRAIN,
        version=1,
        voxels_sha256="v",
        labels_sha256="l",
    )
    for number, parent, cases in ((1, 0, (seen,)), (2, 1, ()), (3, 0, ()), (4, 2, ())):
        record = RoundRecord(
            number=number, started="t", parent=model(parent), model=model(number), cases=cases
        )
        write_record(project.folder.rounds / f"{number}.json", record)


def test_a_withdrawn_patient_goes_with_all_cases_and_the_models_are_named(
    project: Project, saved: Case, scan_file: Callable[..., Path]
) -> None:
    import_scan(project, scan_file(1), annotator="Ann", patient="P1")
    other = import_scan(project, scan_file(2), annotator="Ann", patient="P2").case
    rounds_of(project, saved.patient)

    plan = plan_removal(project, saved.id)
    assert project.ids() == ("case-0001", "case-0002", "case-0003")
    assert plan.models == ("round-1", "round-2", "round-4")
    assert remove_patient(project, saved.id, who="Ann") == plan

    assert project.ids() == (other.id,)
    assert [p.name for p in project.folder.cases.iterdir()] == [other.id]
    assert "round-1, round-2, round-4" in project.record.history[-1].what
    assert check_project(project) == ()
    with pytest.raises(CaseIncomplete, match="was withdrawn from this project"):
        import_scan(project, scan_file(1), annotator="Ann", patient="P1")


def test_a_case_that_somebody_has_open_is_not_withdrawn(project: Project, saved: Case) -> None:
    with project.edit(saved.id, "Ben"), pytest.raises(CaseLocked):
        remove_patient(project, saved.id, who="Ann")

    assert project.case(saved.id) == saved
    assert project.record.patients[0].withdrawn is None


def test_a_damaged_round_stops_a_withdrawal_rather_than_hide_a_model(
    project: Project, saved: Case
) -> None:
    rounds_of(project, saved.patient)
    tamper(project.folder.rounds / "2.json", lambda j: j.update(extra=1))
    with pytest.raises(CaseIncomplete, match=r"2\.json .*extra: unknown key"):
        remove_patient(project, saved.id, who="Ann")

    assert project.case(saved.id) == saved


def test_a_withdrawal_that_was_killed_is_finished_by_the_repair(
    project: Project, saved: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("napari_vertseg.cases.removal.erase", killed)
    with pytest.raises(KeyboardInterrupt):
        remove_patient(project, saved.id, who="Ann")
    monkeypatch.undo()
    assert project.ids() == (saved.id,)

    mend(project)

    assert project.ids() == ()


def test_an_import_that_was_killed_leaves_nothing_that_counts(
    project: Project, saved: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = project.folder.cases / ".part-0123456789abcdef"
    staging.mkdir()
    (staging / "scan.nii.gz").write_bytes(b"half")
    assert check_project(project) == ()  # it may still be going on
    for path in (staging, staging / "scan.nii.gz"):
        os.utime(path, (0, 0))
    assert len(check_project(project)) == 1

    mend(project)

    assert not staging.exists()
    assert json.loads(project.folder.record.read_text())["next_case"] == 2


def test_ids_of_removed_cases_are_not_used_again(
    project: Project, saved: Case, scan_file: Callable[..., Path]
) -> None:
    remove_patient(project, saved.id, who="Ann")

    assert import_scan(project, scan_file(4), annotator="Ann", patient="P9").case.id == "case-0002"


def test_a_submitted_case_is_sound_too(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ann") as desk:
        desk.save(labels, rows(A, A, A))
        desk.submit(WHOLE)

    assert check_project(project) == ()
