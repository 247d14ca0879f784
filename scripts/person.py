"""Somebody at napari for the scripts: waits for what comes of a button, takes pictures."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import napari.viewer  # noqa: F401 - before Qt, as in napari_vertseg.ui.opening
from PIL import Image
from qtpy.QtWidgets import QApplication, QDockWidget, QWidget

from napari_vertseg.ui import open_viewer
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.sessions import session_of
from napari_vertseg.ui.walk_panel import WalkPanel

SIZE = (1500, 940)
PATIENCE_S = 3600.0
"""A walk over a long scan, without a GPU."""
MOST_BYTES = 300_000

Panel = TypeVar("Panel", bound=QWidget)


class Person:
    """At a viewer of their own, with the panels docked.

    Parameters
    ----------
    folder : Path, optional
        Where pictures go.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path()
        # Journals of an earlier run are no work of this one, nor of whoever runs the script.
        os.environ.setdefault("VERTSEG_RECOVERY", mkdtemp(prefix="vertseg-recovery-"))
        self.viewer = open_viewer(block=False)
        self.window = self.viewer.window._qt_window
        self.window.resize(*SIZE)
        self.session: Session = session_of(self.viewer)
        self.session.failed.connect(self.complain)
        self.walk = self.panel_of(WalkPanel)

    def panel_of(self, kind: type[Panel]) -> Panel:
        """The docked panel of a kind."""
        (found,) = self.window.findChildren(kind)
        return found

    def complain(self, ended: Any) -> None:
        """Something has failed."""
        print(f"! {ended.error} {ended.details}", flush=True)

    def wait(self, done: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Let the window live until something is so."""
        end = time.monotonic() + patience_s
        while not done():
            QApplication.processEvents()
            time.sleep(0.002)
            if time.monotonic() > end:
                raise SystemExit("waited in vain")

    def rest(self, seconds: float = 0.5) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)

    def press(self, action: Action, *, until: Status | None = None) -> None:
        """Press a button of the Walk panel, which has to be enabled."""
        button = self.walk.buttons[action]
        if not button.isEnabled():
            raise SystemExit(f"{action.value} is off: {button.toolTip()}")
        print(action.value, flush=True)
        button.click()
        if until is not None:
            self.wait_for(until)

    def wait_for(self, status: Status) -> None:
        """Until the walk is in a status and the table is up to date."""
        session = self.session
        self.wait(lambda: session.walk.status is status)
        self.wait(lambda: not session.errands.is_busy_with(session.work))
        self.rest()

    def raise_panel(self, panel: QWidget) -> None:
        """Bring a panel to the front of its tabs."""
        dock: Any = panel
        while not isinstance(dock, QDockWidget):
            dock = dock.parent()
        dock.raise_()

    def picture(self, name: str) -> None:
        """The whole window."""
        self.rest()
        shot = Image.fromarray(self.viewer.screenshot(canvas_only=False, flash=False)[..., :3])
        file = self.folder / f"{name}.png"
        shot.save(file, optimize=True)
        keep_small(file)

    def leave(self) -> None:
        """Close the window."""
        self.session.close()  # with work that is not saved, closing the window would ask
        self.viewer.close()


def keep_small(file: Path) -> None:
    """Fewer pixels and colours for a picture that a page should not have to load."""
    if file.stat().st_size > MOST_BYTES:
        with Image.open(file) as picture:
            shrunk = picture.convert("RGB")
        shrunk.thumbnail((1200, 1200))
        shrunk.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size // 1024} kB", flush=True)
