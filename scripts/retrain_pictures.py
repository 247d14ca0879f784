"""The loop in napari: fine-tune, close, open again, stop, compare, promote, walk, roll back.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/retrain_pictures.py [FOLDER]

Needs napari, a Qt binding and a display (Xvfb will do). FOLDER is docs/pictures unless given.
Two made scans are corrected and two are held out. The window that presses Fine-tune is closed
in mid-training; another process opens the project and goes on. Ten minutes on two idle cores.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from person import Person
from qtpy.QtWidgets import QMessageBox

from napari_vertseg.cases import MaskToImport, Project, ReviewedRange, Role, import_scan
from napari_vertseg.io import write_labels, write_scan
from napari_vertseg.rounds.models import active_name
from napari_vertseg.study.loop_domains import DOMAINS, made_subject
from napari_vertseg.ui.compare_panel import compare_panel
from napari_vertseg.ui.models_panel import models_panel
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.ui.retrain_panel import retrain_panel
from napari_vertseg.ui.retrain_words import Phase

HEIGHT_MM = 110.0
ROLES = (Role.TRAIN, Role.TRAIN, Role.VALIDATION, Role.VALIDATION)


class Trainer(Person):
    """Presses the buttons of the Retrain, Compare and Models panels."""

    def __init__(self, folder: Path, project: Project) -> None:
        super().__init__(folder)
        makers = {"Models": models_panel, "Compare": compare_panel, "Retrain": retrain_panel}
        docked: dict[str, Any] = {}
        for name, make in makers.items():
            docked[name] = make(self.viewer)
            area = "right" if name == "Retrain" else "bottom"
            self.viewer.window.add_dock_widget(docked[name], name=name, area=area, tabify=True)
        self.retrain, self.compare = docked["Retrain"], docked["Compare"]
        self.models, self.control = docked["Models"], docked["Retrain"].control
        for told in (self.control.failed, self.compare.control.failed):
            told.connect(self.complain)
        self.retrain.place.show(project)
        self.wait(lambda: self.control.standing is not None)

    def show(self, panel: Any, name: str) -> None:
        """A picture with this panel in front."""
        self.raise_panel(panel)
        self.picture(name)

    def click(self, button: Any) -> None:
        """Press what has to be enabled."""
        if not button.isEnabled():
            raise SystemExit(f"{button.text()} is off: {button.toolTip()}")
        print(button.text(), flush=True)
        button.click()


def make_project(place: Path) -> Project:
    """Two corrected scans, and two to judge by."""
    project = Project.create(place / "spines", name="spines", who="Ann")
    for number, role in enumerate(ROLES):
        made = made_subject(DOMAINS["metal"], "pool", 0, number, height_mm=HEIGHT_MM)
        labels = np.where(made.labels == 26, 0, made.labels)
        scan, mask = (place / f"scan-{number + 1}{part}.nii.gz" for part in ("", "-mask"))
        write_scan(scan, replace(made.scan, name=f"scan-{number + 1}"))
        write_labels(mask, labels, made.scan)
        case = import_scan(
            project,
            scan,
            annotator="Ann",
            mask=MaskToImport(path=mask, is_reference=True),
            patient=f"P{number}",
            role=role,
        ).case
        with project.edit(case.id, "Ann") as desk:
            desk.submit(ReviewedRange())
    return project


def begin(folder: Path, place: Path) -> None:
    """Fine-tune, and close the window while it trains."""
    project = make_project(place)
    person = Trainer(folder, project)
    person.click(person.retrain.train)
    person.wait(lambda: person.control.phase is Phase.RUNNING or bool(person.control.is_checked))
    person.wait(lambda: person.control.phase is Phase.RUNNING)
    person.wait(lambda: len(person.control.curves.loss) >= 2)
    person.show(person.retrain, "viewer-retrain")
    print("closed at step", person.control.curves.step, flush=True)
    person.leave()


def go_on(folder: Path, place: Path) -> None:
    """Join the training, end it, and see what came of it."""
    QMessageBox.question = lambda *_, **__: QMessageBox.StandardButton.Yes
    project = Project.open(place / "spines")
    person = Trainer(folder, project)
    control, compare = person.control, person.compare
    person.wait(lambda: control.phase is Phase.RUNNING and bool(control.curves.loss))
    print("joined at step", control.curves.step, "first", control.curves.loss[0], flush=True)
    seen = control.curves.step
    person.wait(lambda: control.curves.step > seen)
    person.show(person.retrain, "viewer-rejoined")
    person.click(person.retrain.stop)
    person.wait(lambda: control.phase is Phase.QUIET)
    print(person.retrain.status.text(), flush=True)

    person.wait(lambda: compare.control.judgement is not None)
    compare.vertebrae.selectRow(0)
    person.wait(lambda: compare.control.is_blinking)
    person.show(compare, "viewer-compare")
    person.click(compare.leave)
    person.wait(lambda: len(person.viewer.layers) == 0)
    person.click(compare.promote)
    person.wait(lambda: active_name(project) == "round-1")
    person.wait(lambda: "round-1" in person.walk.form.request().model)
    person.session.show_scan(project.scan(project.case("case-0003")))
    person.press(Action.PLAY)
    person.wait(lambda: person.session.walk.status is not Status.IDLE)
    person.wait_for(Status.IDLE)
    person.show(person.models, "viewer-models")
    person.click(compare.back)
    person.wait(lambda: active_name(project) == "starter")
    person.show(compare, "viewer-rolled-back")
    print(compare.said.text(), flush=True)
    person.wait(compare.again.isEnabled)
    person.click(compare.again)
    person.wait(lambda: not compare.control.comparing)
    person.show(compare, "viewer-compared-again")
    person.leave()


def main(folder: Path) -> None:
    """Two windows, one after the other, each in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        os.environ["VERTSEG_SETTINGS"] = str(Path(place) / "settings.json")
        os.environ["VERTSEG_RECOVERY"] = str(Path(place) / "recovery")
        os.environ["VERTSEG_ANNOTATOR"] = "Ann"
        for part in ("begin", "go_on"):
            words = [sys.executable, __file__, str(folder), part, place]
            subprocess.run(words, check=True)


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pictures")
    if len(sys.argv) > 2:
        {"begin": begin, "go_on": go_on}[sys.argv[2]](where, Path(sys.argv[3]))
    else:
        main(where)
