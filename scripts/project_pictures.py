"""The pictures of docs/projects.md: a demo project, corrected and submitted button by button.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/project_pictures.py [FOLDER]

Needs napari, a Qt binding and a display (Xvfb will do). FOLDER is docs/pictures unless given.
Makes the demo project in a temporary folder; two minutes on two idle cores.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from person import Person
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog

from napari_vertseg.ui.effort_panel import EffortPanel
from napari_vertseg.ui.panels import effort_panel, queue_panel
from napari_vertseg.ui.project_panel import ProjectPanel
from napari_vertseg.ui.queue_panel import QueuePanel
from napari_vertseg.ui.vertebra_panel import VertebraPanel


class Corrector(Person):
    """Presses the buttons of the Project, Queue and Effort panels."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for make, name in ((queue_panel, "Queue"), (effort_panel, "Effort")):
            self.viewer.window.add_dock_widget(
                make(self.viewer), name=name, area="right", tabify=True
            )
        kinds = (ProjectPanel, QueuePanel, EffortPanel, VertebraPanel)
        self.project, self.queue, self.effort, self.table = map(self.panel_of, kinds)
        self.control = self.project.control
        for signal in (self.control.failed, self.queue.control.failed):
            signal.connect(self.complain)

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for something, and for the project to be at rest."""
        self.wait(lambda: done() and not self.control.busy)
        self.rest()

    def click(self, button: Any) -> None:
        print(f"{button.text()}{'' if button.isEnabled() else ': ' + button.toolTip()}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, box: Any, place: int) -> None:
        box.setCurrentIndex(place)
        box.activated.emit(place)

    def show(self, panel: Any, name: str) -> None:
        self.raise_panel(panel)
        self.picture(name)


def main(folder: Path) -> None:
    """From an empty window to a submitted case."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        os.environ["VERTSEG_SETTINGS"] = str(Path(place) / "settings.json")
        os.environ["VERTSEG_RECOVERY"] = str(Path(place) / "recovery")
        os.environ["VERTSEG_ANNOTATOR"] = "Ann"
        person = Corrector(folder)
        QFileDialog.getExistingDirectory = lambda *_, **__: place
        correct_one(person)
        person.leave()


def correct_one(person: Corrector) -> None:
    """Demo project, second scan, every vertebra judged, submitted; the queue has the next."""
    panel, box, control = person.project, person.project.box, person.control
    person.click(panel.demo)
    person.until(lambda: len(control.rows) == 4)
    person.until(lambda: all(panel.table.has_picture(row.id) for row in control.rows))

    second = panel.sorted.mapFromSource(panel.table.index(1, 1))
    panel.view.selectRow(second.row())
    person.click(panel.open)
    person.until(lambda: control.open_case is not None)
    person.table.view.selectRow(3)
    person.until(lambda: not person.session.errands.is_busy_with(person.session.work))
    person.show(panel, "viewer-project")

    for place in range(person.table.sorted.rowCount()):
        person.table.view.selectRow(place)
        person.choose(box.verdict, box.verdict.findText("accepted"))
    for end in (box.first, box.last):
        person.choose(end, 1)
    person.until(lambda: box.submit.isEnabled())
    person.click(box.submit)
    person.until(lambda: control.rows[1].status == "done")
    person.until(lambda: len(person.queue.control.line.entries) == 1)
    person.show(person.queue, "viewer-queue")
    person.until(lambda: bool(person.effort.rounds))
    person.show(person.effort, "viewer-effort")
    person.click(person.queue.open)
    person.until(lambda: control.open_case is not None and control.open_case.id == "case-0003")
    print(panel.said.text())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pictures"))
