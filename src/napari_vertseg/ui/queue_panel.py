"""The Queue panel: the next scan to correct, and why."""

from __future__ import annotations

from functools import partial
from typing import Final

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..cases import Status
from ..rounds.queue import QueueEntry
from .project_control import control_of
from .project_leaving import leave_then
from .project_rows import words_of
from .queue_control import QueueControl, Rest
from .running import Ended
from .session import Session
from .widgets import Complaint, allow, button, disclaimer, row

_COLUMNS: Final = ("Scan", "Status", "Role", "Suspicion", "Why")
_NO_PROJECT: Final = "No project is open: open one in the Project panel."
_EMPTY: Final = "Nothing waits: every scan is done, put off, excluded or for testing."


class QueuePanel(QWidget):
    """Shows the queue of the open project; *Open next* is all that is needed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.project = control_of(session)
        self.control = QueueControl(self.project)
        self.next = QLabel()
        self.next.setWordWrap(True)
        self.open = button("Open next", "Show it and correct it.", self._open_next)
        self.skip = button("Skip", "Put it to the end of the queue.", self._skip)
        self.snooze = button("Snooze…", "Leave it out for a while.", self._snooze)
        self.wake = button("Bring back", "Take back what was skipped or snoozed.", self._wake)
        self.ahead = button(
            "Propose ahead",
            "Walk the scans without a proposal with the active model while you correct others; "
            "opening them is instant then.",
            self._ahead,
        )
        self.progress = QLabel()
        self.progress.setWordWrap(True)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(list(_COLUMNS))
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.doubleClicked.connect(lambda _: self._open(self._chosen()))
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.complaint = Complaint()
        self._lay_out()
        self.control.changed.connect(self.refresh)
        self.control.failed.connect(self._complain)
        self.control.refresh()
        self.refresh()

    def refresh(self) -> None:
        """Show the queue as it is now."""
        chosen = self._chosen()
        entries = self.control.line.entries
        self.table.blockSignals(True)
        self.table.setRowCount(len(entries))
        for place, entry in enumerate(entries):
            self._fill(place, entry)
        self.table.blockSignals(False)
        cases = [entry.case for entry in entries]
        if chosen in cases:
            self.table.selectRow(cases.index(chosen))
        for column in range(len(_COLUMNS) - 1):  # the reason is wrapped
            self.table.resizeColumnToContents(column)
        self.table.resizeRowsToContents()
        self.next.setText(self._words())
        self._show_buttons()

    def _words(self) -> str:
        if self.project.project is None:
            return _NO_PROJECT
        entry = self.control.next
        if entry is None:
            return _EMPTY if not self.control.line.entries else "All that wait are open already."
        return f"Next: <b>{entry.name}</b> ({entry.case})<br>because {entry.reason}."

    def _show_buttons(self) -> None:
        against = self.project.against_change()
        entry = self.control.next
        allow(self.open, against or (None if entry else self._words()))
        asked = self._asked()
        for made in (self.skip, self.snooze):
            allow(made, against or (None if asked else "No scan waits."))
        is_ahead, new = self.control.is_ahead, self._without_proposal()
        self.ahead.setText("Stop proposing" if is_ahead else "Propose ahead")
        nothing = None if new or is_ahead else "Every scan that waits has a proposal."
        allow(self.ahead, _NO_PROJECT if self.project.project is None else nothing)
        self.progress.setText(self.control.ahead)
        put_off = self.control.line.put_off
        allow(self.wake, against or (None if put_off else "Nothing was put off."))

    def _fill(self, place: int, entry: QueueEntry) -> None:
        held = self.control.held_by(entry.case)
        why = f"{entry.reason} (open for {held})" if held else entry.reason
        worst = "–" if entry.worst_suspicion is None else f"{entry.worst_suspicion:.2f}"
        cells = (entry.name, words_of(entry.status), entry.role.value, worst, why)
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setToolTip(f"{entry.case}: {why}")
            item.setData(Qt.ItemDataRole.UserRole, entry.case)
            self.table.setItem(place, column, item)

    def _chosen(self) -> str | None:
        items = self.table.selectedItems()
        return items[0].data(Qt.ItemDataRole.UserRole) if items else None

    def _asked(self) -> str | None:
        """What Skip and Snooze are about: the selected row, else the next scan."""
        entry = self.control.next
        return self._chosen() or (entry.case if entry else None)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.next)
        layout.addLayout(row(self.open, self.skip, self.snooze, self.wake))
        layout.addWidget(self.table, stretch=1)
        layout.addLayout(row(self.ahead, self.progress))
        layout.addWidget(self.complaint)
        layout.addWidget(disclaimer())

    def _open_next(self) -> None:
        entry = self.control.next
        self._open(entry.case if entry else None)

    def _open(self, case_id: str | None) -> None:
        if case_id is None:
            return
        self.complaint.hide()
        leave_then(self, self.project, partial(self.project.show_case, case_id))

    def _without_proposal(self) -> bool:
        return any(entry.status is Status.NEW for entry in self.control.line.entries)

    def _ahead(self) -> None:
        if self.control.is_ahead:
            self.control.stop_ahead()
        else:
            self.complaint.hide()
            self.control.propose_ahead()

    def _skip(self) -> None:
        asked = self._asked()
        if asked is not None:
            self.control.skip(asked)

    def _snooze(self) -> None:
        asked = self._asked()
        if asked is None:
            return
        menu = QMenu(self)
        for rest in Rest:
            action = menu.addAction(rest.value)
            action.triggered.connect(partial(self._snooze_for, asked, rest))
        menu.exec(self.snooze.mapToGlobal(self.snooze.rect().bottomLeft()))

    def _snooze_for(self, case_id: str, rest: Rest, checked: bool = False) -> None:
        self.control.snooze(case_id, rest)

    def _wake(self) -> None:
        self.control.wake_all()

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)
