"""The Project panel: scans with their state, and the case that is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..cases import Role, Status
from .project_box import CaseBox
from .project_control import control_of
from .project_dialog import ImportDialog
from .project_leaving import leave_then
from .project_rows import CaseFilter, summary, words_of
from .project_table import ID_ROLE, NAME, PICTURE, PICTURE_SIZE, CaseTable, FilteredCases
from .project_thumbnail import thumbnail_path
from .running import Ended
from .session import Session
from .widgets import Complaint, TallArea, allow, button, disclaimer, row

_LIFE_MS: Final = 60_000
_LOOK_MS: Final = 20_000
"""So often the table is looked at again: others work in the project, too."""


class ProjectPanel(QWidget):
    """Emits wishes to the control of its viewer, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.control = control_of(session)
        self._shown: object = None
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.annotator = QLineEdit(self.control.annotator)
        self.annotator.setToolTip("Your name, as every version you save will have it.")
        self.annotator.editingFinished.connect(self._name)
        self.search = QLineEdit()
        self.search.setPlaceholderText("find")
        self.search.setClearButtonEnabled(True)
        self.status, self.role, self.by = QComboBox(), QComboBox(), QComboBox()
        self.table = CaseTable()
        self.sorted = FilteredCases(self.table)
        self.view = QTableView()
        self.summary, self.said = QLabel(), QLabel()
        self.box, self.complaint = CaseBox(self.control), Complaint()
        self._make_buttons()
        self._set_up_table()
        self._set_up_filter()
        self._lay_out()
        self.control.changed.connect(self.refresh)
        self.control.look.pictured.connect(self._show_picture)
        self.control.said.connect(self._say)
        self.control.failed.connect(self._complain)
        session.selection_changed.connect(self.box.refresh)
        self._timers = [self._every(_LIFE_MS, self.control.sign_of_life)]
        self._timers.append(self._every(_LOOK_MS, self._look))
        self.refresh()

    def refresh(self) -> None:
        """Show the project as it is now."""
        project = self.control.project
        if project != self._shown:
            self._shown = project
            self.table.forget_pictures()
        name = project.folder.path.name if project else "No project is open."
        self.title.setText(f"<b>{name}</b>" if project else name)
        if self.table.show_rows(self.control.rows):
            self._show_annotators()
            self._fit()
        words = summary(self.control.rows) if project else ""
        self.summary.setText(self.control.busy or words)
        against = self.control.against_change()
        allow(self.add, against)
        chosen = self.chosen()
        allow(self.open, against or (None if chosen else "No scan is selected in the table."))
        allow(self.use, against or (None if chosen else "No scan is selected in the table."))
        for made in (self.new, self.demo):
            allow(made, f"{self.control.busy} Wait a moment." if self.control.busy else None)
        self.box.refresh()

    def chosen(self) -> str | None:
        """Id of the case that is selected in the table."""
        rows = self.view.selectionModel().selectedRows()
        return rows[0].data(ID_ROLE) if rows else None

    def leave_and_open(self, case_id: str) -> None:
        """Open a case, after asking about what is not saved in the one before."""
        self._leave(partial(self.control.show_case, case_id))

    def _leave(self, go: Callable[[], None]) -> None:
        self.complaint.hide()
        leave_then(self, self.control, go)

    def _make_buttons(self) -> None:
        self.new = button("New…", "Make a project in an empty folder.", self._new)
        self.demo = button(
            "Demo…", "Make a project with four made scans: nothing to download.", self._demo
        )
        self.folders = QToolButton()
        self.folders.setObjectName("Open…")
        self.folders.setText("Open…")
        self.folders.setMinimumWidth(70)
        self.folders.setToolTip("Open a project folder; the arrow has those of before.")
        self.folders.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self.folders.clicked.connect(lambda checked=False: self._open_folder())
        menu = QMenu(self.folders)
        menu.aboutToShow.connect(lambda: self._fill_recent(menu))
        self.folders.setMenu(menu)
        self.add = button("Import scans…", "Take scans into the project.", self._import)
        self.open = button("Open case", "Show the selected scan and correct it.", self._open_case)
        self.use = button("Role…", "Use this patient's scans otherwise.", self._use)
        self.copies = QCheckBox("copy scans")
        self.copies.setToolTip(
            "A new project copies scans in; otherwise it refers to them where they are."
        )

    def _set_up_table(self) -> None:
        self.view.setModel(self.sorted)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setTabKeyNavigation(False)
        self.view.setIconSize(PICTURE_SIZE)
        self.view.setMinimumHeight(2 * PICTURE_SIZE.height())
        self.view.verticalHeader().hide()
        self.view.horizontalHeader().setStretchLastSection(True)
        self.view.doubleClicked.connect(lambda index: self.leave_and_open(index.data(ID_ROLE)))
        self.view.selectionModel().selectionChanged.connect(lambda *_: self.refresh())

    def _set_up_filter(self) -> None:
        self.status.addItem("any status", "")
        for status in Status:
            self.status.addItem(words_of(status), status.value)
        self.role.addItem("any role", "")
        for role in Role:
            self.role.addItem(role.value, role.value)
        self.by.addItem("any annotator", "")
        self.search.textChanged.connect(lambda _: self._filter())
        for box in (self.status, self.role, self.by):
            box.currentIndexChanged.connect(lambda _: self._filter())

    def _lay_out(self) -> None:
        """Scrolled where the window is low: it shall not grow with an open case."""
        inner, outer = QWidget(), QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(TallArea(inner))
        layout = QVBoxLayout(inner)
        layout.addWidget(self.title)
        layout.addLayout(row(self.new, self.folders, self.demo, self.copies))
        layout.addWidget(self.box)
        layout.addLayout(row(QLabel("You are"), self.annotator, self.search))
        layout.addLayout(row(self.status, self.role, self.by))
        layout.addWidget(self.view, stretch=1)
        layout.addLayout(row(self.add, self.open, self.use))
        layout.addWidget(self.summary)
        self.said.setWordWrap(True)
        self.said.hide()
        layout.addWidget(self.said)
        layout.addWidget(self.complaint)
        layout.addWidget(disclaimer())

    def _every(self, ms: int, deed: object) -> QTimer:
        timer = QTimer(self)
        timer.timeout.connect(deed)
        timer.start(ms)
        return timer

    def _look(self) -> None:
        if self.isVisible() and self.control.project is not None:
            self.control.refresh()

    def _name(self) -> None:
        if self.annotator.text().strip() != self.control.annotator:
            self.control.call_annotator(self.annotator.text())
            self.annotator.setText(self.control.annotator)

    def _show_annotators(self) -> None:
        known = sorted({row.annotator for row in self.control.rows if row.annotator})
        if known == [self.by.itemData(i) for i in range(1, self.by.count())]:
            return
        chosen = self.by.currentData()
        self.by.blockSignals(True)
        while self.by.count() > 1:
            self.by.removeItem(1)
        for name in known:
            self.by.addItem(name, name)
        self.by.setCurrentIndex(max(self.by.findData(chosen), 0))
        self.by.blockSignals(False)
        self._filter()

    def _filter(self) -> None:
        status, role = self.status.currentData(), self.role.currentData()
        self.sorted.show_only(
            CaseFilter(
                text=self.search.text(),
                status=Status(status) if status else None,
                role=Role(role) if role else None,
                annotator=self.by.currentData() or "",
            )
        )

    def _show_picture(self, case_id: str) -> None:
        project = self.control.project
        if project is not None:
            self.table.show_picture(case_id, thumbnail_path(project.folder.case(case_id)))
            self._fit()

    def _fit(self) -> None:
        """Room for every picture and word; the last column takes what is left."""
        self.view.resizeColumnsToContents()
        self.view.setColumnWidth(PICTURE, PICTURE_SIZE.width() + 8)
        self.view.resizeRowsToContents()

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self.control.recent():
            action = menu.addAction(str(path))
            action.triggered.connect(partial(self._open_project, path))
        if menu.isEmpty():
            menu.addAction("no projects were open yet").setEnabled(False)

    def _new(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "An empty folder for the project")
        if path:
            copies = self.copies.isChecked()
            self._leave(partial(self.control.new_project, Path(path), copy_scans=copies))

    def _open_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "The folder of a project")
        if path:
            self._open_project(Path(path))

    def _open_project(self, path: Path, checked: bool = False) -> None:
        self._leave(partial(self.control.open_project, path))

    def _demo(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "A folder to make the demo project in")
        if path:
            self._leave(partial(self.control.make_demo, Path(path) / "vertseg-demo"))

    def _import(self) -> None:
        project = self.control.project
        if project is None:
            return
        dialog = ImportDialog(copies=self.control.look.copies_scans, parent=self)
        if dialog.exec():
            self.complaint.hide()
            self.control.import_scans(dialog.wish())

    def _open_case(self) -> None:
        chosen = self.chosen()
        if chosen is not None:
            self.leave_and_open(chosen)

    def _use(self) -> None:
        """A menu of the roles, under the button."""
        chosen = self.chosen()
        if chosen is None:
            return
        menu = QMenu(self)
        for role in Role:
            action = menu.addAction(role.value)
            action.triggered.connect(partial(self._set_role, chosen, role))
        menu.exec(self.use.mapToGlobal(self.use.rect().bottomLeft()))

    def _set_role(self, case_id: str, role: Role, checked: bool = False) -> None:
        self.complaint.hide()
        self.control.set_role(case_id, role)

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setVisible(bool(words))

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)
