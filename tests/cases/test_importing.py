"""Scans and masks on their way in: recognised, given a role, and nobody's name kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import (
    Case,
    MaskToImport,
    Origin,
    PatientSource,
    Project,
    Role,
    Status,
    Verdict,
    import_scan,
    set_role,
)
from napari_vertseg.errors import CaseIncomplete, CaseLocked
from napari_vertseg.io import write_labels, write_scan

from .conftest import WHOLE, rows, scan_of, truth


def test_a_scan_is_referred_to_by_a_relative_path_and_stays_where_it_is(
    project: Project, plain: Case, scan_file: Callable[..., Path]
) -> None:
    assert plain.source.path == "../scans/scan0.nii.gz"
    assert plain.status is Status.NEW
    np.testing.assert_array_equal(project.scan(plain).voxels, scan_of().voxels)
    assert plain.source.grid.is_same(scan_of().grid, 1e-3)


def test_a_copied_scan_needs_the_old_file_no_more(
    project: Project, scan_file: Callable[..., Path]
) -> None:
    path = scan_file()
    case = import_scan(project, path, annotator="Ann", copy=True).case
    path.unlink()

    np.testing.assert_array_equal(project.scan(case).voxels, scan_of().voxels)
    assert case.source.path == "scan.nii.gz"


def test_a_moved_project_with_its_scans_still_finds_them(
    project: Project, plain: Case, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name in ("spines", "scans"):
        shutil.move(tmp_path / name, tmp_path / "elsewhere" / name)

    moved = Project.open(tmp_path / "elsewhere" / "spines")
    np.testing.assert_array_equal(moved.scan(plain).voxels, scan_of().voxels)


def test_a_missing_and_a_changed_scan_are_noticed_a_packed_one_is_the_same(
    project: Project, plain: Case, scan_file: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "scans" / "scan0.nii.gz"
    path.unlink()
    with pytest.raises(CaseIncomplete, match=r"not at \.\./scans/scan0\.nii\.gz any more"):
        project.scan(plain)
    other = scan_of(seed=5)
    write_scan(path, other)
    with pytest.raises(CaseIncomplete, match="has changed since it was imported"):
        project.scan(plain)
    import gzip

    write_scan(tmp_path / "again.nii", scan_of())
    path.write_bytes(gzip.compress((tmp_path / "again.nii").read_bytes(), 9, mtime=1))
    np.testing.assert_array_equal(project.scan(plain).voxels, scan_of().voxels)


def test_the_same_voxels_under_another_name_are_refused(
    project: Project, plain: Case, tmp_path: Path
) -> None:
    write_scan(tmp_path / "other.nrrd", scan_of())
    with pytest.raises(CaseIncomplete, match=r"already, as case-0001 \(scan0\)"):
        import_scan(project, tmp_path / "other.nrrd", annotator="Ann", patient="P2")

    assert project.ids() == ("case-0001",)
    assert len(project.record.patients) == 1
    assert [p.name for p in project.folder.cases.iterdir()] == ["case-0001"]


def test_every_fourth_patient_but_not_the_first_is_proposed_for_validation(
    project: Project, scan_file: Callable[..., Path]
) -> None:
    roles = [
        import_scan(project, scan_file(n), annotator="Ann", patient=f"P{n}").case.role
        for n in range(5)
    ]

    assert roles == [Role.TRAIN, Role.TRAIN, Role.TRAIN, Role.VALIDATION, Role.TRAIN]


def test_a_patient_has_one_role_whatever_scan_comes_later(
    project: Project, scan_file: Callable[..., Path]
) -> None:
    first = import_scan(project, scan_file(0), annotator="Ann", patient="P1", role=Role.TEST).case
    second = import_scan(project, scan_file(1), annotator="Ann", patient=" p1 ").case
    assert (second.patient, second.role) == (first.patient, Role.TEST)
    with pytest.raises(CaseIncomplete, match="one patient's scans have one role"):
        import_scan(project, scan_file(2), annotator="Ann", patient="P1", role=Role.TRAIN)

    assert len(project.cases()) == 2


def test_a_role_may_change_until_the_first_submission_for_all_cases_of_the_patient(
    project: Project, case: Case, labels: NDArray[np.uint16], scan_file: Callable[..., Path]
) -> None:
    import_scan(project, scan_file(1), annotator="Ann", patient="P1")
    set_role(project, case.patient, Role.VALIDATION, who="Ann")
    assert {c.role for c in project.cases()} == {Role.VALIDATION}
    assert "role train → validation" in project.case(case.id).history[-1].what

    with project.edit(case.id, "Ann") as desk:
        with pytest.raises(CaseLocked, match="open for Ann"):
            set_role(project, case.patient, Role.TRAIN, who="Ann")
        desk.save(labels, rows(*[Verdict.ACCEPTED] * 3))
        desk.submit(WHOLE)
    with pytest.raises(CaseIncomplete, match="is fixed since a case was submitted"):
        set_role(project, case.patient, Role.TRAIN, who="Ann")

    assert {c.role for c in project.cases()} == {Role.VALIDATION}


def test_who_is_not_named_counts_as_one_patient_each_with_a_warning(
    project: Project, scan_file: Callable[..., Path]
) -> None:
    made = [import_scan(project, scan_file(n), annotator="Ann") for n in range(2)]

    assert len({m.case.patient for m in made}) == 2
    assert all("--patient" in m.warnings[-1] for m in made)
    assert {p.known_from for p in project.record.patients} == {PatientSource.FILE}


def test_a_mask_with_verse_values_becomes_proposed_vertebrae_head_to_foot(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    assert case.status is Status.PROPOSED
    assert [(v.id, v.level, v.verdict, v.origin) for v in case.vertebrae] == [
        (1, "L1", Verdict.PROPOSED, Origin.MASK),
        (2, "L2", Verdict.PROPOSED, Origin.MASK),
        (3, "L3", Verdict.PROPOSED, Origin.MASK),
    ]
    np.testing.assert_array_equal(project.prediction(case), labels)


def test_values_that_run_from_foot_to_head_are_put_in_order(
    project: Project, scan_file: Callable[..., Path], mask_file: Callable[..., Path]
) -> None:
    mask = MaskToImport(path=mask_file((50, 49, 48)))
    case = import_scan(project, scan_file(), annotator="Ann", mask=mask).case

    np.testing.assert_array_equal(project.prediction(case), truth())
    assert [v.level for v in case.vertebrae] == [None] * 3


@pytest.mark.parametrize(
    ("values", "numbers", "levels", "is_warned"),
    [
        ("auto", (1, 2, 3), [None] * 3, True),
        ("verse", (1, 2, 3), ["C1", "C2", "C3"], False),
        ("numbers", (20, 21, 22), [None] * 3, False),
        ("auto", (19, 28, 20), ["T12", "T13", "L1"], False),
    ],
)
def test_values_are_levels_only_where_they_cannot_be_a_count(
    project: Project,
    scan_file: Callable[..., Path],
    mask_file: Callable[..., Path],
    values: str,
    numbers: tuple[int, ...],
    levels: list[str | None],
    is_warned: bool,
) -> None:
    mask = MaskToImport(path=mask_file(numbers), values=values)  # type: ignore[arg-type]
    made = import_scan(project, scan_file(), annotator="Ann", mask=mask, patient="P1")

    assert [v.level for v in made.case.vertebrae] == levels
    assert any("mere numbers" in w for w in made.warnings) == is_warned


def test_a_reference_is_a_version_that_only_lacks_the_reviewed_range(
    project: Project, scan_file: Callable[..., Path], mask_file: Callable[..., Path]
) -> None:
    mask = MaskToImport(path=mask_file(suffix=".nrrd"), is_reference=True)
    case = import_scan(project, scan_file(), annotator="Ann", mask=mask).case
    assert {v.verdict for v in case.vertebrae} == {Verdict.ACCEPTED}
    assert case.versions[0].voxels_changed == 0  # nobody's work
    np.testing.assert_array_equal(project.labels(case), truth())

    with project.edit(case.id, "Ann") as desk:
        with pytest.raises(CaseIncomplete, match="reviewed range"):
            desk.submit()
        assert desk.submit(WHOLE).status is Status.DONE


def test_a_vertebra_that_the_scan_cuts_is_taken_as_incomplete(
    project: Project, scan_file: Callable[..., Path], tmp_path: Path
) -> None:
    labels = truth()
    labels[:2, 2:14, :] = 1
    write_labels(tmp_path / "mask.nii.gz", labels, scan_of())
    mask = MaskToImport(path=tmp_path / "mask.nii.gz")
    case = import_scan(project, scan_file(), annotator="Ann", mask=mask).case

    assert [v.is_complete for v in case.vertebrae] == [False, True, True]


def test_a_mask_that_does_not_fit_leaves_the_project_as_it_was(
    project: Project, scan_file: Callable[..., Path], tmp_path: Path
) -> None:
    write_labels(tmp_path / "empty.nii.gz", np.zeros_like(truth()), scan_of())
    before = project.folder.record.read_bytes()
    for mask, words in (("empty.nii.gz", "is empty"), ("missing.nii.gz", "not found")):
        with pytest.raises(Exception, match=words):
            import_scan(
                project,
                scan_file(),
                annotator="Ann",
                mask=MaskToImport(path=tmp_path / mask),
            )

    assert project.folder.record.read_bytes() == before
    assert list(project.folder.cases.iterdir()) == []
