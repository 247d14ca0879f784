"""The Vertebrae panel: every vertebra a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtCore import QItemSelection, QSortFilterProxyModel, Qt
from qtpy.QtGui import QShortcut
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QMessageBox,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from .deeds import TableDeeds
from .key_dialog import KeyDialog
from .permissions import Status
from .qt_keys import sequence_of
from .records import VertebraRecord
from .session import Session
from .verdict_box import VerdictBox
from .vertebra_columns import COLUMNS, SUSPICION, VERDICT
from .vertebra_table import ID_ROLE, SORT_ROLE, VertebraTable
from .widgets import allow, button, disclaimer, row

LEGEND = "1 = topmost vertebra in view: their levels are not known."
_NOTHING = "There is no vertebra yet: walk first."


class VertebraPanel(QWidget):
    """Table of the current scan's vertebrae; selecting a row shows the vertebra."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.model = VertebraTable(self._edit)
        self.sorted = QSortFilterProxyModel()
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT_ROLE)
        self.view = QTableView()
        self.view.setModel(self.sorted)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setTabKeyNavigation(False)
        header = self.view.horizontalHeader()
        header.setStretchLastSection(True)
        self.view.verticalHeader().hide()
        self.view.setItemDelegateForColumn(VERDICT, VerdictBox(self.view))
        self.order = QComboBox()
        self.order.setToolTip("Sort the table, worst suspicion first; the same as its headers.")
        for column in COLUMNS:
            self.order.addItem(f"sorted by {column.title}")
        self.order.currentIndexChanged.connect(self._sort)
        header.sortIndicatorChanged.connect(self._show_order)
        self.legend = QLabel(LEGEND)
        self.save = button("Save masks…", "Save the vertebrae on the scan's own grid.", self._save)
        self.csv = button("Table as CSV…", "Export the table.", self._export, name="csv")
        self.with_incomplete = QCheckBox("with incomplete ones")
        self.with_incomplete.setToolTip(
            "Vertebrae that are not wholly in view are left out of the mask unless this is ticked."
        )
        self.split = button(
            "One layer each", "Show every vertebra in a layer of its own.", self._split
        )
        self.clear = button("Remove all…", "Take all vertebrae out of the table.", self._clear)
        self._lay_out()
        self._bind_keys()
        session.chain_changed.connect(self.refresh)
        session.changed.connect(self.refresh)
        session.scan_changed.connect(self.refresh)
        session.selection_changed.connect(self._show_selection)
        selection = self.view.selectionModel()
        selection.selectionChanged.connect(self._choose)
        self._is_showing = False
        self.refresh()

    def refresh(self) -> None:
        """Show the vertebrae as they are now."""
        work = self.session.work
        chain = work.chain if work else None
        self._is_showing = True
        self.model.show_chain(chain)
        self._is_showing = False
        self.legend.setVisible(chain is None or not chain.has_levels())
        nothing = None if chain is not None and len(chain) else _NOTHING
        allow(self.save, nothing)
        allow(self.csv, nothing)
        is_split = work is not None and work.is_split()
        self.split.setText("Back to one layer" if is_split else "One layer each")
        allow(self.split, nothing or self._against_masks())
        allow(self.clear, nothing or self._against_masks())
        self.view.resizeColumnsToContents()
        self._show_selection()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.view)
        layout.addLayout(row(self.save, self.with_incomplete, self.csv, self.split, self.clear))
        keys = button("Keys…", "See the keys, and bind them anew.", self._edit_keys)
        layout.addLayout(row(self.order, keys, self.legend, disclaimer()))

    def _sort(self, column: int) -> None:
        falls = column == SUSPICION
        order = Qt.SortOrder.DescendingOrder if falls else Qt.SortOrder.AscendingOrder
        self.view.sortByColumn(column, order)

    def _show_order(self, column: int, order: Qt.SortOrder) -> None:
        self.order.blockSignals(True)
        self.order.setCurrentIndex(column)
        self.order.blockSignals(False)

    def _bind_keys(self) -> None:
        """In the table, keys do what they do in the viewer."""
        deeds = TableDeeds(self.session).by_key()
        for key, deed in deeds.items():
            shortcut = QShortcut(sequence_of(self.session.settings.key_of(key)), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(deed)

    def _edit_keys(self) -> None:
        dialog = KeyDialog(self.session.settings, self)
        if dialog.exec():
            self.session.remember(dialog.chosen())

    def _choose(self, selected: QItemSelection, _: QItemSelection) -> None:
        work = self.session.work
        if self._is_showing or work is None:
            return
        indexes = selected.indexes()
        work.select(indexes[0].data(ID_ROLE) if indexes else None, jump=True)

    def _show_selection(self) -> None:
        work = self.session.work
        source = self.model.row_of(work.selected) if work else None
        self._is_showing = True
        if source is None:
            self.view.clearSelection()
        else:
            place = self.sorted.mapFromSource(self.model.index(source, 0))
            self.view.selectRow(place.row())
            self.view.scrollTo(place)
        self._is_showing = False

    def _edit(self, record: VertebraRecord, changes: dict[str, Any]) -> None:
        if self.session.work is not None:
            self.session.work.judge(record.id, **changes)

    def _against_masks(self) -> str | None:
        walk = self.session.walk
        if walk is None:
            return None
        if self.session.errands.is_turning(walk.work):
            return "Layers are being made or taken away; this takes a moment."
        is_running = walk.status not in (Status.IDLE, Status.PAUSED)
        return "The walk is running; pause it first." if is_running else None

    def _split(self) -> None:
        if self.session.work is not None:
            self.session.split_or_join()

    def _clear(self) -> None:
        yes = QMessageBox.StandardButton.Yes
        question = "Remove all vertebrae of this scan? What is not saved is lost."
        buttons = yes | QMessageBox.StandardButton.Cancel
        if QMessageBox.question(self, "Remove all", question, buttons) == yes:
            self.session.clear()

    def _save(self) -> None:
        work = self.session.work
        if work is None:
            return
        name = f"{work.scan.name}_vertebrae.nii.gz"
        path, _ = QFileDialog.getSaveFileName(
            self, "Save masks", name, "Volumes (*.nii.gz *.nii *.nrrd *.mha)"
        )
        if path:
            self.session.errands.save(Path(path), keep_incomplete=self.with_incomplete.isChecked())

    def _export(self) -> None:
        work = self.session.work
        if work is None:
            return
        name = f"{work.scan.name}_vertebrae.csv"
        path, _ = QFileDialog.getSaveFileName(self, "Export the table", name, "Tables (*.csv)")
        if path:
            self.session.errands.export_table(Path(path))
