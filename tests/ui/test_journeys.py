"""A person at a real viewer, with the panels docked and the walk in its thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.io import read_labels
from napari_vertseg.traversal import (
    Finished,
    Refining,
    Rejected,
    Searching,
    VertebraFound,
)
from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.volume import Scan

from .conftest import scan_of, spine
from .desk import LONG_MS, Desk


def test_play_pause_step_back_and_go_on_end_in_masks_that_fit(
    desk: Desk, scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QFileDialog

    desk.session.show_scan(scan)
    desk.press(Action.VERTEBRA)
    desk.wait_for(Status.PAUSED)
    assert desk.ids == [1]

    desk.press(Action.PATCH)
    desk.wait_for(Status.PAUSED)
    desk.press(Action.VERTEBRA)
    desk.wait_for(Status.PAUSED)
    desk.press(Action.BACK)
    assert desk.ids == [1]

    desk.press(Action.PLAY)
    desk.wait_for(Status.IDLE)
    assert desk.table.model.rowCount() == 5
    assert "The end of the spine" in desk.walk.log.toPlainText()

    target = tmp_path / "masks.nii.gz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    desk.table.save.click()
    desk.qtbot.waitUntil(target.exists, timeout=LONG_MS)
    labels, _ = read_labels(target, like=scan)
    assert np.array_equal(labels, scan.voxels)


def test_pause_stops_a_running_walk_and_stop_ends_it(desk: Desk, scan: Scan) -> None:
    desk.session.show_scan(scan)
    desk.walk.speed.setValue(60)
    desk.press(Action.PLAY)
    desk.qtbot.waitUntil(lambda: len(desk.ids) >= 1, timeout=LONG_MS)
    desk.press(Action.PAUSE)
    desk.wait_for(Status.PAUSED)
    found = len(desk.ids)
    desk.qtbot.wait(200)
    assert len(desk.ids) == found < 5

    desk.press(Action.STOP)
    assert desk.session.walk.status is Status.IDLE
    assert len(desk.ids) == found


def test_out_of_memory_leaves_no_waiting_window(
    desk: Desk, scan: Scan, load: Callable[..., Loaded]
) -> None:
    desk.session.show_scan(scan)
    desk.press(Action.VERTEBRA)
    desk.wait_for(Status.PAUSED)
    predict = desk.session.walk.job.walk.predict

    def fail(image: Any, memory: Any) -> Any:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    object.__setattr__(desk.session.walk.job.walk, "predict", fail)
    desk.press(Action.PLAY)
    desk.wait_for(Status.PAUSED)
    assert "Memory ran out" in desk.walk.complaint.text.text()
    assert not desk.walk.complaint.isHidden()

    object.__setattr__(desk.session.walk.job.walk, "predict", predict)
    desk.press(Action.PLAY)
    desk.wait_for(Status.IDLE)
    assert len(desk.ids) == 5


@pytest.mark.parametrize("role", [Role.VERTEBRAE, Role.SCAN, Role.PATCH])
def test_deleting_a_layer_while_the_walk_runs(desk: Desk, scan: Scan, role: Role) -> None:
    desk.session.show_scan(scan)
    desk.walk.speed.setValue(60)
    desk.press(Action.PLAY)
    desk.qtbot.waitUntil(lambda: len(desk.ids) >= 1, timeout=LONG_MS)
    desk.viewer.layers.remove(desk.layer(role))

    if role is Role.SCAN:
        assert desk.session.work is None
        assert "no scan" in desk.walk.buttons[Action.PLAY].toolTip()
        desk.qtbot.wait(300)
        return
    desk.walk.speed.setValue(100)
    desk.wait_for(Status.PAUSED if role is Role.VERTEBRAE else Status.IDLE)
    if role is Role.VERTEBRAE:
        desk.press(Action.PLAY)
        desk.wait_for(Status.IDLE)
    assert np.array_equal(desk.layer(Role.VERTEBRAE).data, scan.voxels)


@pytest.mark.parametrize("role", [Role.VERTEBRAE, Role.SCAN, Role.PATCH, Role.MEMORY])
def test_renaming_and_hiding_a_layer_while_the_walk_runs_changes_nothing(
    desk: Desk, scan: Scan, role: Role
) -> None:
    desk.session.show_scan(scan)
    desk.press(Action.VERTEBRA)
    desk.wait_for(Status.PAUSED)
    desk.walk.speed.setValue(60)
    desk.press(Action.PLAY)
    desk.qtbot.waitUntil(lambda: len(desk.ids) >= 2, timeout=LONG_MS)
    layer = desk.layer(role)
    layer.name = "mine"
    layer.visible = False
    desk.walk.speed.setValue(100)
    desk.wait_for(Status.IDLE)

    assert np.array_equal(desk.layer(Role.VERTEBRAE).data, scan.voxels)
    assert desk.layer(role) is layer
    assert layer.name == "mine"


def test_without_a_mouse_a_vertebra_is_segmented_where_the_slices_meet(
    desk: Desk, scan: Scan
) -> None:
    assert "no scan" in desk.walk.here.toolTip()
    desk.session.show_scan(scan)
    place = np.argwhere(scan.voxels == 3).mean(axis=0) * scan.grid.spacing_mm
    for axis, mm in enumerate(place):
        desk.viewer.dims.set_point(axis, float(mm))
    desk.walk.here.click()
    desk.wait_for(Status.PAUSED)

    assert set(desk.session.work.spine.labels[scan.voxels == 3]) == {1}


def test_closing_the_viewer_while_the_walk_runs_asks_first(
    desk: Desk, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtGui import QCloseEvent
    from qtpy.QtWidgets import QMessageBox

    from napari_vertseg.ui.window import WindowWatch

    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "question", lambda *args, **more: answers.pop(0))
    desk.session.show_scan(scan)
    desk.walk.speed.setValue(60)
    desk.press(Action.PLAY)
    desk.qtbot.waitUntil(lambda: len(desk.ids) >= 1, timeout=LONG_MS)
    window = desk.viewer.window._qt_window
    (watch,) = window.findChildren(WindowWatch)
    event = QCloseEvent()
    assert watch.eventFilter(window, event)
    assert not event.isAccepted()
    found = len(desk.ids)
    desk.qtbot.waitUntil(lambda: len(desk.ids) > found, timeout=LONG_MS)

    assert not watch.eventFilter(window, QCloseEvent())
    found = len(desk.ids)
    desk.qtbot.wait(400)
    assert len(desk.ids) == found
    assert answers == []


def test_an_armed_click_segments_that_vertebra(desk: Desk, scan: Scan) -> None:
    desk.session.show_scan(scan)
    desk.walk.click.setChecked(True)
    for vertebra in (3, 1, 5):
        place = np.argwhere(scan.voxels == vertebra).mean(axis=0) * scan.grid.spacing_mm
        click(desk.viewer, tuple(place))
        desk.wait_for(Status.PAUSED)
    found = desk.session.work.spine.labels

    assert [set(found[scan.voxels == v]) for v in (3, 1, 5)] == [{1}, {2}, {3}]
    assert not found[np.isin(scan.voxels, (2, 4))].any()


def test_a_click_on_a_found_vertebra_selects_it_and_a_drag_does_nothing(
    desk: Desk, scan: Scan
) -> None:
    desk.session.show_scan(scan)
    desk.press(Action.PLAY)
    desk.wait_for(Status.IDLE)
    desk.walk.click.setChecked(True)
    place = tuple(np.argwhere(scan.voxels == 4).mean(axis=0) * scan.grid.spacing_mm)
    click(desk.viewer, place, drag=40)
    assert desk.session.work.selected != 4
    click(desk.viewer, place)

    assert desk.session.work.selected == 4
    assert desk.table.view.selectionModel().selectedRows()[0].row() == 3


def click(viewer: Any, world: tuple[float, ...], drag: float = 0.0) -> None:
    """Press and release the left button at a place of the world."""

    class Event:
        button, modifiers, handled = 1, (), False
        type = "mouse_press"
        pos = np.array([50.0, 50.0])
        position = world

    event = Event()
    started = [callback(viewer, event) for callback in list(viewer.mouse_drag_callbacks)]
    steps = [one for one in started if one is not None]
    for one in steps:
        next(one, None)
    for kind in ("mouse_move", "mouse_release") if drag else ("mouse_release",):
        event.type, event.pos = kind, np.array([50.0 + drag, 50.0])
        for one in steps:
            next(one, None)


def test_two_viewers_do_not_hear_each_other(
    desk: Desk, make_napari_viewer: Any, qtbot: Any, load: Callable[..., Loaded], scan: Scan
) -> None:
    other = Desk(make_napari_viewer(), qtbot, load)
    desk.session.show_scan(scan)
    other.session.show_scan(scan_of(spine(2)))
    desk.press(Action.PLAY)
    other.press(Action.PLAY)
    desk.wait_for(Status.IDLE)
    other.wait_for(Status.IDLE)

    assert (len(desk.ids), len(other.ids)) == (5, 2)
    assert other.table.model.rowCount() == 2
    other.session.close()


def test_a_start_that_fails_says_so_and_leaves_the_window_ready(desk: Desk, scan: Scan) -> None:
    def refuse(request: Any, tell: Any) -> Loaded:
        raise SegmentationFailed("there is no such model; choose another")

    desk.session.show_scan(scan)
    desk.session.walk._load = refuse
    desk.press(Action.PLAY)
    desk.wait_for(Status.IDLE)

    assert "no such model" in desk.walk.complaint.text.text()
    assert desk.walk.buttons[Action.PLAY].isEnabled()


def test_a_foreign_image_is_taken_over_and_walked(desk: Desk, scan: Scan) -> None:
    rng = np.random.default_rng(0)
    background = rng.integers(-900, 0, scan.voxels.shape)
    feet_first = np.where(scan.voxels > 0, scan.voxels, background)[::-1].astype(np.float32)
    layer = desk.viewer.add_image(feet_first, scale=(4, 4, 4), name="from elsewhere")
    assert not desk.scan.foreign.isHidden()
    assert desk.scan.foreign.unit.isEnabled()
    desk.scan.foreign.axes.setCurrentIndex(desk.scan.foreign.axes.findData("SPL"))
    desk.scan._take_layer()
    desk.qtbot.waitUntil(lambda: desk.session.work is not None, timeout=LONG_MS)

    assert not layer.visible
    assert np.array_equal(desk.session.work.scan.voxels > 0, scan.voxels > 0)


def test_every_button_has_a_tip_and_can_be_reached_without_a_mouse(desk: Desk) -> None:
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QAbstractButton, QComboBox

    for panel in desk.panels:
        for part in panel.findChildren(QAbstractButton) + panel.findChildren(QComboBox):
            if part.objectName().startswith("qt_") or not part.isVisibleTo(panel):
                continue
            assert part.toolTip(), part.text() if hasattr(part, "text") else part
            assert part.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_disclaimer_stands_in_every_panel(desk: Desk) -> None:
    from qtpy.QtWidgets import QLabel

    for panel in desk.panels:
        texts = [label.text() for label in panel.findChildren(QLabel)]
        assert "Research use only, not a medical device." in texts


class OutOfMemory:
    """A predictor that fails once, at the worst moments of a walk."""

    def __init__(self, predict: Any, at: int) -> None:
        self.predict, self.left = predict, at

    def __call__(self, image: Any, memory: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.predict(image, memory)


@pytest.mark.parametrize("kind", [Searching, Refining, VertebraFound, Rejected, Finished])
def test_a_pause_at_any_event_and_memory_that_runs_out_end_in_the_same_masks(
    noisy: Callable[..., Loaded], desk: Desk, scan: Scan, kind: type[Any]
) -> None:
    """Paused where such an event is shown, then out of memory, then gone on with."""
    desk.session.show_scan(scan)
    seen: list[type[Any]] = []
    follow = desk.session.walk._follow

    def watched(told: Any) -> None:
        follow(told)
        if isinstance(told.event, kind) and not seen:
            seen.append(kind)
            desk.session.walk.pause()

    desk.session.walk._follow = watched
    desk.press(Action.PLAY)
    desk.wait_until(lambda: desk.session.walk.status in (Status.PAUSED, Status.IDLE))
    assert seen == [kind]

    if desk.session.walk.status is Status.PAUSED:
        walk = desk.session.walk.job.walk
        failing = OutOfMemory(walk.predict, 1)
        object.__setattr__(walk, "predict", failing)
        desk.press(Action.PLAY)
        desk.wait_until(lambda: desk.session.walk.status in (Status.PAUSED, Status.IDLE))
        # After the last find was rejected there may be nothing left to look at.
        assert failing.left == 0 or kind is Rejected
        if failing.left == 0:
            assert desk.session.walk.status is Status.PAUSED
            assert "Memory ran out" in desk.walk.complaint.text.text()
            desk.press(Action.PLAY)
            desk.wait_for(Status.IDLE)
    assert np.array_equal(desk.layer(Role.VERTEBRAE).data > 0, scan.voxels > 0)


def test_the_window_is_closed_in_mid_walk_and_the_walk_ends(
    desk: Desk, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QMessageBox

    yes = QMessageBox.StandardButton.Yes
    monkeypatch.setattr(QMessageBox, "question", lambda *args, **more: yes)
    desk.session.show_scan(scan)
    desk.walk.speed.setValue(60)
    desk.press(Action.PLAY)
    desk.wait_until(lambda: len(desk.ids) >= 1)
    walk = desk.session.walk
    worker = walk._running.worker
    desk.viewer.close()

    desk.wait_until(lambda: not worker.is_running)
    assert walk.status is Status.IDLE
