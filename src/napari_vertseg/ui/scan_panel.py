"""The Scan panel: open a scan, see what it is, choose the view, take over a mask."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QLabel, QVBoxLayout, QWidget

from ..volume import Scan
from .foreign_form import ForeignForm
from .marks import mark_of
from .running import Ended
from .scan_words import about
from .session import Session
from .views import GREY_WINDOWS, View, show_space, show_view
from .widgets import Complaint, allow, button, disclaimer, row

_NO_SCAN = "There is no scan yet."
_HAS_VERTEBRAE = "There are vertebrae already: save them, and remove all in the Vertebrae panel."
_WALKS = "The walk is running; pause it first."


class ScanPanel(QWidget):
    """Emits wishes to the session of its viewer, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._scan: Scan | None = None
        self.about = QLabel()
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        self.foreign = ForeignForm(self._take_layer)
        self.complaint = Complaint()
        self.mask_file = button(
            "Mask from file…",
            "Take the mask of another program as the proposal: its vertebrae fill the table.",
            self._take_mask_file,
        )
        self.mask_layer = button(
            "Mask from layer",
            "Take the active labels layer as the proposal.",
            self._take_mask_layer,
        )
        self._lay_out()
        selection = session.viewer.layers.selection
        selection.events.active.connect(self._on_active)
        session.scan_changed.connect(self.refresh)
        session.chain_changed.connect(self.refresh)
        session.changed.connect(self.refresh)
        session.failed.connect(self._complain)
        self.refresh()

    def refresh(self) -> None:
        """Show what the scan is, and what can be done now."""
        work = self.session.work
        scan = None if work is None else work.scan
        if scan is not self._scan or scan is None:
            self._scan = scan  # its values are looked through: once is enough
            self.about.setText(_NO_SCAN if scan is None else about(scan))
        for made in self.windows:
            allow(made, _NO_SCAN if scan is None else None)
        self.warnings.setText("" if work is None else "\n".join(work.scan.warnings))
        self.warnings.setVisible(bool(self.warnings.text()))
        active = self.session.viewer.layers.selection.active
        self.foreign.show_for(active)
        reason = self._against_masks()
        allow(self.mask_file, reason)
        allow(self.mask_layer, reason or _against_mask(active))

    def _against_masks(self) -> str | None:
        work = self.session.work
        if work is None:
            return _NO_SCAN
        if work.frozen:
            return f"You only look: {work.frozen}"
        if work.is_walking():
            return _WALKS
        return _HAS_VERTEBRAE if len(work.chain) else None

    def _lay_out(self) -> None:
        views = [
            button(view.title, f"{view.title} slices, upright.", partial(self._view, view))
            for view in View
        ]
        self.windows = [
            button(
                grey.title,
                "Grey values from {:g} to {:g} HU.".format(*grey.limits_hu),
                partial(self._window, grey.limits_hu),
            )
            for grey in GREY_WINDOWS
        ]
        views.append(button("3D", "Head up, from the patient's left front.", self._view_in_space))
        layout = QVBoxLayout(self)
        layout.addLayout(
            row(
                button("Open scan…", "NIfTI, MHA, NRRD or a TIFF stack.", self._open_file),
                button("DICOM folder…", "A folder with one CT series.", self._open_folder),
            )
        )
        layout.addWidget(self.about)
        layout.addWidget(self.warnings)
        layout.addWidget(self.foreign)
        layout.addLayout(row(*views))
        layout.addLayout(row(*self.windows))
        layout.addLayout(row(self.mask_file, self.mask_layer))
        layout.addWidget(self.complaint)
        layout.addWidget(disclaimer())
        layout.addStretch()

    def _open_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Open a CT scan", "", "Scans (*.nii *.nii.gz *.mha *.mhd *.nrrd *.tif *.tiff)"
        )
        if path:
            self.complaint.hide()
            self.session.errands.open_scan(Path(path))

    def _open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a folder of DICOM files")
        if path:
            self.complaint.hide()
            self.session.errands.open_scan(Path(path))

    def _take_layer(self) -> None:
        active = self.session.viewer.layers.selection.active
        if active is not None:
            self.complaint.hide()
            self.session.errands.take_layer(active, self.foreign.geometry_asked())

    def _take_mask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Take a mask", "", "Masks (*.nii *.nii.gz *.mha *.mhd *.nrrd)"
        )
        if path:
            self.complaint.hide()
            self.session.errands.take_mask_file(Path(path))

    def _take_mask_layer(self) -> None:
        active = self.session.viewer.layers.selection.active
        if active is not None:
            self.complaint.hide()
            self.session.errands.take_mask_layer(active)

    def _view(self, view: View) -> None:
        show_view(self.session.viewer, view)

    def _view_in_space(self) -> None:
        show_space(self.session.viewer)

    def _window(self, limits_hu: tuple[float, float]) -> None:
        if self.session.work is not None:
            self.session.work.spine.show_window(limits_hu)

    def _on_active(self, event: Any = None) -> None:
        active = self.session.viewer.layers.selection.active
        if active is not None:
            self.session.work_on(active)
        self.refresh()

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


def _against_mask(layer: Any) -> str | None:
    if layer is None or layer._type_string != "labels":
        return "Make a labels layer active: click it in the layer list."
    if mark_of(layer) is not None:
        return "That layer is our own; make another one active."
    return None
