"""The cases of a project as a Qt table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from qtpy.QtCore import QAbstractTableModel, QModelIndex, QSize, QSortFilterProxyModel, Qt
from qtpy.QtGui import QColor, QPixmap

from .project_rows import HERE, CaseFilter, CaseRow, words_of

ID_ROLE: Final = Qt.ItemDataRole.UserRole
SORT_ROLE: Final = Qt.ItemDataRole.UserRole + 1
PICTURE_SIZE: Final = QSize(64, 56)
_TROUBLE: Final = QColor("#d55e00")


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    title: str
    tip: str
    text: Callable[[CaseRow], str]
    sort: Callable[[CaseRow], Any]


COLUMNS: Final = (
    Column("", "A sagittal slice.", lambda row: "", lambda row: row.id),
    Column("Scan", "Name of the scan, and of its case.", lambda row: _named(row), lambda r: r.id),
    Column("Status", "How far it has come.", lambda row: _status(row), lambda r: _status(r)),
    Column(
        "Role",
        "What the patient's scans may be used for; fixed from the first submission on.",
        lambda row: row.role.value if row.role else "",
        lambda row: row.role or "",
    ),
    Column(
        "Settled",
        "Vertebrae that are accepted or ignored, of all in the table.",
        lambda row: f"{row.settled} of {row.vertebrae}" if row.vertebrae else "–",
        lambda row: row.settled / max(row.vertebrae, 1),
    ),
    Column(
        "Suspicion",
        "Of the worst vertebra, by what the walk said of it.",
        lambda row: "–" if row.worst is None else f"{row.worst:.2f}",
        lambda row: -1.0 if row.worst is None else row.worst,
    ),
    Column(
        "Minutes",
        "Of active work, pauses left out.",
        lambda row: f"{row.minutes:.1f}" if row.minutes else "–",
        lambda row: row.minutes,
    ),
    Column(
        "Annotator", "Of the newest version.", lambda row: row.annotator, lambda row: row.annotator
    ),
)
PICTURE, NAME, STATUS = 0, 1, 2


class CaseTable(QAbstractTableModel):
    """Rows as the control has them; pictures as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[CaseRow] = []
        self._pixmaps: dict[str, QPixmap] = {}

    def show_rows(self, rows: Sequence[CaseRow]) -> bool:
        """Show other rows; where only values differ, what is selected stays so.

        Returns whether anything differs.
        """
        if [row.id for row in rows] == [row.id for row in self.rows]:
            changed = [i for i, row in enumerate(rows) if row != self.rows[i]]
            self.rows = list(rows)
            for i in changed:
                self.dataChanged.emit(self.index(i, 0), self.index(i, len(COLUMNS) - 1))
            return bool(changed)
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()
        return True

    def show_picture(self, case_id: str, path: Path) -> None:
        """Show the picture of a case, which may be a new one under the old name."""
        picture = QPixmap(str(path))
        self._pixmaps[case_id] = picture.scaled(
            PICTURE_SIZE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        for i, row in enumerate(self.rows):
            if row.id == case_id:
                self.dataChanged.emit(self.index(i, PICTURE), self.index(i, PICTURE))

    def forget_pictures(self) -> None:
        """Another project is shown."""
        self._pixmaps.clear()

    def has_picture(self, case_id: str) -> bool:
        """Whether a case is shown with a picture."""
        return case_id in self._pixmaps

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Number of cases."""
        return len(self.rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802 - Qt's name
        """Number of columns."""
        return len(COLUMNS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles and their tooltips."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        return COLUMNS[section].tip if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        if role == ID_ROLE:
            return row.id
        if role == SORT_ROLE:
            return column.sort(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == PICTURE:
            return self._pixmaps.get(row.id)
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.trouble or _about(row)
        if role == Qt.ItemDataRole.ForegroundRole and row.trouble:
            return _TROUBLE
        return None


class FilteredCases(QSortFilterProxyModel):
    """Sorted, and only those that a filter lets through."""

    def __init__(self, table: CaseTable) -> None:
        super().__init__()
        self._table = table
        self.filter = CaseFilter()
        self.setSourceModel(table)
        self.setSortRole(SORT_ROLE)

    def show_only(self, chosen: CaseFilter) -> None:
        """Filter otherwise."""
        self.filter = chosen
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex) -> bool:  # noqa: N802 - Qt's name
        """Whether a row is shown."""
        return self.filter.lets_through(self._table.rows[source_row])


def _named(row: CaseRow) -> str:
    return row.name if row.name == row.id else f"{row.name}\n{row.id}"


def _status(row: CaseRow) -> str:
    words = words_of(row.status)
    if not row.open_for:
        return words
    return f"{words}\nopen here" if row.open_for == HERE else f"{words}\nopen elsewhere"


def _about(row: CaseRow) -> str:
    versions = f"{row.versions} version{'' if row.versions == 1 else 's'}"
    lines = [f"{row.id}: {row.name}", f"{row.vertebrae} vertebrae, {versions}"]
    if row.open_for:
        lines.append(f"Open for {row.open_for}")
    return "\n".join(lines)
