"""The Effort panel: does correcting and training pay?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyqtgraph as pg
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..rounds.effort import RoundEffort, effort
from .effort_series import COLUMNS, Cost, Stretch, in_words, lines, stretches
from .project_control import control_of
from .running import Ended
from .session import Session
from .widgets import Complaint, allow, button, choices, disclaimer, row

_DARK: Final = "#262930"
_COLOURS: Final = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#d55e00")


class EffortPanel(QWidget):
    """Minutes, voxels and Dice of every submitted scan, by the model that proposed."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.control = control_of(session)
        self.rounds: list[RoundEffort] = []
        self._seen: object = None
        self._is_looking = self._looks_again = False
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.cost = choices(Cost)
        self.cost.setToolTip("What the plot shows, scan by scan; the lines are means.")
        self.cost.currentIndexChanged.connect(lambda _: self._draw())
        self.update_now = button("Update", "Compare proposals and corrections again.", self.look)
        self.plot = pg.PlotWidget(background=_DARK)
        self.plot.setMinimumHeight(180)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.showGrid(x=False, y=True, alpha=0.2)
        self.plot.getAxis("left").enableAutoSIPrefix(False)
        self.plot.setLabel("bottom", "scan, in the order of submission")
        self.plot.addLegend(offset=(-10, 5), labelTextSize="8pt")
        self.table = QTableWidget(0, len(COLUMNS))
        self.table.setHorizontalHeaderLabels(list(COLUMNS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setMaximumHeight(160)
        self.complaint = Complaint()
        self._lay_out()
        self.control.changed.connect(self._on_project)
        self._on_project()
        self.refresh()

    def look(self) -> None:
        """Compare again, beside the window: every submitted scan is read."""
        project = self.control.project
        if project is None:
            self._take([])
        elif self._is_looking:
            self._looks_again = True
        else:
            self._is_looking = True
            self.refresh()
            self.control.place.ask(
                lambda: effort(project), self._take, self._complain, self._looked
            )

    def refresh(self) -> None:
        """Show what is known."""
        project = self.control.project
        nothing = "No project is open: open one in the Project panel."
        busy = "Proposals and corrections are being compared."
        words = nothing if project is None else busy if self._is_looking else in_words(self.rounds)
        self.words.setText(words)
        allow(self.update_now, nothing if project is None else busy if self._is_looking else None)
        told = lines(self.rounds)
        self.table.setRowCount(len(told))
        for place, cells in enumerate(told):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight)
                self.table.setItem(place, column, item)
        self.table.resizeColumnsToContents()
        self._draw()

    def _draw(self) -> None:
        cost = Cost(self.cost.currentData())  # PySide6 makes a plain string of it
        self.plot.clear()
        self.plot.setLabel("left", cost.value)
        shown = stretches(self.rounds, cost)
        for place, stretch in enumerate(shown):
            self._draw_one(stretch, _COLOURS[place % len(_COLOURS)])
        many = sum(len(stretch.values) for stretch in shown)
        self.plot.setXRange(0.5, max(many, 1) + 0.5, padding=0.02)
        self.plot.getAxis("bottom").setTicks([_ticks(many)])
        highest = max((max(s.values) for s in shown if s.values), default=1.0)
        self.plot.setYRange(0, 1.0 if cost is Cost.DICE else max(highest, 1e-3) * 1.1, padding=0)

    def _draw_one(self, stretch: Stretch, colour: str) -> None:
        self.plot.plot(
            list(stretch.numbers),
            list(stretch.values),
            pen=None,
            symbol="o",
            symbolSize=8,
            symbolBrush=colour,
            symbolPen=None,
            name=stretch.title,
        )
        ends = [stretch.numbers[0] - 0.4, stretch.numbers[-1] + 0.4] if stretch.numbers else []
        self.plot.plot(ends, [stretch.mean] * len(ends), pen=pg.mkPen(colour, width=2))

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addLayout(row(self.cost, self.update_now))
        layout.addWidget(self.plot, stretch=1)
        layout.addWidget(self.table)
        layout.addWidget(self.complaint)
        layout.addWidget(disclaimer())

    def _on_project(self) -> None:
        """Only a submission, or another project, makes another curve."""
        done = tuple((r.id, r.versions) for r in self.control.rows if r.status == "done")
        seen = (self.control.project, done)
        if seen != self._seen:
            self._seen = seen
            self.look()

    def _take(self, rounds: Sequence[RoundEffort]) -> None:
        self.rounds = list(rounds)

    def _looked(self) -> None:
        self._is_looking = False
        if self._looks_again:
            self._looks_again = False
            self.look()
        self.refresh()

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


def _ticks(many: int) -> list[tuple[Any, str]]:
    step = max(1, many // 10)
    return [(n, str(n)) for n in range(1, many + 1, step)]
