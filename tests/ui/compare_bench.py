"""A comparison in a viewer without a window, for those who test it."""

from __future__ import annotations

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.ui.compare_control import CompareControl
from napari_vertseg.ui.marks import KEY
from napari_vertseg.ui.running import Ended
from napari_vertseg.ui.session import Session

from .conftest import start_at_once


class Bench:
    """A control in a viewer without a window, with what it said."""

    def __init__(self, project: Project) -> None:
        components = pytest.importorskip("napari").components
        self.session = Session(components.ViewerModel(), start=start_at_once)
        self.control = CompareControl(self.session)
        self.failures: list[Ended] = []
        self.said: list[str] = []
        self.offered: list[str] = []
        self.control.failed.connect(self.failures.append)
        self.control.said.connect(self.said.append)
        self.control.place.model_offered.connect(self.offered.append)
        self.control.place.show(project)

    @property
    def shown(self) -> list[str]:
        """Parts of the comparison that can be seen."""
        layers = self.session.viewer.layers
        parts = [(layer.metadata.get(KEY, {}).get("compared"), layer) for layer in layers]
        return [part for part, layer in parts if part and layer.visible]
