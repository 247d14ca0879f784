"""Somebody at a viewer with a model: opens scans, presses buttons, waits for what comes."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))

import person

from napari_vertseg.ui.samples import phantom_scan
from napari_vertseg.volume import Scan


class Person(person.Person):
    """At a viewer of their own; the model is chosen in the Walk panel."""

    def __init__(self, model: str) -> None:
        super().__init__()
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

    def leave(self) -> None:
        """Close the window, and let it go."""
        super().leave()
        self.rest()
