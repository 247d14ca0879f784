"""The Correct panel: its buttons, what they say when they are off, and what is saved."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from napari_vertseg.ui.marks import Role, find
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.views import View, show_view
from napari_vertseg.ui.wishes import WalkRequest
from napari_vertseg.volume import Scan

from .conftest import start_at_once


@pytest.fixture
def panel(session: Session, qtbot: Any) -> Any:
    from napari_vertseg.ui.correct_panel import CorrectPanel

    panel = CorrectPanel(session)
    qtbot.addWidget(panel)
    return panel


def choose(panel: Any, tool: str) -> None:
    panel.form.tool.setCurrentIndex(panel.form.tool.findText(tool))


def test_buttons_that_are_off_say_why(panel: Any, session: Session, scan: Scan) -> None:
    assert "no scan" in panel.preview.toolTip()
    session.show_scan(scan)
    assert "No vertebra is selected" in panel.preview.toolTip()
    assert "nothing to undo" in panel.undo.toolTip()
    session.play()
    session.work.select(2)
    assert panel.preview.isEnabled()
    choose(panel, "Split at seeds")
    assert "point in each part" in panel.preview.toolTip()
    choose(panel, "Live wire")
    assert "contour" in panel.preview.toolTip()
    assert "no preview" in panel.apply.toolTip()
    session.ask_for(WalkRequest(model=""))

    assert "no model" in panel.resegment.toolTip()
    assert "no model" in panel.redo_down.toolTip()


def test_preview_apply_undo_and_redo_by_their_buttons(
    panel: Any, session: Session, scan: Scan
) -> None:
    session.show_scan(scan)
    session.play()
    session.work.select(2)
    choose(panel, "Merge with another")
    assert panel.form.other.currentText() in ("vertebra 1", "vertebra 3")
    panel.form.other.setCurrentIndex(panel.form.other.findText("vertebra 3"))
    panel.preview.click()
    assert "Merge vertebra 3 into vertebra 2" in panel.proposal.text()
    panel.apply.click()
    assert [r.id for r in session.work.chain] == [1, 2, 4, 5]
    assert panel.undo.toolTip() == "Undo: Merge vertebra 3 into vertebra 2"
    panel.undo.click()
    assert [r.id for r in session.work.chain] == [1, 2, 3, 4, 5]
    assert panel.redo.toolTip() == "Redo: Merge vertebra 3 into vertebra 2"
    panel.redo.click()

    assert not (session.work.spine.labels == 3).any()
    assert "steps in the journal" in panel.status.text()


def test_a_case_that_is_only_looked_at_cannot_be_changed(
    panel: Any, session: Session, scan: Scan
) -> None:
    session.show_scan(scan)
    session.play()
    session.work.select(2)
    session.work.freeze("Ada has it open.")
    before = session.work.spine.labels.copy()
    panel.refresh()
    session.work.undo()

    for made in (panel.preview, panel.undo, panel.resegment, panel.redo_down, panel.new):
        assert not made.isEnabled()
        assert "Ada has it open" in made.toolTip()
    assert np.array_equal(session.work.spine.labels, before)


def test_what_a_tool_refuses_is_said_in_the_panel(
    panel: Any, session: Session, scan: Scan
) -> None:
    session.show_scan(scan)
    session.play()
    session.work.select(2)
    session.work.judge(2, is_locked=True)
    choose(panel, "Delete")
    panel.preview.click()

    assert "locked" in panel.complaint.text.text()
    assert not panel.complaint.isHidden()


def test_the_brush_limits_hold_for_the_next_scan_too(
    panel: Any, session: Session, scan: Scan
) -> None:
    panel.limited.setChecked(True)
    panel.low.setValue(200)
    session.show_scan(scan)

    assert session.work.steps.brush_limits_hu == (200.0, 3000.0)
    panel.limited.setChecked(False)
    assert session.work.steps.brush_limits_hu is None


def test_the_chain_is_renamed_and_the_names_are_undone(
    panel: Any, session: Session, scan: Scan
) -> None:
    session.show_scan(scan)
    session.play()
    session.work.select(5)
    panel.names.level.setCurrentText("L5")
    panel.names.rename.click()
    assert [session.work.chain.called(v) for v in (1, 5)] == ["L1", "L5"]
    session.work.undo()

    assert not session.work.chain.has_levels()


def test_a_new_vertebra_is_drawn_with_the_brush(panel: Any, session: Session, scan: Scan) -> None:
    session.show_scan(scan)
    panel.new.click()
    layer = find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)
    assert layer.selected_label == session.work.drawing == 1
    layer.paint((20, 10, 10), 1)

    assert [r.id for r in session.work.chain] == [1]
    assert session.work.chain.get(1).verdict is Verdict.EDITED


def test_recovery_is_offered_in_the_panel(
    panel: Any, session: Session, scan: Scan, load: Callable[..., Loaded], qtbot: Any
) -> None:
    from napari.components import ViewerModel

    from napari_vertseg.ui.correct_panel import CorrectPanel

    session.show_scan(scan)
    session.play()
    before = session.work.spine.labels.copy()
    session.close()
    assert panel.recover.isHidden()
    second = Session(ViewerModel(), start=start_at_once, load=load)
    other = CorrectPanel(second)
    qtbot.addWidget(other)
    second.show_scan(scan)
    assert not other.recover.isHidden()
    other.recover.accept.click()

    assert other.recover.isHidden()
    assert np.array_equal(second.work.spine.labels, before)
    second.close()


def test_every_button_has_a_tip_and_can_be_reached_without_a_mouse(panel: Any) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QAbstractButton, QComboBox

    for part in panel.findChildren(QAbstractButton) + panel.findChildren(QComboBox):
        if part.objectName().startswith("qt_"):
            continue
        assert part.toolTip(), part
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_mouse_draws_by_free_hand_and_pans_again_afterwards(
    panel: Any, session: Session, scan: Scan
) -> None:
    session.show_scan(scan)
    session.play()
    session.work.select(2)
    show_view(session.viewer, View.SAGITTAL)
    layer = find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)
    layer.mode = "paint"
    choose(panel, "Live wire")
    panel.points.setChecked(True)
    panel.free.setChecked(True)
    assert layer.mode == "pan_zoom"
    camera = getattr(session.viewer, "scene", session.viewer).camera
    places = [(40.0 + 4 * step, 24.0, 40.0) for step in range(5)]
    assert panel.hand.is_armed
    press = session.viewer.mouse_drag_callbacks[-1]
    event = SimpleNamespace(button=1, modifiers=(), type="mouse_press", position=places[0])
    drag = press(session.viewer, event)
    next(drag)
    assert not camera.mouse_pan
    event.type = "mouse_move"
    for place in places[1:]:
        event.position = place
        next(drag)
    event.type = "mouse_release"
    assert next(drag, None) is None

    assert camera.mouse_pan
    assert panel.control.wire.anchors() == [(14, 6, 10)]
    assert len(panel.control.wire.lines()) == 5
    panel.free.setChecked(False)
    assert panel.arm.is_armed
    assert not panel.hand.is_armed
    panel.points.setChecked(False)
    assert not panel.arm.is_armed
