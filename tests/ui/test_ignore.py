"""Regions to ignore: their strokes are steps, journaled and saved like all others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import Project
from napari_vertseg.cases.journal_recovery import recover
from napari_vertseg.ui.marks import Role, find
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.project_case import CaseOnScreen
from napari_vertseg.ui.project_control import ProjectControl, control_of
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session

from .conftest import start_at_once
from .project_desk import opened
from .project_desk import paint as paint_vertebra
from .strokes import drag, paint, press


def ignored(control: ProjectControl, case: CaseOnScreen) -> Any:
    """The layer, brought up by its button."""
    control.paint_ignored()
    return find(control.session.viewer.layers, Role.IGNORE, case.scan_id)


def test_what_the_ignore_brush_covers_is_in_the_version_and_comes_back(
    control: ProjectControl, project: Project, session: Session
) -> None:
    case = opened(control)
    layer = ignored(control, case)
    paint(layer, (20, 9, 10), 1)
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
        find(session.viewer.layers, Role.IGNORE, again.scan_id).data > 0, painted
    )
    control.save()
    assert project.case("case-0001").version.ignore is not None


def test_an_ignore_region_that_could_not_be_saved_is_not_forgotten(
    control: ProjectControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    from napari_vertseg.errors import OutputRefused

    case = opened(control)
    paint(ignored(control, case), (20, 9, 10), 1)

    def full(*words: Any, **more: Any) -> None:
        raise OutputRefused("The disk is full.")

    monkeypatch.setattr(case.keeper.desk, "save", full)
    control.save()

    assert case.unsaved == 1
    assert "1 step is not saved" in control.question_before_leaving()


def test_one_undo_stack_for_vertebrae_and_regions(control: ProjectControl) -> None:
    case = opened(control)
    before = case.work.spine.labels.copy()
    paint_vertebra(case, (2, 3, 3), 2)
    layer = ignored(control, case)
    drag(layer, [(20, 9, 10), (22, 9, 10)], 1)
    painted = layer.data.copy()
    paint(layer, (20, 9, 10), 0, size=2)
    assert case.work.steps.stack.next_undo == "less to ignore"
    press(layer, "undo")
    assert np.array_equal(layer.data, painted)
    press(layer, "undo")
    assert not layer.data.any()
    press(layer, "undo")
    assert np.array_equal(case.work.spine.labels, before)
    press(layer, "redo")
    press(layer, "redo")

    assert np.array_equal(layer.data, painted)
    assert not np.array_equal(case.work.spine.labels, before)


def test_regions_come_back_after_a_crash_upon_those_of_the_version(
    control: ProjectControl, project: Project, load: Callable[..., Loaded]
) -> None:
    case = opened(control)
    paint(ignored(control, case), (20, 9, 10), 1)
    control.save()
    layer = ignored(control, case)
    paint(layer, (6, 9, 10), 1)
    wanted = layer.data.copy()
    case.keeper.close()
    assert recover(project.case_folder("case-0001").journal, "version 1") is not None

    from napari.components import ViewerModel

    second = Session(ViewerModel(), start=start_at_once, load=load)
    try:
        other = control_of(second)
        other.open_project(project.folder.path)
        again = opened(other)
        (offer,) = again.keeper.offers
        again.keeper.accept(offer)
        shown = find(second.viewer.layers, Role.IGNORE, again.scan_id)
        assert np.array_equal(shown.data, wanted)
        other.save()
        assert np.array_equal(project.ignore(project.case("case-0001")), wanted > 0)
    finally:
        second.close()


def test_a_verdict_does_not_take_a_region_out_of_the_journal(
    control: ProjectControl, project: Project
) -> None:
    """Writing the table begins the journal anew: it waits for the version."""
    case = opened(control)
    paint(ignored(control, case), (20, 9, 10), 1)
    case.work.judge(2, verdict=Verdict.ACCEPTED)
    case.keeper.close()
    recovered = recover(project.case_folder("case-0001").journal, "prediction 1")

    assert recovered is not None
    assert recovered.has_ignore


def test_a_region_undone_without_its_layer_is_shown(control: ProjectControl) -> None:
    case = opened(control)
    paint(ignored(control, case), (20, 9, 10), 1)
    case.ignore.hide()
    case.work.undo()

    assert case.ignore.is_used
    assert not case.work.steps.ignore.any()
