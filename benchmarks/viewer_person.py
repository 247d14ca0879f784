"""Somebody at a viewer: presses buttons, waits for what comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qtpy.QtWidgets import QApplication

from napari_vertseg.ui import open_viewer
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.ui.samples import phantom_scan
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.sessions import session_of
from napari_vertseg.ui.walk_panel import WalkPanel
from napari_vertseg.volume import Scan

PATIENCE_S = 3600.0


class Person:
    """At a viewer of their own, with the panels docked."""

    def __init__(self, model: str) -> None:
        self.viewer = open_viewer(block=False)
        self.window = self.viewer.window._qt_window
        self.window.resize(1500, 940)
        self.session: Session = session_of(self.viewer)
        self.session.failed.connect(self._complain)
        (self.walk,) = self.window.findChildren(WalkPanel)
        if self.walk.form.model.findData(model) < 0:
            self.walk.form.add_model_folder(Path(model))
        self.walk.form.model.setCurrentIndex(self.walk.form.model.findData(model))
        self.rest()

    def open(self, scan: Path | Scan | None) -> None:
        """Open a scan: a file or folder through the panel's errand, or the made spine."""
        before = self.session.work
        if isinstance(scan, Path):
            self.session.errands.open_scan(scan)
        else:
            self.session.show_scan(scan or phantom_scan())
        self.wait(lambda: self.session.work is not None and self.session.work is not before)
        self.rest()
        self.session.show_side()
        self.rest()

    def press(self, action: Action) -> None:
        """Press a button of the Walk panel, which has to be enabled."""
        button = self.walk.buttons[action]
        if not button.isEnabled():
            raise SystemExit(f"{action.value} is off: {button.toolTip()}")
        button.click()

    def wait_for(self, status: Status) -> None:
        """Until the walk is in a status and the table is up to date."""
        session = self.session
        self.wait(lambda: session.walk.status is status)
        self.wait(lambda: not session.errands.is_busy_with(session.work))

    def wait(self, done: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Let the window live until something is so."""
        end = time.monotonic() + patience_s
        while not done():
            QApplication.processEvents()
            time.sleep(0.002)
            if time.monotonic() > end:
                raise SystemExit("waited in vain")

    def rest(self, seconds: float = 0.4) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)

    def leave(self) -> None:
        """Close the window."""
        self.session.close()  # with work that is not saved, closing the window would ask
        self.viewer.close()
        self.rest()

    def _complain(self, ended: Any) -> None:
        print(f"! {ended.error} {ended.details}", flush=True)
