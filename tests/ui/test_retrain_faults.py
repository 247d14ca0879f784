"""Whatever happens to a training, the panel says it in a sentence and the project stays sound.

The real trainer, with the smallest network, in the Retrain panel.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import Project, check_project
from napari_vertseg.rounds.ledger import read_round
from napari_vertseg.rounds.models import active_name
from napari_vertseg.ui.retrain_words import Phase
from napari_vertseg.ui.session import Session

from .conftest import start_at_once

MakeProject = Callable[..., Project]
TRAINER = Path(__file__).with_name("faulty_trainer.py")
ENDLESS = 100_000

pytestmark = pytest.mark.slow


class Desk:
    """The Retrain panel of a project, and what it complained of."""

    def __init__(self, project: Project, qtbot: Any) -> None:
        components = pytest.importorskip("napari").components
        from napari_vertseg.ui.retrain_panel import RetrainPanel

        self.project, self.qtbot = project, qtbot
        session = Session(components.ViewerModel(), start=start_at_once)
        self.panel = RetrainPanel(session)
        qtbot.addWidget(self.panel)
        self.control = self.panel.control
        self.panel.place.show(project)
        self.ask_for(ENDLESS)

    def ask_for(self, steps: int, *, fault: str = "none") -> None:
        """From nothing, the tiny network, as few walks as can be."""
        form = self.panel.form
        form.base.setCurrentIndex(form.base.count() - 1)
        form.preset.setCurrentText("tiny")
        form.minutes.setValue(0)
        form.steps.setValue(steps)
        form.validations.setValue(1)
        form.device.setCurrentText("cpu")
        form.made.setChecked(False)
        form.line.setCurrentText(f"{{python}} '{TRAINER}' {fault} {{arguments}}")
        form.python.setText(sys.executable)

    def until(self, done: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=300_000)

    def train_a_little(self) -> None:
        self.panel.train.click()
        self.until(lambda: self.control.curves.loss or self.control.sentence)
        assert self.control.phase is Phase.RUNNING, self.panel.status.text()

    def words(self) -> str:
        """What the panel says when it is quiet again."""
        self.until(lambda: self.control.phase is Phase.QUIET and self.control.standing)
        return str(self.panel.status.text())

    def is_sound(self) -> bool:
        """No model was made or switched, and no case has taken harm."""
        assert not check_project(Project.open(self.project.folder.path))
        assert read_round(self.project, 1).model is None
        return active_name(self.project) == "starter"


@pytest.fixture
def desk(spine_project: MakeProject, qtbot: Any) -> Iterator[Desk]:
    desk = Desk(spine_project("train", "train", "validation"), qtbot)
    yield desk
    _leave(desk)


def _leave(desk: Desk) -> None:
    if desk.control.round is not None:
        desk.control.round.run.kill()
    desk.control.close()


def test_a_killed_trainer(desk: Desk) -> None:
    desk.train_a_little()
    desk.control.round.run.kill()

    words = desk.words()
    assert "ended without a word" in words
    assert "press Resume" in words
    assert desk.is_sound()
    assert desk.panel.resume.isEnabled()
    reached = desk.control.curves.step
    desk.panel.resume.click()
    desk.until(lambda: desk.control.curves.step > reached)
    desk.panel.stop.click()
    assert "The candidate round-1 is ready" in desk.words()


def test_a_loss_that_is_no_number(desk: Desk) -> None:
    desk.ask_for(ENDLESS, fault="nan")
    desk.panel.train.click()
    desk.until(lambda: desk.control.sentence)

    words = desk.words()
    assert "numbers that are no numbers" in words
    assert "Leave out the scan" in words
    assert "TrainingFailed" not in words
    assert desk.is_sound()
    assert desk.panel.train.isEnabled()


def test_a_scan_that_is_gone_before_the_start(desk: Desk) -> None:
    (desk.project.folder.path.parent / "spines-0.nii.gz").unlink()
    desk.panel.train.click()
    desk.until(lambda: desk.control.is_checked)

    words = desk.panel.sentences.text()
    assert "Nothing was started" in words
    assert "The scan of case-0001 is not at ../spines-0.nii.gz any more" in words
    assert desk.control.round is None


def test_a_scan_that_judges_is_gone_before_the_end(desk: Desk) -> None:
    """The training is worth something all the same; the gate says what it lacks."""
    desk.train_a_little()
    (desk.project.folder.path.parent / "spines-2.nii.gz").unlink()
    desk.panel.stop.click()

    assert "The candidate round-1 is ready" in desk.words()
    assert "Case-0003 is not compared: the scan" in desk.panel.log.toPlainText()
    assert read_round(desk.project, 1).model is not None
    assert active_name(desk.project) == "starter"


def test_a_label_that_changed_under_it(desk: Desk) -> None:
    desk.train_a_little()
    desk.panel.cancel.click()
    assert "was cancelled" in desk.words()
    case = desk.project.case("case-0001")
    labels = desk.project.case_folder(case.id).versions / case.versions[-1].labels.name
    before = labels.read_bytes()
    labels.write_bytes(b"changed")
    desk.panel.resume.click()
    desk.until(lambda: "case-0001" in desk.control.sentence)

    words = desk.words()
    assert f"{labels.name} of case-0001 is no longer what was saved" in words
    labels.write_bytes(before)
    assert desk.is_sound()


@pytest.mark.skipif(sys.platform != "linux", reason="a disk in memory is mounted")
def test_a_full_disk(spine_project: MakeProject, qtbot: Any, tmp_path: Path) -> None:
    """A disk of 300 MB that somebody fills in mid-training."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("only root can mount a disk; tests/trainer has a stand-in")
    desk = None
    try:
        desk = Desk(spine_project("train", "validation", name="disk/spines"), qtbot)
        desk.train_a_little()
        _fill(disk / "films")
        desk.until(lambda: desk.control.sentence)

        words = desk.words()
        assert "The disk of the project is full" in words
        assert "press Resume" in words
        (disk / "films").unlink()
        assert desk.is_sound()
        reached = desk.control.curves.step
        desk.panel.resume.click()
        desk.until(lambda: desk.control.curves.step > reached)
        desk.panel.stop.click()
        assert "The candidate round-1 is ready" in desk.words()
    finally:
        if desk is not None:
            _leave(desk)
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _fill(file: Path) -> None:
    with file.open("wb") as film:
        try:
            while True:
                film.write(bytes(1 << 16))
                film.flush()
        except OSError:
            return
