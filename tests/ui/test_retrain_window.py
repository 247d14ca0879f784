"""The loop closes in a real window, with the real trainer and the smallest network."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.rounds.ledger import read_round
from napari_vertseg.rounds.models import active_name
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.ui.retrain_words import Phase

from .candidates import add_candidate

MakeProject = Callable[..., Project]
LONG_MS = 180_000


class Desk:
    """A viewer with the panels of the loop."""

    def __init__(self, viewer: Any, qtbot: Any) -> None:
        from napari_vertseg.ui.compare_panel import compare_panel
        from napari_vertseg.ui.models_panel import models_panel
        from napari_vertseg.ui.panels import walk_panel
        from napari_vertseg.ui.retrain_panel import retrain_panel

        self.viewer, self.qtbot = viewer, qtbot
        makers = (retrain_panel, compare_panel, models_panel, walk_panel)
        self.retrain, self.compare, self.models, self.walk = [make(viewer) for make in makers]
        for panel in (self.retrain, self.compare, self.models, self.walk):
            viewer.window.add_dock_widget(panel)
        self.control = self.retrain.control
        self.errors: list[str] = []
        for told in (self.control.failed, self.compare.control.failed):
            told.connect(self._note)

    def _note(self, ended: Any) -> None:
        self.errors.append(f"{ended.error} {ended.details}")

    def open(self, project: Project) -> None:
        self.retrain.place.show(project)
        self.until(lambda: self.control.standing is not None)

    def ask_for(self, steps: int) -> None:
        """From nothing, the tiny network, as few walks as can be."""
        form = self.retrain.form
        form.base.setCurrentIndex(form.base.count() - 1)
        form.preset.setCurrentText("tiny")
        form.minutes.setValue(0)
        form.steps.setValue(steps)
        form.validations.setValue(2)
        form.device.setCurrentText("cpu")
        form.made.setChecked(False)

    def until(self, done: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()) or bool(self.errors), timeout=LONG_MS)
        assert self.errors == []

    def close(self) -> None:
        self.retrain.session.close()


@pytest.fixture
def desk(make_napari_viewer: Any, qtbot: Any) -> Iterator[Desk]:
    desk = Desk(make_napari_viewer(), qtbot)
    yield desk
    if desk.control.round is not None:
        desk.control.round.run.kill()
    desk.close()
    qtbot.wait(300)


@pytest.mark.slow
def test_fine_tune_stop_compare_promote_walk_and_roll_back(
    desk: Desk, spine_project: MakeProject
) -> None:
    loaded = set(sys.modules)  # other tests of this process may have loaded the trainer
    project = spine_project("train", "train", "validation")
    desk.open(project)
    desk.ask_for(100_000)
    retrain, compare = desk.retrain, desk.compare
    assert retrain.train.text() == "Fine-tune on 2 corrected scans"
    assert not retrain.stop.isEnabled()

    retrain.train.click()
    assert desk.control.phase is Phase.CHECKING
    desk.until(lambda: desk.control.phase is Phase.RUNNING)
    assert "held out for validation" in retrain.sentences.text()
    desk.until(lambda: len(desk.control.curves.loss) >= 2)
    assert len(retrain.plot.loss.getData()[0]) == len(desk.control.curves.loss)
    assert len(retrain.plot.dice.getData()[0]) >= 1
    assert not retrain.train.isEnabled()

    retrain.stop.click()
    desk.until(lambda: desk.control.phase is Phase.QUIET)
    assert "The candidate round-1 is ready" in retrain.status.text()
    assert not any(name.startswith("vertseg_trainer") for name in set(sys.modules) - loaded)

    desk.until(lambda: compare.control.judgement)
    assert "Cannot judge yet" in compare.words.text()
    compare.vertebrae.selectRow(0)
    desk.until(lambda: compare.control.is_blinking)
    first = compare.control.layers.side
    desk.until(lambda: compare.control.layers.side is not first)
    compare.leave.click()
    desk.until(lambda: len(desk.viewer.layers) == 0)

    compare.promote.click()
    folder = str(project.folder.models / "round-1")
    desk.until(lambda: desk.walk.form.request().model == folder)
    desk.walk.session.show_scan(project.scan(project.case("case-0003")))
    desk.walk.buttons[Action.PATCH].click()
    desk.until(lambda: desk.walk.session.walk.status is Status.PAUSED)
    desk.walk.buttons[Action.STOP].click()

    desk.until(lambda: compare.back.isEnabled())
    compare.back.click()
    desk.until(lambda: desk.walk.form.request().model == active_name(project) == "starter")
    assert read_round(project, 1).decision == "kept"


@pytest.mark.slow
def test_napari_closed_in_mid_training_and_opened_again(
    make_napari_viewer: Any, qtbot: Any, spine_project: MakeProject
) -> None:
    project = spine_project("train", "validation")
    first = Desk(make_napari_viewer(), qtbot)
    first.open(project)
    first.ask_for(100_000)
    first.retrain.train.click()
    first.until(lambda: first.control.curves.loss)
    run = first.control.round.run
    first.viewer.close()
    assert first.control.phase is Phase.QUIET
    assert run.is_alive()

    second = Desk(make_napari_viewer(), qtbot)
    second.open(project)
    try:
        second.until(lambda: second.control.phase is Phase.RUNNING and second.control.curves.loss)
        assert second.control.curves.loss[0][0] == 10
        seen = second.control.curves.step
        second.until(lambda: second.control.curves.step > seen)
        second.retrain.cancel.click()
        second.until(lambda: second.control.phase is Phase.QUIET)
        assert second.retrain.resume.isEnabled()
        assert read_round(project, 1).model is None
    finally:
        run.kill()
        second.close()
        qtbot.wait(300)


def test_what_would_fail_is_shown_and_nothing_is_started(
    desk: Desk, spine_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = spine_project("train")
    desk.open(project)
    desk.ask_for(5)
    trainer = Path(__file__).with_name("scripted_trainer.py")
    desk.retrain.form.line.setCurrentText(f"{{python}} '{trainer}' blocked {{arguments}}")
    desk.retrain.train.click()
    desk.until(lambda: desk.control.is_checked)

    assert "Nothing was started" in desk.retrain.sentences.text()
    assert "3 MB left" in desk.retrain.sentences.text()
    assert desk.control.phase is Phase.QUIET
    assert desk.retrain.train.isEnabled()


def test_a_launch_line_that_calls_nothing_switches_the_button_off(
    desk: Desk, spine_project: MakeProject
) -> None:
    desk.open(spine_project("train"))
    desk.retrain.form.line.setCurrentText("echo")

    assert not desk.retrain.train.isEnabled()
    assert "never calls the trainer" in desk.retrain.train.toolTip()
    assert not desk.retrain.form.fault.isHidden()


def test_unticked_scans_are_left_out_of_the_order(desk: Desk, spine_project: MakeProject) -> None:
    from qtpy.QtCore import Qt

    desk.open(spine_project("train", "train", "validation"))
    form = desk.retrain.form
    assert form.order().request.cases is None
    form.scans.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert form.order().request.cases == ("case-0002",)
    assert desk.retrain.train.text() == "Fine-tune on 1 corrected scan"
    form.scans.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert not desk.retrain.train.isEnabled()


def test_a_shut_gate_asks_before_promoting(
    desk: Desk, spine_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qtpy.QtWidgets import QMessageBox

    project = spine_project("train", "validation", "validation")
    add_candidate(project, {"case-0002": 0.05, "case-0003": -0.1})
    asked: list[str] = []

    def answer(parent: Any, heading: str, question: str, buttons: Any) -> Any:
        asked.append(question)
        yes = len(asked) > 1
        return QMessageBox.StandardButton.Yes if yes else QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", answer)
    desk.open(project)
    desk.until(lambda: desk.compare.control.judgement)
    desk.compare.promote.click()
    assert "falls from 0.800 to 0.700" in asked[0]
    desk.qtbot.wait(200)
    assert active_name(project) == "starter"

    desk.compare.promote.click()
    desk.until(lambda: desk.compare.control.judgement.is_active)
    assert active_name(project) == "round-1"


def test_models_are_used_exported_and_taken_in(
    desk: Desk, spine_project: MakeProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from qtpy.QtWidgets import QFileDialog, QInputDialog

    project = spine_project("train", "validation")
    add_candidate(project, {"case-0002": 0.0})
    file = str(tmp_path / "mine.vertseg-model.zip")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (file, ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (file, ""))
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("twin", True))
    desk.open(project)
    panel = desk.models
    desk.until(lambda: panel.rows)
    assert not panel.use.isEnabled()
    panel.view.select(lambda model: model.name == "round-1")
    panel.refresh()

    panel.export.click()
    desk.until(lambda: "exported" in panel.said.text())
    panel.take.click()
    desk.until(lambda: "imported as twin" in panel.said.text())
    desk.until(lambda: "twin" in [row.name for row in panel.rows])

    assert panel.chosen().name == "round-1"
    panel.use.click()
    desk.until(lambda: panel.back.isEnabled())
    assert active_name(project) == "round-1"
    assert "round-1" in desk.walk.form.request().model
    panel.back.click()
    desk.until(lambda: "used again" in panel.said.text())
    assert active_name(project) == "starter"


def test_a_long_log_and_a_long_curve_do_not_hold_the_window(
    desk: Desk, spine_project: MakeProject
) -> None:
    from napari_vertseg.training import TrainingEvent

    events = [
        TrainingEvent(kind="step", step=step, seconds=1.0, values={"loss": 1.0})
        for step in range(10, 60_000, 10)
    ]
    desk.open(spine_project("train"))
    desk.control.curves.add(events)
    desk.control.log = "a line of the trainer\n" * 200
    desk.retrain.refresh()
    began = time.thread_time()
    desk.retrain.refresh()
    assert time.thread_time() - began < 0.1
