"""A table of records: columns say what they show; cells are text, and values to sort by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import QAbstractItemView, QTableView

_SORT: Final = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table of records."""

    title: str
    tip: str
    text: Callable[[Any], str]
    sort: Callable[[Any], Any] | None = None
    """Value to sort by; the text where None."""
    colour: Callable[[Any], str | None] = lambda record: None


class RecordTable(QAbstractTableModel):
    """Records as rows; read only."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.records: list[Any] = []

    def show(self, records: Sequence[Any]) -> None:
        """Show other records."""
        self.beginResetModel()
        self.records = list(records)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Records."""
        return 0 if parent is not None and parent.isValid() else len(self.records)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Columns."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles, and what they mean."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        return column.tip if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        column, record = self.columns[index.column()], self.records[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return column.text(record)
        if role == _SORT:
            return column.text(record) if column.sort is None else column.sort(record)
        if role == Qt.ItemDataRole.ForegroundRole:
            colour = column.colour(record)
            return QBrush(QColor(colour)) if colour else None
        return None


class RecordView(QTableView):
    """A sortable view of records; the first order is the one in which they were given."""

    def __init__(self, columns: Sequence[Column], chosen: Callable[[Any], None]) -> None:
        super().__init__()
        self.table = RecordTable(columns)
        self._chosen = chosen
        self._sorted = QSortFilterProxyModel()
        self._sorted.setSourceModel(self.table)
        self._sorted.setSortRole(_SORT)
        self.setModel(self._sorted)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self._sorted.sort(-1)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.selectionModel().currentRowChanged.connect(self._tell)
        self._is_showing = False

    def show_records(self, records: Sequence[Any]) -> None:
        """Show other records; the same ones keep their selection."""
        if records == self.table.records:
            return
        self._is_showing = True
        self.table.show(records)
        self.resizeColumnsToContents()
        self._is_showing = False

    def current(self) -> Any | None:
        """The record that is selected."""
        index = self._sorted.mapToSource(self.currentIndex())
        return self.table.records[index.row()] if index.isValid() else None

    def select(self, is_wanted: Callable[[Any], bool]) -> None:
        """Select the first record that is wanted, without telling."""
        for number, record in enumerate(self.table.records):
            if is_wanted(record):
                self._is_showing = True
                self.selectRow(self._sorted.mapFromSource(self.table.index(number, 0)).row())
                self._is_showing = False
                return

    def record_at(self, row: int) -> Any:
        """The record that stands in a row of the screen."""
        return self.table.records[self._sorted.mapToSource(self._sorted.index(row, 0)).row()]

    def _tell(self, now: QModelIndex, before: QModelIndex) -> None:
        record = self.current() if now.isValid() else None
        if record is not None and not self._is_showing:
            self._chosen(record)
