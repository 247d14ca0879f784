"""The Retrain panel: one button, what speaks against it, curves while it runs."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any, Final

from qtpy.QtCore import QTimer
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..launch import RunState
from ..training import Finding
from .retrain_control import Order, control_of
from .retrain_form import RetrainForm
from .retrain_place import workplace_of
from .retrain_plot import CurvePlot
from .retrain_words import (
    NO_PROJECT,
    NOTHING_RUNS,
    Phase,
    project_line,
    reason_against_training,
    time_left,
    title,
    verdict_on,
)
from .running import Ended
from .session import Session
from .sessions import session_of
from .widgets import Complaint, allow, button, disclaimer, row

_LOOK_MS: Final = 500
_COLOURS: Final = {"blocker": "#d55e00", "warning": "#e69f00", "fact": "#bbbbbb"}
_SIGNS: Final = {"blocker": "✗", "warning": "!", "fact": "·"}
_RUNS: Final = {
    Phase.CHECKING: "Checking what would fail…",
    Phase.STARTING: "Starting the trainer…",
    Phase.STOPPING: "Stopping after this step; the best model so far is kept…",
    Phase.CANCELLING: "Cancelling after this step…",
}


class RetrainPanel(QWidget):
    """Emits wishes to the training of its viewer's project, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, self.place = session, workplace_of(session)
        self.control = control_of(session)
        self.project = QLabel()
        self.project.setWordWrap(True)
        self.open = button("Open project…", "Choose the folder of a project.", self._open)
        self.train = button(
            "Fine-tune",
            "Train on the corrected scans, beginning with the model in use. What would fail is "
            "said first; the model in use stays as it is.",
            self._train,
            name="train",
        )
        self.check = button(
            "Check only", "Say what would fail, and start nothing.", self._check, name="check"
        )
        self.stop = button(
            "Stop and keep best",
            "End the training now; the best model so far becomes the candidate.",
            self.control.stop_and_keep_best,
            name="stop",
        )
        self.cancel = button(
            "Cancel",
            "End the training without a candidate; it can be resumed.",
            self._cancel,
            name="cancel",
        )
        self.resume = button(
            "Resume", "Go on from the last checkpoint.", self._resume, name="resume"
        )
        self.form = RetrainForm(session.settings.launch)
        self.advanced = QToolButton()
        self.advanced.setText("Advanced ▸")
        self.advanced.setToolTip("Scans, start model, budget, device, and where it runs.")
        self.advanced.setCheckable(True)
        self.advanced.toggled.connect(self._show_advanced)
        self.form.hide()
        self.sentences = QLabel()
        self.sentences.setWordWrap(True)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.plot = CurvePlot()
        self.log, self.raw_log = _text(), _text()
        self.logs = QTabWidget()
        self.logs.addTab(self.log, "Log")
        self.logs.addTab(self.raw_log, "Trainer")
        self.logs.setMaximumHeight(150)
        self.complaint = Complaint()
        self._lines_shown = 0
        self._lay_out()
        self.timer = QTimer(self)
        self.timer.setInterval(_LOOK_MS)
        self.timer.timeout.connect(self.control.tick)
        self.timer.start()
        self.form.changed.connect(self.refresh)
        self.place.changed.connect(self.refresh)
        self.control.changed.connect(self.refresh)
        self.control.failed.connect(self._complain)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look at the project anew: another panel may have submitted a scan."""
        super().showEvent(event)
        self.control.refresh()

    def refresh(self) -> None:
        """Show how it stands; what is impossible now says why."""
        control, phase = self.control, self.control.phase
        if control.standing is not None:
            self.form.show_standing(control.standing)
        chosen = len(self.form.chosen()) if control.standing else 0
        has_project = control.project is not None
        against = (
            reason_against_training(control.standing, phase, chosen, has_project=has_project)
            or self._against_form()
        )
        self.project.setText(self._project_words())
        self.train.setText(title(chosen))
        allow(self.train, against)
        allow(self.check, None if phase is Phase.CHECKING else against)
        self.check.setText("Give up check" if phase is Phase.CHECKING else "Check only")
        runs = phase is Phase.RUNNING
        allow(self.stop, None if runs else NOTHING_RUNS)
        allow(self.cancel, None if phase.has_run else NOTHING_RUNS)
        self.cancel.setText("End at once" if phase is Phase.CANCELLING else "Cancel")
        allow(self.resume, self._against_resuming())
        self.form.setEnabled(phase is Phase.QUIET)
        self.sentences.setText(_as_html(control.findings, is_done=control.is_checked))
        self.sentences.setVisible(bool(control.findings))
        self.status.setText(self._status_words())
        self._show_curves()

    def _lay_out(self) -> None:
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.addLayout(row(self.project, self.open))
        layout.addWidget(self.train)
        layout.addLayout(row(self.stop, self.cancel, self.resume))
        layout.addLayout(row(self.check, self.advanced))
        layout.addWidget(self.form)
        layout.addWidget(self.complaint)
        layout.addWidget(self.status)
        layout.addWidget(self.sentences)
        layout.addWidget(self.plot)
        layout.addWidget(self.logs)
        layout.addWidget(disclaimer())
        layout.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(inside)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(scroll)

    def _project_words(self) -> str:
        if self.control.project is None:
            return "No project is open."
        standing = self.control.standing
        return project_line(standing) if standing else "Reading the project…"

    def _status_words(self) -> str:
        control = self.control
        words = _RUNS.get(control.phase, control.curves.stage)
        if control.phase is Phase.QUIET:
            return f"{control.sentence} {self._what_next()}".strip()
        if control.phase is Phase.RUNNING and control.round is not None:
            step = f"step {control.curves.step}" if control.curves.has_begun else ""
            left = time_left(control.curves.seconds_left)
            parts = [f"Round {control.round.number}", step, left]
            words = f"{words or 'The trainer gets ready…'} {' · '.join(p for p in parts if p)}"
        return words

    def _what_next(self) -> str:
        last = self.control.standing.last if self.control.standing else None
        is_open = last is not None and last.state is RunState.FINISHED and not last.is_judged
        return "Look at it in the Compare panel, and decide." if is_open else ""

    def _show_curves(self) -> None:
        curves = self.control.curves
        shown = self.control.round
        heading = f"Round {shown.number}" if shown is not None else ""
        self.plot.show_curves(curves, self.control.start_name, heading)
        if len(curves.lines) < self._lines_shown:
            self.log.clear()
            self._lines_shown = 0
        for line in curves.lines[self._lines_shown :]:
            self.log.appendPlainText(line)
        self._lines_shown = len(curves.lines)
        if self.raw_log.toPlainText() != self.control.log:
            self.raw_log.setPlainText(self.control.log)
            self.raw_log.verticalScrollBar().setValue(self.raw_log.verticalScrollBar().maximum())

    def _against_form(self) -> str | None:
        try:
            self.form.order()
        except ValueError as error:
            return f"{error}."
        return None

    def _against_resuming(self) -> str | None:
        if self.control.project is None:
            return NO_PROJECT
        if self.control.phase is not Phase.QUIET:
            return "A training runs already."
        return None if self.control.can_resume else "No round was left before its end."

    def _order(self) -> Order:
        order = self.form.order()
        if order.template != self.session.settings.launch:
            self.session.remember(replace(self.session.settings, launch=order.template))
        return order

    def _train(self) -> None:
        self.complaint.hide()
        self.control.train(self._order())

    def _check(self) -> None:
        self.complaint.hide()
        if self.control.phase is Phase.CHECKING:
            self.control.give_up_check()
        else:
            self.control.check(self._order())

    def _cancel(self) -> None:
        self.control.cancel()

    def _resume(self) -> None:
        self.complaint.hide()
        self.control.resume(self._order())

    def _show_advanced(self, on: bool) -> None:
        self.form.setVisible(on)
        self.advanced.setText("Advanced ▾" if on else "Advanced ▸")

    def _open(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Open a project")
        if chosen:
            self.complaint.hide()
            self.place.open(Path(chosen), self._complain)

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


def retrain_panel(viewer: Any) -> RetrainPanel:
    """The Retrain panel of a viewer."""
    return RetrainPanel(session_of(viewer))


def _text() -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setMaximumBlockCount(2000)
    return made


def _as_html(findings: list[Finding], *, is_done: bool) -> str:
    order = {"blocker": 0, "warning": 1, "fact": 2}
    lines = [f"<b>{escape(verdict_on(findings))}</b>"] if is_done else []
    for finding in sorted(findings, key=lambda f: order[f.severity]):
        colour, sign = _COLOURS[finding.severity], _SIGNS[finding.severity]
        said = finding.sentence[:1].upper() + finding.sentence[1:]
        lines.append(f'<span style="color:{colour}">{sign}</span> {escape(said)}')
    return "<br>".join(lines)
