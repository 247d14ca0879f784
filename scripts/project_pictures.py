"""The pictures of docs/projects.md: a demo project, corrected and submitted button by button.

    xvfb-run -s "-screen 0 1600x1000x24" python scripts/project_pictures.py [FOLDER]

Needs napari, a Qt binding and a display (Xvfb will do). FOLDER is docs/pictures unless given.
Makes the demo project in a temporary folder; two minutes on two idle cores.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDockWidget, QFileDialog

SIZE = (1500, 940)
PATIENCE_S = 600.0
MOST_BYTES = 300_000


class Person:
    """Presses buttons, waits, takes pictures."""

    def __init__(self, folder: Path) -> None:
        from napari_vertseg.ui import open_viewer
        from napari_vertseg.ui.effort_panel import EffortPanel
        from napari_vertseg.ui.panels import effort_panel, queue_panel
        from napari_vertseg.ui.project_panel import ProjectPanel
        from napari_vertseg.ui.queue_panel import QueuePanel
        from napari_vertseg.ui.sessions import session_of
        from napari_vertseg.ui.vertebra_panel import VertebraPanel

        self.folder = folder
        self.viewer = open_viewer(block=False)
        self.window = self.viewer.window._qt_window
        self.window.resize(*SIZE)
        self.session = session_of(self.viewer)
        for make, name in ((queue_panel, "Queue"), (effort_panel, "Effort")):
            self.viewer.window.add_dock_widget(
                make(self.viewer), name=name, area="right", tabify=True
            )
        kinds = (ProjectPanel, QueuePanel, EffortPanel, VertebraPanel)
        self.project, self.queue, self.effort, self.table = (
            self.window.findChildren(kind)[0] for kind in kinds
        )
        self.control = self.project.control
        for signal in (self.session.failed, self.control.failed, self.queue.control.failed):
            signal.connect(self.complain)

    def complain(self, ended: Any) -> None:
        print(f"! {ended.error} {ended.details}")

    def wait(self, done: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        end = time.monotonic() + patience_s
        while not done() and time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.005)

    def wait_for(self, done: Callable[[], bool]) -> None:
        self.wait(lambda: done() and not self.control.busy)
        self.wait(lambda: False, 0.5)

    def press(self, button: Any) -> None:
        print(f"{button.text()}{'' if button.isEnabled() else ': ' + button.toolTip()}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, box: Any, place: int) -> None:
        box.setCurrentIndex(place)
        box.activated.emit(place)

    def picture(self, panel: Any, name: str) -> None:
        self.raise_panel(panel)
        self.wait(lambda: False, 0.7)
        shot = Image.fromarray(self.viewer.screenshot(canvas_only=False, flash=False)[..., :3])
        file = self.folder / f"{name}.png"
        shot.save(file, optimize=True)
        if file.stat().st_size > MOST_BYTES:
            shot.thumbnail((1200, 1200))
            shot.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
        print(f"{file.name}: {file.stat().st_size // 1024} kB, {shot.size}")

    def raise_panel(self, panel: Any) -> None:
        dock = panel
        while not isinstance(dock, QDockWidget):
            dock = dock.parent()
        dock.raise_()


def main(folder: Path) -> None:
    """From an empty window to a submitted case."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        os.environ["VERTSEG_SETTINGS"] = str(Path(place) / "settings.json")
        os.environ["VERTSEG_RECOVERY"] = str(Path(place) / "recovery")
        os.environ["VERTSEG_ANNOTATOR"] = "Ann"
        person = Person(folder)
        QFileDialog.getExistingDirectory = lambda *_, **__: place
        correct_one(person)
        person.session.close()  # with work that is not saved, closing the window would ask
        person.viewer.close()


def correct_one(person: Person) -> None:
    """Demo project, second scan, every vertebra judged, submitted; the queue has the next."""
    panel, box, control = person.project, person.project.box, person.control
    person.press(panel.demo)
    person.wait_for(lambda: len(control.rows) == 4)
    person.wait_for(lambda: all(panel.table.has_picture(row.id) for row in control.rows))

    second = panel.sorted.mapFromSource(panel.table.index(1, 1))
    panel.view.selectRow(second.row())
    person.press(panel.open)
    person.wait_for(lambda: control.open_case is not None)
    person.table.view.selectRow(3)
    person.wait_for(lambda: not person.session.errands.is_busy_with(person.session.work))
    person.picture(panel, "viewer-project")

    for place in range(person.table.sorted.rowCount()):
        person.table.view.selectRow(place)
        person.choose(box.verdict, box.verdict.findText("accepted"))
    for end in (box.first, box.last):
        person.choose(end, 1)
    person.wait_for(lambda: box.submit.isEnabled())
    person.press(box.submit)
    person.wait_for(lambda: control.rows[1].status == "done")
    person.wait_for(lambda: len(person.queue.control.line.entries) == 1)
    person.picture(person.queue, "viewer-queue")
    person.wait_for(lambda: bool(person.effort.rounds))
    person.picture(person.effort, "viewer-effort")
    person.press(person.queue.open)
    person.wait_for(lambda: control.open_case is not None and control.open_case.id == "case-0003")
    print(panel.said.text())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/pictures"))
