"""The table of a project, wishes to import, and regions to ignore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import Project, Role, Status
from napari_vertseg.ui.marks import Role as LayerRole
from napari_vertseg.ui.marks import find
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.project_control import ProjectControl, control_of
from napari_vertseg.ui.project_import import ImportWish, reason_against
from napari_vertseg.ui.project_rows import CaseFilter, rows_of, summary
from napari_vertseg.ui.project_thumbnail import HEIGHT, make_thumbnail
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.wishes import WalkRequest

from .conftest import scan_of, spine, start_at_once
from .project_desk import opened, two_cases


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return two_cases(tmp_path)


@pytest.fixture
def session(load: Callable[..., Loaded]) -> Iterator[Session]:
    viewer = pytest.importorskip("napari").components.ViewerModel()
    session = Session(viewer, start=start_at_once, load=load)
    session.ask_for(WalkRequest(model="oracle"))
    yield session
    session.close()


@pytest.fixture
def control(session: Session, project: Project, monkeypatch: pytest.MonkeyPatch) -> ProjectControl:
    monkeypatch.setenv("VERTSEG_ANNOTATOR", "Ann")
    control = control_of(session)
    control.open_project(project.folder.path)
    return control


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


def test_what_the_ignore_brush_covers_is_in_the_version_and_comes_back(
    control: ProjectControl, project: Project, session: Session
) -> None:
    case = opened(control)
    control.paint_ignored()
    layer = find(session.viewer.layers, LayerRole.IGNORE, case.scan_id)
    layer.brush_size = 4
    layer.paint((20, 9, 10), 1)
    assert "1 step is not saved" in control.question_before_leaving()
    painted = np.asarray(layer.data) > 0
    control.save()

    assert painted.any()
    assert np.array_equal(project.ignore(project.case("case-0001")), painted)
    assert control.question_before_leaving() is None
    control.close_case()
    again = opened(control)
    assert again.ignore.is_used
    assert np.array_equal(
        find(session.viewer.layers, LayerRole.IGNORE, again.scan_id).data > 0, painted
    )
    control.save()
    assert project.case("case-0001").version.ignore is not None


def test_an_ignore_region_that_could_not_be_saved_is_not_forgotten(
    control: ProjectControl, project: Project, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_vertseg.errors import OutputRefused

    case = opened(control)
    control.paint_ignored()
    find(session.viewer.layers, LayerRole.IGNORE, case.scan_id).paint((20, 9, 10), 1)

    def full(*words: Any, **more: Any) -> None:
        raise OutputRefused("The disk is full.")

    monkeypatch.setattr(case.keeper.desk, "save", full)
    control.save()

    assert case.ignore.is_changed
    assert case.unsaved == 1
