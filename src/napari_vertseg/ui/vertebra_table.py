"""The vertebrae as a Qt table model; cells are text, and values to sort by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QColor

from .chain import Chain
from .colours import rgba
from .records import Verdict, VertebraRecord
from .vertebra_columns import COLUMNS, LOCK, NUMBER, REASONS, SUSPICION, VERDICT

SORT_ROLE: Final = Qt.ItemDataRole.UserRole
ID_ROLE: Final = Qt.ItemDataRole.UserRole + 1


class VertebraTable(QAbstractTableModel):
    """Shows a chain; edits of verdict and lock are passed on as wishes."""

    def __init__(self, wish: Callable[[VertebraRecord, dict[str, Any]], None]) -> None:
        super().__init__()
        self._wish = wish
        self._rows: list[tuple[int, VertebraRecord]] = []
        self._has_levels = False

    def show_chain(self, chain: Chain | None) -> None:
        """Show the vertebrae of a scan as they are now."""
        self.beginResetModel()
        self._rows = chain.numbered() if chain is not None else []
        self._has_levels = chain.has_levels() if chain is not None else False
        self.endResetModel()

    def row_of(self, vertebra: int | None) -> int | None:
        """Row of an id."""
        ids = [record.id for _, record in self._rows]
        return ids.index(vertebra) if vertebra in ids else None

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Vertebrae."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, and what they mean."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return COLUMNS[section].tip if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        number, record = self._rows[index.row()]
        column = COLUMNS[index.column()]
        value = column.value(number, record)
        if role == ID_ROLE:
            return record.id
        if role == SORT_ROLE:
            return -1.0 if value is None else value
        if role == Qt.ItemDataRole.EditRole:
            return value
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.column(), value, record)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == NUMBER:
            return QColor.fromRgbF(*rgba(record.colour, is_complete=record.instance.is_complete))
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == LOCK:
            return Qt.CheckState.Checked if record.is_locked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole and index.column() in (SUSPICION, REASONS):
            return "\n".join(record.reasons) or "Nothing suspicious."
        return None

    def flags(self, index: QModelIndex) -> Any:
        """Verdicts can be edited, locks ticked."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == VERDICT:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.column() == LOCK:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def setData(self, index: QModelIndex, value: Any, role: int = 0) -> bool:  # noqa: N802 - Qt's
        """Pass an edit on; the table changes when the session says so."""
        record = self._rows[index.row()][1]
        if index.column() == LOCK and role == Qt.ItemDataRole.CheckStateRole:
            self._wish(record, {"is_locked": Qt.CheckState(value) == Qt.CheckState.Checked})
            return True
        if index.column() == VERDICT and value in set(Verdict):
            self._wish(record, {"verdict": Verdict(value)})
            return True
        return False

    def _text(self, column: int, value: Any, record: VertebraRecord) -> str | None:
        if column == LOCK:
            return "locked" if value else None  # in a dark theme the tick is hard to see
        if column == NUMBER and self._has_levels and record.level is not None:
            return record.level.name
        return COLUMNS[column].text(value)
