"""Choosing a verdict inside the table."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QAbstractItemModel, QModelIndex, Qt
from qtpy.QtWidgets import QComboBox, QStyledItemDelegate, QWidget

from .records import Verdict


class VerdictBox(QStyledItemDelegate):
    """A combo box while a verdict is edited (double click, or F2)."""

    def createEditor(self, parent: QWidget, option: Any, index: QModelIndex) -> QWidget:  # noqa: N802 - Qt's name
        """The box."""
        box = QComboBox(parent)
        box.addItems([verdict.value for verdict in Verdict])
        box.activated.connect(lambda _: self.commitData.emit(box))
        return box

    def setEditorData(self, editor: Any, index: QModelIndex) -> None:  # noqa: N802 - Qt's name
        """Show the present verdict."""
        editor.setCurrentText(index.data(Qt.ItemDataRole.EditRole))

    def setModelData(  # noqa: N802 - Qt's name
        self, editor: Any, model: QAbstractItemModel, index: QModelIndex
    ) -> None:
        """Pass the chosen one on."""
        model.setData(index, editor.currentText(), Qt.ItemDataRole.EditRole)
