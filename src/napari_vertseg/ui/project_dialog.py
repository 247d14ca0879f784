"""The dialog that asks how scans are to be taken into a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ..cases import Role
from .project_import import ImportWish, reason_against
from .widgets import button, row

_SCANS = "Scans (*.nii *.nii.gz *.mha *.mhd *.nrrd *.tif *.tiff)"
_MASKS = "Masks (*.nii *.nii.gz *.mha *.mhd *.nrrd)"
_VALUES = (
    ("Find out what the values mean", "auto"),
    ("Values are VerSe levels (1 = C1)", "verse"),
    ("Values are mere numbers", "numbers"),
)


class ImportDialog(QDialog):
    """Which scans, whose, what for, and with which mask.

    Parameters
    ----------
    copies : bool
        What the project does with scans unless told otherwise.
    """

    def __init__(self, *, copies: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import scans")
        self._scans: tuple[Path, ...] = ()
        self._mask: Path | None = None
        self.scans, self.mask = QLabel(), QLabel()
        self.copy = QCheckBox("Copy the scans into the project")
        self.copy.setChecked(copies)
        self.copy.setToolTip(
            "Without it the project refers to the files where they are and notices when they "
            "change. Copies carry no tags."
        )
        self.patient = QLineEdit()
        self.patient.setPlaceholderText("of files that do not say; only a hash is kept")
        self.patient.setToolTip(
            "Anything that tells this patient from others. All scans of a patient have one role."
        )
        self.role = QComboBox()
        self.role.addItem("as proposed: every fourth patient validates", None)
        for role in Role:
            self.role.addItem(role.value, role)
        self.use = QComboBox()
        self.use.addItem("a proposal to correct", False)
        self.use.addItem("a reference: accepted as it is", True)
        self.values = QComboBox()
        for title, value in _VALUES:
            self.values.addItem(title, value)
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.refresh()

    def wish(self) -> ImportWish:
        """What is asked for now."""
        role = self.role.currentData()
        return ImportWish(
            scans=self._scans,
            mask=self._mask,
            is_reference=self._mask is not None and bool(self.use.currentData()),
            values=self.values.currentData(),
            patient=self.patient.text(),
            role=Role(role) if role else None,  # PySide6 makes a plain string of it
            copy=self.copy.isChecked(),
        )

    def choose_scans(self, paths: Sequence[Path]) -> None:
        """These, rather than those chosen before."""
        self._scans = tuple(sorted(paths))
        self.refresh()

    def choose_mask(self, path: Path | None) -> None:
        """One mask, or none."""
        self._mask = path
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen, and whether it can be done."""
        names = [path.name for path in self._scans]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        self.scans.setText(", ".join(names[:3]) + more or "none chosen yet")
        self.mask.setText(self._mask.name if self._mask else "none")
        for box in (self.use, self.values):
            box.setEnabled(self._mask is not None)
        reason = reason_against(self.wish())
        self.reason.setText(reason or "")
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(reason is None)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Scans", self.scans)
        form.addRow(
            "",
            _widget(
                button("Files…", "NIfTI, MHA, NRRD or TIFF; several at once.", self._ask_files),
                button("DICOM folder…", "A folder with one CT series.", self._ask_folder),
            ),
        )
        form.addRow("", self.copy)
        form.addRow("Patient", self.patient)
        form.addRow("Role", self.role)
        form.addRow("Mask", self.mask)
        form.addRow(
            "",
            _widget(
                button("Mask file…", "Vertebrae of another program.", self._ask_mask),
                button("No mask", "Take the scan in without.", lambda: self.choose_mask(None)),
            ),
        )
        form.addRow("The mask is", self.use)
        form.addRow("", self.values)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.reason)
        layout.addWidget(self.buttons)

    def _ask_files(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Scans to import", "", _SCANS)
        if paths:
            self.choose_scans([Path(path) for path in paths])

    def _ask_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder of DICOM files")
        if path:
            self.choose_scans([Path(path)])

    def _ask_mask(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "The mask of the scan", "", _MASKS)
        if path:
            self.choose_mask(Path(path))


def _widget(*parts: QWidget) -> QWidget:
    made = QWidget()
    layout = row(*parts)
    layout.setContentsMargins(0, 0, 0, 0)
    made.setLayout(layout)
    return made
