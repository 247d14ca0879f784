"""Keys between Qt's spelling and napari's: ``PgUp`` is ``PageUp`` there, and ``Del`` unknown."""

from __future__ import annotations

from qtpy.QtGui import QKeySequence

from .napari_keys import spelled

# app_model is loaded when it is needed, after napari: loaded first with PySide6, whose hook looks
# into every module that is imported, pydantic would be found half made.


def name_of(sequence: QKeySequence) -> str:
    """The first key of a sequence in napari's spelling; empty where napari does not know it."""
    if not sequence.count():
        return ""
    from app_model.backends.qt import qkeysequence2modelkeybinding

    return spelled(qkeysequence2modelkeybinding(QKeySequence(sequence[0])))


def sequence_of(name: str) -> QKeySequence:
    """A key of the settings as Qt wants it; empty for none."""
    if not name or not spelled(name):
        return QKeySequence()
    from app_model.backends.qt import QKeyBindingSequence
    from napari.utils.key_bindings import coerce_keybinding

    text = QKeyBindingSequence(coerce_keybinding(name)).toString()
    return QKeySequence(text.replace("Enter", "Return"))  # Qt's Enter is on the keypad only
