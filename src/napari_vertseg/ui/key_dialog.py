"""Binding keys anew."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QKeySequenceEdit,
    QLabel,
    QWidget,
)

from .settings import DEFAULT_KEYS, Key, Settings


class KeyDialog(QDialog):
    """One field per deed; two deeds cannot have one key."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self._settings = settings
        self.fields = {key: QKeySequenceEdit() for key in Key}
        self.fault = QLabel()
        self.fault.setWordWrap(True)
        self.fault.hide()
        ok, cancel = QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel
        buttons = QDialogButtonBox(ok | cancel)
        buttons.accepted.connect(self._accept_if_sound)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        for key, field in self.fields.items():
            field.setKeySequence(QKeySequence(settings.key_of(key).replace("-", "+")))
            form.addRow(key.value, field)
        form.addRow(QLabel("They act in new windows. An empty field is no key."))
        form.addRow(self.fault)
        form.addRow(buttons)

    def chosen(self) -> Settings:
        """The settings with the keys of the form."""
        keys = {key.value: self._name(key) for key in Key}
        changed = {name: key for name, key in keys.items() if key != DEFAULT_KEYS[name]}
        return replace(self._settings, keys=changed)

    def _name(self, key: Key) -> str:
        text = self.fields[key].keySequence().toString()
        return str(text.split(",")[0].strip().replace("+", "-"))

    def _accept_if_sound(self) -> None:
        used = [self._name(key) for key in Key if self._name(key)]
        twice = sorted({name for name in used if used.count(name) > 1})
        if twice:
            self.fault.setText(f"{twice[0]} is there twice; give each deed a key of its own.")
            self.fault.show()
        else:
            self.accept()
