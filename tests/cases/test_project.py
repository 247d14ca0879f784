"""A project on the disk: made, read again, and suspicious of what was changed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.cases import Case, Project, Role, Status, Verdict, import_scan
from napari_vertseg.errors import CaseIncomplete, OutputRefused


def tamper(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_a_project_is_made_once_and_found_again(tmp_path: Path) -> None:
    made = Project.create(tmp_path / "Wirbel säule", name="spines", who="Ann")

    assert Project.open(tmp_path / "Wirbel säule").record == made.record
    assert made.record.name == "spines"
    assert made.cases() == ()
    with pytest.raises(OutputRefused, match="exists already"):
        Project.create(tmp_path / "Wirbel säule")
    with pytest.raises(CaseIncomplete, match="vertseg cases new"):
        Project.open(tmp_path)


def test_two_projects_know_a_patient_by_two_hashes(
    tmp_path: Path, scan_file: Callable[..., Path]
) -> None:
    hashes = set()
    for name in ("a", "b"):
        made = Project.create(tmp_path / name)
        hashes.add(import_scan(made, scan_file(), annotator="Ann", patient="P1").case.patient)

    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda j: j.update(colour="red"), "colour: unknown key"),
        (lambda j: j["vertebrae"][0].update(verdcit="x"), "verdcit: unknown key"),
        (lambda j: j["vertebrae"][1].update(verdict="nice"), "vertebrae.1.verdict"),
        (lambda j: j["vertebrae"][1].update(level="L9"), "L9"),
        (lambda j: j["vertebrae"][1].update(id=1), "share an id"),
        (lambda j: j["vertebrae"][0].update(order=2), "head to foot"),
        (lambda j: j.update(next_id=2), "next_id 2"),
        (lambda j: j.update(schema=2), "schema"),
        (lambda j: j.pop("patient"), "patient: is missing"),
        (lambda j: j["source"].update(path="/data/scan.nii.gz"), "relative"),
        (lambda j: j["source"].update(path="C:/scan.nii.gz"), "relative"),
        (lambda j: j["predictions"][0]["labels"].update(name="../../x"), "no plain file name"),
        (lambda j: j.update(role="validation"), "leak"),
        (lambda j: j.update(patient="p-unknown"), "unknown patient"),
        (lambda j: j.update(id="case-0009"), "belongs to case-0009"),
    ],
)
def test_a_changed_case_json_is_refused_with_the_key_that_is_wrong(
    project: Project, case: Case, change: Callable[[Any], None], words: str
) -> None:
    tamper(project.folder.case(case.id).record, change)

    with pytest.raises(CaseIncomplete, match=words):
        project.case(case.id)


def test_a_changed_vertseg_json_is_refused_with_the_key_that_is_wrong(project: Project) -> None:
    tamper(project.folder.record, lambda j: j["settings"].update(copy=True))

    with pytest.raises(CaseIncomplete, match=r"vertseg\.json .*settings\.copy: unknown key"):
        Project.open(project.folder.path)


@pytest.mark.parametrize("name", ["../other", "case-1", "..", "case-0001/../../x", ""])
def test_a_case_id_leads_nowhere_else(project: Project, name: str) -> None:
    with pytest.raises(CaseIncomplete, match="is no case"):
        project.case(name)


def test_a_change_of_the_table_rewrites_no_voxel_and_stands_in_the_history(
    project: Project, case: Case
) -> None:
    before = {p: p.read_bytes() for p in project.folder.case(case.id).path.rglob("*.nii.gz")}
    with project.edit(case.id, "Ben") as desk:
        renamed = replace(case.vertebrae[1], level="L1", verdict=Verdict.FLAGGED, is_locked=True)
        first = replace(case.vertebrae[0], level="T13")
        desk.change(replace(desk.case, vertebrae=(first, renamed, case.vertebrae[2])))

    after = project.case(case.id)
    assert after.vertebrae[1] == renamed
    assert {p: p.read_bytes() for p in before} == before
    entry = after.history[-1]
    assert entry.who == "Ben"
    for clause in ("1 level L1 → T13", "2 level L2 → L1", "proposed → flagged", "2 is_locked"):
        assert clause in entry.what
    assert after.history[:-1] == case.history


def test_vertebrae_come_and_go_only_with_their_voxels(project: Project, case: Case) -> None:
    with project.edit(case.id, "Ben") as desk:
        with pytest.raises(CaseIncomplete, match="save a new version"):
            desk.change(replace(desk.case, vertebrae=desk.case.vertebrae[:2]))
        with pytest.raises(CaseIncomplete, match="role is not changed"):
            desk.change(replace(desk.case, role=Role.TEST))

    assert project.case(case.id) == case


def test_an_excluded_case_is_kept_and_can_come_back(
    project: Project, case: Case, labels: NDArray[np.uint16]
) -> None:
    with project.edit(case.id, "Ben") as desk:
        desk.exclude("metal everywhere")
        assert desk.case.status is Status.EXCLUDED
        assert "metal everywhere" in desk.case.history[-1].what
        desk.include()

    assert project.case(case.id).status is Status.PROPOSED
    np.testing.assert_array_equal(project.prediction(case), labels)
