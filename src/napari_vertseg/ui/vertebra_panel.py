"""The Vertebrae panel: every vertebra a row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from qtpy.QtCore import QItemSelection, QSortFilterProxyModel, Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFileDialog,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from .chain import VertebraRecord
from .session import Session
from .verdict_box import VerdictBox
from .vertebra_columns import VERDICT
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
        self.view.setItemDelegateForColumn(VERDICT, VerdictBox(self.view))
        self.legend = QLabel(LEGEND)
        self.save = button("Save masks…", "Save the vertebrae on the scan's own grid.", self._save)
        self.csv = button("Table as CSV…", "Export the table.", self._export, name="csv")
        self.with_incomplete = QCheckBox("with incomplete ones")
        self.with_incomplete.setToolTip(
            "Vertebrae that are not wholly in view are left out of the mask unless this is ticked."
        )
        layout = QVBoxLayout(self)
        layout.addWidget(self.view)
        layout.addLayout(row(self.save, self.with_incomplete, self.csv, self.legend, disclaimer()))
        session.chain_changed.connect(self.refresh)
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
        self.view.resizeColumnsToContents()
        self._show_selection()

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
            self.session.work.chain.update(replace(record, **changes))

    def _save(self) -> None:
        work = self.session.work
        if work is None:
            return
        name = f"{work.scan.name}_vertebrae.nii.gz"
        path, _ = QFileDialog.getSaveFileName(
            self, "Save masks", name, "Volumes (*.nii.gz *.nii *.nrrd *.mha)"
        )
        if path:
            self.session.save(Path(path), keep_incomplete=self.with_incomplete.isChecked())

    def _export(self) -> None:
        work = self.session.work
        if work is None:
            return
        name = f"{work.scan.name}_vertebrae.csv"
        path, _ = QFileDialog.getSaveFileName(self, "Export the table", name, "Tables (*.csv)")
        if path:
            self.session.export_table(Path(path))
