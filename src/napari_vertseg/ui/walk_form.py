"""The Walk panel's form, and the request that it makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QFormLayout, QLabel, QWidget

from .models import shipped_names
from .widgets import button, choices, row
from .wishes import StartFrom, WalkRequest, Way

_DEFAULT = "starter"


class WalkForm(QWidget):
    """Model, direction, start, device."""

    changed = Signal()

    folder_chosen = Signal(str)

    def __init__(self, folders: Sequence[str] = ()) -> None:
        super().__init__()
        self.model = QComboBox()
        self.model.setToolTip("Shipped models, and model folders that you have chosen.")
        for name in shipped_names():
            self.model.addItem(name, name)
        for folder in folders:
            if Path(folder).is_dir():
                self.model.addItem(Path(folder).name, folder)
        self.model.setCurrentIndex(max(self.model.findData(_DEFAULT), 0))
        self.way = choices(Way)
        self.way.setToolTip("Which way to walk along the spine.")
        self.start = choices(StartFrom)
        self.start.setToolTip("Where to begin.")
        self.device = QComboBox()
        self.device.addItems(["auto", "cpu", "cuda", "mps"])
        self.device.setToolTip(
            "What computes. A GPU is used only after its answer agreed with the CPU's."
        )
        choose = button("Folder…", "Choose a model folder.", self._choose_folder, name="folder")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Model", row(self.model, choose))
        form.addRow("Walk", row(self.way, QLabel("on"), self.device))
        form.addRow("From", self.start)
        for box in (self.model, self.way, self.start, self.device):
            box.currentIndexChanged.connect(self.changed)

    def request(self) -> WalkRequest:
        """What the form asks for."""
        return WalkRequest(
            model=self.model.currentData() or "",
            way=Way(self.way.currentText()),
            start=StartFrom(self.start.currentText()),
            device=self.device.currentText(),
        )

    def add_model_folder(self, folder: Path) -> None:
        """Offer a model folder, and choose it."""
        place = self.model.findData(str(folder))
        if place < 0:
            self.model.addItem(folder.name, str(folder))
            place = self.model.count() - 1
        self.model.setCurrentIndex(place)

    def use_model(self, model: str) -> None:
        """Choose a model, given as one of the list or as a folder."""
        place = self.model.findData(model)
        if place >= 0:
            self.model.setCurrentIndex(place)
        elif Path(model).is_dir():
            self.add_model_folder(Path(model))

    def begin_at(self, start: StartFrom) -> None:
        """Choose where to begin."""
        self.start.setCurrentText(str(start.value))

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Choose a model folder")
        if chosen:
            self.add_model_folder(Path(chosen))
            self.folder_chosen.emit(chosen)
