"""Binding keys anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QKeySequenceEdit,
    QLabel,
    QWidget,
)

from .napari_keys import Taken, clashes, spelled, taken_by_napari
from .qt_keys import name_of, sequence_of
from .settings import DEFAULT_KEYS, Key, Settings


class KeyDialog(QDialog):
    """One field per deed; two deeds cannot have one key, and napari's own are told of.

    Parameters
    ----------
    settings : Settings
    parent : QWidget, optional
    taken : sequence of Taken, optional
        The keys that napari uses; asked of napari where not given.
    """

    def __init__(
        self,
        settings: Settings,
        parent: QWidget | None = None,
        taken: Sequence[Taken] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self._settings = settings
        self._taken = taken_by_napari() if taken is None else taken
        self.fields = {key: QKeySequenceEdit() for key in Key}
        self.notice, self.fault = _words(), _words()
        ok, cancel = QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel
        buttons = QDialogButtonBox(ok | cancel)
        buttons.accepted.connect(self._accept_if_sound)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        for key, field in self.fields.items():
            field.setKeySequence(sequence_of(settings.key_of(key)))
            field.keySequenceChanged.connect(self._notice)
            form.addRow(key.value, field)
        form.addRow(QLabel("They act in new windows. An empty field is no key."))
        form.addRow(self.notice)
        form.addRow(self.fault)
        form.addRow(buttons)
        self._notice()

    def chosen(self) -> Settings:
        """The settings with the keys of the form."""
        changed = {
            key.value: name
            for key, name in self._names().items()
            if name != spelled(DEFAULT_KEYS[key.value])
        }
        return replace(self._settings, keys=changed)

    def _names(self) -> dict[Key, str]:
        return {key: name_of(field.keySequence()) for key, field in self.fields.items()}

    def _notice(self) -> None:
        """Tell, while one chooses, what napari does with the same keys."""
        self.fault.hide()
        _say(self.notice, "\n".join(clashes(self._names(), self._taken)))

    def _accept_if_sound(self) -> None:
        names = self._names()
        used = [name for name in names.values() if name]
        twice = sorted({name for name in used if used.count(name) > 1})
        strange = [f.keySequence() for k, f in self.fields.items() if not names[k]]
        unknown = [sequence.toString() for sequence in strange if sequence.count()]
        if twice:
            _say(self.fault, f"{twice[0]} is there twice; give each deed a key of its own.")
        elif unknown:
            _say(self.fault, f"napari does not know the key {unknown[0]}; choose another.")
        else:
            self.accept()


def _words() -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.hide()
    return made


def _say(label: QLabel, words: str) -> None:
    label.setText(words)
    label.setVisible(bool(words))
