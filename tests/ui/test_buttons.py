"""Every button of the panels Scan, Walk and Vertebrae: pressed, and its deed seen."""

from __future__ import annotations

import csv

import numpy as np

from napari_vertseg.io import read_labels, write_labels, write_scan
from napari_vertseg.ui.marks import Role, find_all
from napari_vertseg.ui.permissions import Status
from napari_vertseg.ui.views import GREY_WINDOWS
from napari_vertseg.ui.wishes import StartFrom
from napari_vertseg.volume import Scan

from .desk import Desk
from .hands import Deed, Hands, do_all, nothing_more

# --- Scan


def open_scan(hands: Hands) -> None:
    file = hands.folder / "blocks.nii.gz"
    values = np.where(hands.scan.voxels > 0, 300, -1000).astype(np.int16)  # labels are no CT
    write_scan(file, Scan.from_canonical(values, hands.scan.grid))
    hands.choose("getOpenFileName", file)
    hands.push("Open scan…")
    hands.desk.wait_until(lambda: hands.desk.session.work)
    assert np.array_equal(hands.desk.session.work.scan.voxels == 300, hands.scan.voxels > 0)


def dicom_folder(hands: Hands) -> None:
    """A folder without a series is said to be one; the complaint is copied and dismissed."""
    from qtpy.QtGui import QGuiApplication

    (hands.folder / "empty").mkdir()
    hands.choose("getExistingDirectory", hands.folder / "empty")
    hands.push("DICOM folder…")
    complaint = hands.panel.complaint
    hands.desk.wait_until(lambda: not complaint.isHidden())
    assert "empty" in complaint.text.text()
    hands.desk.push(complaint, "Copy details")
    assert complaint.text.text() in QGuiApplication.clipboard().text()
    hands.desk.push(complaint, "Dismiss")
    assert complaint.isHidden()


def view(name: str, depth: int) -> Deed:
    def look(hands: Hands) -> None:
        hands.push(name)
        assert hands.desk.viewer.dims.ndisplay == 2
        assert hands.desk.viewer.dims.order[0] == depth

    return look


def space(hands: Hands) -> None:
    hands.push("3D")
    assert hands.desk.viewer.dims.ndisplay == 3
    hands.desk.viewer.dims.ndisplay = 2


def grey(place: int) -> Deed:
    def look(hands: Hands) -> None:
        hands.push(GREY_WINDOWS[place].title)
        assert tuple(hands.desk.layer(Role.SCAN).contrast_limits) == GREY_WINDOWS[place].limits_hu

    return look


def mask_file(hands: Hands) -> None:
    file = hands.folder / "mask.nii.gz"
    write_labels(file, hands.scan.voxels.astype(np.uint8), hands.scan)
    hands.choose("getOpenFileName", file)
    hands.push("Mask from file…")
    hands.desk.wait_until(lambda: len(hands.desk.ids) == 5)
    hands.wait_for(Status.IDLE)
    hands.desk.session.clear()


def mask_layer(hands: Hands) -> None:
    mask = np.where(hands.scan.voxels > 3, 0, hands.scan.voxels).astype(np.uint8)
    hands.desk.viewer.add_labels(mask, scale=hands.scan.grid.spacing_mm)
    hands.push("Mask from layer")
    hands.desk.wait_until(lambda: len(hands.desk.ids) == 3)
    hands.wait_for(Status.IDLE)


def use_layer(hands: Hands) -> None:
    before = hands.desk.session.work
    values = np.where(hands.scan.voxels > 0, 300, -900).astype(np.float32)
    hands.desk.viewer.add_image(values, scale=(4, 4, 4), name="from elsewhere")
    hands.push("use layer")
    hands.desk.wait_until(lambda: hands.desk.session.work is not before)


def test_the_scan_panel(hands: Hands) -> None:
    deeds = {
        "Open scan…": open_scan,
        "DICOM folder…": dicom_folder,
        "Axial": view("Axial", 0),
        "Coronal": view("Coronal", 1),
        "Sagittal": view("Sagittal", 2),
        "3D": space,
        GREY_WINDOWS[1].title: grey(1),
        GREY_WINDOWS[0].title: grey(0),
        "Mask from file…": mask_file,
        "Mask from layer": mask_layer,
        "use layer": use_layer,
    }
    do_all(hands, hands.desk.scan, deeds)


# --- Walk


def until(name: str, status: Status, found: list[int]) -> Deed:
    def walk(hands: Hands) -> None:
        hands.push(name)
        hands.wait_for(status)
        assert hands.desk.ids == found

    return walk


def play_and_pause(hands: Hands) -> None:
    hands.panel.speed.setValue(50)
    hands.push("play")
    hands.desk.wait_until(lambda: len(hands.desk.ids) == 2)
    masks = hands.desk.scan.mask_file
    assert "running" in masks.toolTip() or "vertebrae already" in masks.toolTip()
    hands.push("pause")
    hands.wait_for(Status.PAUSED)
    hands.panel.speed.setValue(100)
    assert len(hands.desk.ids) < 5


def back(hands: Hands) -> None:
    before = hands.desk.ids
    hands.push("back one vertebra")
    assert hands.desk.ids == before[:-1]


def stop(hands: Hands) -> None:
    hands.push("stop")
    assert hands.desk.session.walk.status is Status.IDLE


def go_on(hands: Hands) -> None:
    hands.desk.session.clear()
    hands.panel.form.begin_at(StartFrom.END)
    hands.push("one vertebra")
    hands.wait_for(Status.PAUSED)
    hands.desk.session.work.select(hands.desk.ids[0])
    hands.push("go on")
    hands.wait_for(Status.IDLE)
    assert len(hands.desk.ids) == 5


def armed(hands: Hands) -> None:
    """Armed and with *and walk on*, a place leads to the end; ``here`` needs no mouse."""
    desk = hands.desk
    desk.session.clear()
    hands.push("Click to segment")
    assert hands.panel.arm.is_armed
    hands.push("Click to segment")
    assert not hands.panel.arm.is_armed
    hands.push("and walk on")
    middle = np.argwhere(hands.scan.voxels == 3).mean(axis=0) * hands.scan.grid.spacing_mm
    desk.viewer.dims.point = tuple(middle)
    hands.push("here")
    hands.wait_for(Status.IDLE)
    assert len(desk.ids) == 3
    hands.push("and walk on")


def follow(hands: Hands) -> None:
    """Off, the viewer stays where it is."""
    desk = hands.desk
    desk.session.clear()
    hands.panel.form.begin_at(StartFrom.END)
    hands.push("follow")
    desk.viewer.dims.set_point(0, 0.0)
    before = tuple(desk.viewer.dims.point)
    hands.push("play")
    hands.wait_for(Status.IDLE)
    assert tuple(desk.viewer.dims.point) == before


def model_folder(hands: Hands) -> None:
    (hands.folder / "my model").mkdir()
    hands.choose("getExistingDirectory", hands.folder / "my model")
    hands.push("folder")
    assert hands.panel.form.model.currentText() == "my model"
    assert hands.panel.form.request().model == str(hands.folder / "my model")


def test_the_walk_panel(hands: Hands) -> None:
    hands.desk.session.show_scan(hands.scan)
    deeds = {
        "one vertebra": until("one vertebra", Status.PAUSED, [1]),
        "one patch": until("one patch", Status.PAUSED, [1]),
        "play": play_and_pause,
        "pause": nothing_more,
        "back one vertebra": back,
        "stop": stop,
        "go on": go_on,
        "Click to segment": armed,
        "and walk on": nothing_more,
        "here": nothing_more,
        "follow": follow,
        "folder": model_folder,
    }
    do_all(hands, hands.desk.walk, deeds)


# --- Vertebrae


def save_masks(hands: Hands) -> None:
    hands.choose("getSaveFileName", hands.folder / "masks.nii.gz")
    hands.push("Save masks…")
    hands.desk.wait_until((hands.folder / "masks.nii.gz").exists)
    assert np.array_equal(
        read_labels(hands.folder / "masks.nii.gz", like=hands.scan)[0], hands.scan.voxels
    )


def with_incomplete(hands: Hands) -> None:
    """What it saves is tested in ``test_table``."""
    hands.push("with incomplete ones")
    assert hands.panel.with_incomplete.isChecked()


def save_table(hands: Hands) -> None:
    hands.choose("getSaveFileName", hands.folder / "table.csv")
    hands.push("csv")
    hands.desk.wait_until((hands.folder / "table.csv").exists)
    with (hands.folder / "table.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 5


def split_and_join(hands: Hands) -> None:
    desk, layers = hands.desk, hands.desk.viewer.layers
    singles = lambda: find_all(layers, Role.SINGLE, desk.session.work.spine.scan_id)  # noqa: E731
    hands.push("One layer each")
    desk.wait_until(lambda: not desk.session.errands.is_turning(desk.session.work))
    assert len(singles()) == 5
    hands.push("One layer each")
    desk.wait_until(lambda: not desk.session.errands.is_turning(desk.session.work))
    assert not singles()
    desk.wait_for(Status.IDLE)


def keys(hands: Hands) -> None:
    from qtpy.QtGui import QKeySequence

    from napari_vertseg.ui.key_dialog import KeyDialog
    from napari_vertseg.ui.settings import Key, load_settings

    def answered(dialog: KeyDialog) -> bool:
        dialog.fields[Key.NEXT].setKeySequence(QKeySequence("J"))
        return True

    hands.monkeypatch.setattr(KeyDialog, "exec", answered)
    hands.push("Keys…")
    assert load_settings().key_of(Key.NEXT) == "J"


def remove_all(hands: Hands) -> None:
    from qtpy.QtWidgets import QMessageBox

    yes = QMessageBox.StandardButton.Yes
    hands.monkeypatch.setattr(QMessageBox, "question", lambda *a, **k: yes)
    hands.push("Remove all…")
    assert hands.desk.ids == []
    assert not hands.desk.layer(Role.VERTEBRAE).data.any()


def test_the_vertebrae_panel(hands: Hands) -> None:
    hands.desk.session.show_scan(hands.scan)
    hands.desk.push(hands.desk.walk, "play")
    hands.wait_for(Status.IDLE)
    deeds = {
        "Save masks…": save_masks,
        "with incomplete ones": with_incomplete,
        "csv": save_table,
        "One layer each": split_and_join,
        "Keys…": keys,
        "Remove all…": remove_all,
    }
    do_all(hands, hands.desk.table, deeds)


def test_the_table_is_sorted_without_a_mouse(desk: Desk, scan: Scan) -> None:
    from qtpy.QtCore import Qt

    desk.session.show_scan(scan)
    desk.push(desk.walk, "play")
    desk.wait_for(Status.IDLE)
    panel = desk.table
    panel.order.setCurrentText("sorted by Suspicion")
    scores = [float(panel.sorted.index(row, 5).data()) for row in range(5)]
    assert scores == sorted(scores, reverse=True)

    panel.view.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert panel.order.currentText() == "sorted by cm³"
