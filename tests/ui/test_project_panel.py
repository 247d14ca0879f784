"""The Project panel under hands: tables, questions, two windows on one project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import MaskToImport, Project, Status, import_scan
from napari_vertseg.ui.marks import Role as LayerRole
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.records import Verdict

from .project_desk import held_elsewhere, paint, written

LONG_MS = 60_000


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.create(tmp_path / "study", who="Ann")
    for number, count in ((1, 3), (2, 2)):
        file, mask = written(tmp_path, f"scan-{number}", count)
        proposal = MaskToImport(path=mask, values="numbers")
        import_scan(project, file, annotator="Ann", mask=proposal, patient=str(number))
    return project


class Desk:
    """A viewer with the Project, Queue and Vertebrae panels, and hands to use them."""

    def __init__(self, viewer: Any, qtbot: Any, load: Callable[..., Loaded]) -> None:
        from napari_vertseg.ui.panels import project_panel, queue_panel, vertebra_panel
        from napari_vertseg.ui.sessions import session_of

        self.viewer, self.qtbot = viewer, qtbot
        self.session = session_of(viewer)
        self.session._load = load
        self.panel = project_panel(viewer)
        self.queue = queue_panel(viewer)
        self.table = vertebra_panel(viewer)
        for panel in (self.panel, self.queue, self.table):
            viewer.window.add_dock_widget(panel)
        self.control = self.panel.control

    def open(self, project: Project) -> None:
        self.control.open_project(project.folder.path)
        self.wait_for(lambda: len(self.control.rows) == len(project.ids()))

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(lambda: is_so() and not self.control.busy, timeout=LONG_MS)

    def double_click(self, case_id: str) -> None:
        rows = [row.id for row in self.panel.table.rows]
        source = self.panel.table.index(rows.index(case_id), 1)
        self.panel.view.doubleClicked.emit(self.panel.sorted.mapFromSource(source))

    def show(self, case_id: str) -> Any:
        self.double_click(case_id)
        self.wait_for(lambda: getattr(self.control.open_case, "id", None) == case_id)
        self.settle()
        return self.control.open_case

    def settle(self) -> None:
        work = self.session.work
        self.qtbot.waitUntil(lambda: not self.session.errands.is_busy_with(work), timeout=LONG_MS)


@pytest.fixture
def desk(
    make_napari_viewer: Any,
    qtbot: Any,
    load: Callable[..., Loaded],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    monkeypatch.setenv("VERTSEG_ANNOTATOR", "Ann")
    desk = Desk(make_napari_viewer(), qtbot, load)
    yield desk
    desk.session.close()
    qtbot.wait(200)


def test_from_the_table_to_a_submitted_case(desk: Desk, project: Project) -> None:
    desk.open(project)
    desk.qtbot.waitUntil(lambda: desk.panel.table.has_picture("case-0002"), timeout=LONG_MS)
    case = desk.show("case-0001")
    box = desk.panel.box
    assert not box.isHidden()
    assert not box.submit.isEnabled()
    assert "reviewed range is not stated" in box.submit.toolTip()
    assert "accept or ignore each" in box.missing.text()

    desk.table.view.selectRow(1)
    assert box.vertebra.text() == "vertebra 2"
    box.verdict.setCurrentIndex(box.verdict.findData(Verdict.FLAGGED))
    box.verdict.activated.emit(box.verdict.currentIndex())
    desk.wait_for(lambda: project.case("case-0001").vertebra(2).verdict == "flagged")

    for record in list(case.work.chain):
        case.work.judge(record.id, verdict=Verdict.ACCEPTED)
    for end in (box.first, box.last):
        end.setCurrentIndex(1)
        end.activated.emit(1)
    desk.wait_for(lambda: box.submit.isEnabled())
    box.submit.click()
    desk.wait_for(lambda: project.case("case-0001").status is Status.DONE)

    assert project.case("case-0001").reviewed is not None
    desk.wait_for(lambda: desk.control.rows[0].status is Status.DONE)
    assert box.missing.text() == "Submitted for training."
    desk.wait_for(lambda: [e.case for e in desk.queue.control.line.entries] == ["case-0002"])


def test_another_scan_is_opened_after_a_question_about_unsaved_steps(
    desk: Desk, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QMessageBox

    asked: list[str] = []
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Save]

    def question(parent: Any, title: str, text: str, buttons: Any) -> Any:
        asked.append(text)
        return answers.pop(0)

    monkeypatch.setattr(QMessageBox, "question", question)
    desk.open(project)
    case = desk.show("case-0001")
    paint(case, (13, 9, 10), 0)
    desk.settle()
    edited = case.work.spine.labels.copy()
    desk.double_click("case-0002")
    assert desk.control.open_case is case
    desk.show("case-0002")

    assert "1 step is not saved in case-0001" in asked[0]
    assert answers == []
    saved = project.case("case-0001")
    assert np.array_equal(project.labels(saved), edited)


def test_who_has_a_case_is_said_and_nothing_can_be_painted(desk: Desk, project: Project) -> None:
    held_elsewhere(project, "case-0002")
    desk.open(project)
    status = desk.panel.table.index(1, 2).data()
    assert "open elsewhere" in status
    case = desk.show("case-0002")
    box = desk.panel.box

    assert "You only look" in box.title.text()
    assert "Bob" in box.title.text()
    assert not box.save.isEnabled()
    assert "Bob" in box.save.toolTip()
    assert case.work.spine.layer(LayerRole.VERTEBRAE).editable is False


def test_two_windows_on_one_project_know_of_each_other(
    desk: Desk,
    project: Project,
    make_napari_viewer: Any,
    qtbot: Any,
    load: Callable[..., Loaded],
) -> None:
    other = Desk(make_napari_viewer(), qtbot, load)
    desk.open(project)
    other.open(project)
    desk.show("case-0001")
    other.control.refresh()
    other.wait_for(lambda: bool(other.control.rows[0].open_for))
    looked = other.show("case-0001")
    assert "Ann" in looked.read_only

    desk.control.close_case()
    again = other.control
    assert again.close_case()
    assert not other.show("case-0001").read_only
    other.session.close()


def test_filters_and_annotators_follow_the_table(desk: Desk, project: Project) -> None:
    desk.open(project)
    case = desk.show("case-0001")
    paint(case, (13, 9, 10), 0)
    desk.panel.box.save.click()
    desk.wait_for(lambda: desk.panel.by.count() == 2)
    desk.panel.by.setCurrentIndex(1)
    assert desk.panel.sorted.rowCount() == 1
    desk.panel.by.setCurrentIndex(0)
    desk.panel.search.setText("scan-2")
    assert desk.panel.sorted.rowCount() == 1
    desk.panel.search.clear()
    desk.panel.status.setCurrentIndex(desk.panel.status.findData("in_correction"))
    assert desk.panel.sorted.rowCount() == 1


def test_the_queue_opens_the_next_scan_and_puts_scans_off(desk: Desk, project: Project) -> None:
    from napari_vertseg.ui.queue_control import Rest

    desk.open(project)
    control = desk.queue.control
    desk.wait_for(lambda: len(control.line.entries) == 2)
    first, second = (entry.case for entry in control.line.entries)
    assert control.next.reason in desk.queue.next.text()
    control.skip(first)
    desk.wait_for(lambda: control.next is not None and control.next.case == second)
    desk.queue.open.click()
    desk.wait_for(lambda: getattr(desk.control.open_case, "id", None) == second)
    desk.settle()
    assert control.next.case == first

    control.snooze(first, Rest.DAY)
    desk.wait_for(lambda: [e.case for e in control.line.entries] == [second])
    assert not desk.queue.open.isEnabled()
    desk.queue.wake.click()
    desk.wait_for(lambda: len(control.line.entries) == 2 and not control.line.put_off)


def test_import_asks_for_what_it_needs(qtbot: Any, tmp_path: Path) -> None:
    pytest.importorskip("qtpy")
    from napari_vertseg.ui.project_dialog import ImportDialog

    dialog = ImportDialog(copies=True)
    qtbot.addWidget(dialog)
    ok = dialog.buttons.buttons()[0]
    assert not ok.isEnabled()
    dialog.choose_scans([tmp_path / "b.nii.gz", tmp_path / "a.nii.gz"])
    assert ok.isEnabled()
    dialog.choose_mask(tmp_path / "m.nii.gz")
    assert "one scan" in dialog.reason.text()
    dialog.choose_scans([tmp_path / "a.nii.gz"])
    dialog.use.setCurrentIndex(1)
    dialog.patient.setText("17")
    wish = dialog.wish()

    assert (wish.is_reference, wish.copy, wish.patient, wish.role) == (True, True, "17", None)
