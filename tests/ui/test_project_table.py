"""The table of a project, and wishes to import."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_vertseg.cases import Project, Role, Status
from napari_vertseg.ui.project_import import ImportWish, reason_against
from napari_vertseg.ui.project_rows import CaseFilter, rows_of, summary
from napari_vertseg.ui.project_thumbnail import HEIGHT, make_thumbnail

from .conftest import scan_of, spine


def test_the_table_says_what_the_files_say(project: Project) -> None:
    (project.folder.cases / "case-0003").mkdir()
    first, second, damaged = rows_of(project)

    assert (first.name, first.status, first.vertebrae, first.settled) == (
        "first",
        Status.PROPOSED,
        3,
        0,
    )
    assert (second.status, second.role, second.open_for) == (Status.NEW, Role.TRAIN, "")
    assert "case.json" in damaged.trouble
    assert summary([first, second]) == "2 scans · 1 new · 1 proposed"


def test_filters_keep_what_fits_and_every_damaged_case(project: Project) -> None:
    (project.folder.cases / "case-0003").mkdir()
    rows = rows_of(project)

    def left(chosen: CaseFilter) -> list[str]:
        return [row.id for row in rows if chosen.lets_through(row)]

    assert left(CaseFilter(text="SECOND")) == ["case-0002", "case-0003"]
    assert left(CaseFilter(status=Status.PROPOSED)) == ["case-0001", "case-0003"]
    assert left(CaseFilter(role=Role.VALIDATION)) == ["case-0003"]
    assert left(CaseFilter(annotator="Bob")) == ["case-0003"]


def test_a_thumbnail_shows_every_vertebra_in_its_colour(project: Project) -> None:
    scan = scan_of(spine(3))
    picture = make_thumbnail(scan, scan.voxels)
    bare = make_thumbnail(scan, np.zeros_like(scan.voxels))

    assert picture.shape[0] == HEIGHT
    coloured = (np.ptp(picture.astype(int), axis=2) > 10).any(axis=1)
    assert np.count_nonzero(np.diff(coloured.astype(int)) == 1) == 3
    assert not np.ptp(bare.astype(int), axis=2).any()


def test_a_wish_that_cannot_be_granted_says_why() -> None:
    scan, mask = Path("a.nii.gz"), Path("m.nii.gz")

    assert "Choose a scan" in reason_against(ImportWish(scans=()))
    assert "one scan" in reason_against(ImportWish(scans=(scan, scan), mask=mask))
    assert "needs its mask" in reason_against(ImportWish(scans=(scan,), is_reference=True))
    assert reason_against(ImportWish(scans=(scan,), mask=mask, is_reference=True)) is None
