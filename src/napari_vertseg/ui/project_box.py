"""The open case in the Project panel: selected vertebra, reviewed range, save, submit."""

from __future__ import annotations

from typing import Any, Final

from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QInputDialog,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
)

from ..anatomy import Level
from ..cases import CaseVertebra, ReviewedRange, Status
from .project_case import CaseOnScreen
from .project_control import ProjectControl
from .project_rows import words_of
from .records import Verdict
from .widgets import allow, button, choices, row

_MOST_NAMES: Final = 3
_NOT_STATED: Final = -1
_END: Final = 0
"""Ids of vertebrae count from 1."""
_NO_VERTEBRA: Final = "No vertebra is selected: click its row in the Vertebrae panel."


class CaseBox(QFrame):
    """Shown while a case is open."""

    def __init__(self, control: ProjectControl) -> None:
        super().__init__()
        self.control = control
        self.setObjectName("case")
        self.setStyleSheet("QFrame#case { border: 1px solid #56b4e9; border-radius: 3px; }")
        self.title, self.state, self.missing = QLabel(), QLabel(), QLabel()
        for label in (self.title, self.state, self.missing):
            label.setWordWrap(True)
        self.missing.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.vertebra = QLabel()
        self.verdict, self.level = choices(Verdict), QComboBox()
        self.level.addItem("no level", "")
        for level in Level:
            self.level.addItem(level.name, level.name)
        self.complete, self.locked = QCheckBox("complete"), QCheckBox("locked")
        self.complete.setToolTip("The vertebra is wholly in view.")
        self.locked.setToolTip("No tool and no brush changes its voxels.")
        self.first, self.last = QComboBox(), QComboBox()
        self.first.setToolTip(
            "A vertebra that nobody drew would be learned as background. So say between which "
            "vertebrae every one is in the table; outside nothing is learned."
        )
        self.last.setToolTip(self.first.toolTip())
        self.save = button("Save version", "A new version; those before stay.", self._save)
        self.submit = button(
            "Submit", "Submit for training: models may learn from it.", self._submit
        )
        self.exclude = button("Exclude…", "Keep the case, but use it for nothing.", self._exclude)
        self.leave = button(
            "Close case", "Let others have it; take it off the screen.", self._close
        )
        self.ignore = button(
            "Ignore…",
            "Paint where nothing shall be learned: metal, a tumour, what nobody can tell.",
            self._ignore,
        )
        self._is_showing = False
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        """Show the open case as it is now."""
        case = self.control.open_case
        self.setVisible(case is not None)
        if case is None:
            return
        self._is_showing = True
        self.title.setText(_title(case, self.control))
        self._show_vertebra(case)
        self._show_range(case)
        self._is_showing = False
        self._show_buttons(case)

    def reviewed(self) -> ReviewedRange | None:
        """The range as it is chosen; None where it is not stated."""
        first, last = self.first.currentData(), self.last.currentData()
        if _NOT_STATED in (first, last) or None in (first, last):
            return None
        return ReviewedRange(first=first or None, last=last or None)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(self.title)
        layout.addLayout(row(self.vertebra, self.verdict, self.level, self.complete, self.locked))
        layout.addLayout(
            row(QLabel("All reviewed from"), self.first, QLabel("to"), self.last, self.ignore)
        )
        layout.addWidget(self.missing)
        layout.addLayout(row(self.save, self.submit, self.exclude, self.leave))
        layout.addWidget(self.state)

    def _connect(self) -> None:
        self.verdict.activated.connect(lambda _: self._judge(verdict=self._verdict()))
        self.level.activated.connect(lambda _: self._judge(level=self._level()))
        self.complete.clicked.connect(lambda on: self._judge(is_complete=bool(on)))
        self.locked.clicked.connect(lambda on: self._judge(is_locked=bool(on)))
        for box in (self.first, self.last):
            box.activated.connect(lambda _: self._state_range())

    def _judge(self, **changes: Any) -> None:
        if not self._is_showing:
            self.control.judge(**changes)

    def _verdict(self) -> Verdict:
        return Verdict(self.verdict.currentData())  # PySide6 makes a plain string of it

    def _level(self) -> Level | None:
        name = self.level.currentData()
        return Level[name] if name else None

    def _state_range(self) -> None:
        if not self._is_showing:
            self.control.state_reviewed(self.reviewed())
            self.refresh()

    def _show_vertebra(self, case: CaseOnScreen) -> None:
        selected = case.work.chain.get(case.work.selected or 0)
        against = self.control.against_case() if selected else _NO_VERTEBRA
        for widget in (self.verdict, self.level, self.complete, self.locked):
            widget.setEnabled(against is None)
        if selected is None:
            self.vertebra.setText("no vertebra selected")
            return
        self.vertebra.setText(case.work.chain.called(selected.id))
        self.verdict.setCurrentIndex(self.verdict.findData(selected.verdict))
        self.level.setCurrentIndex(
            self.level.findData(selected.level.name if selected.level else "")
        )
        self.complete.setChecked(selected.instance.is_complete)
        self.locked.setChecked(selected.is_locked)

    def _show_range(self, case: CaseOnScreen) -> None:
        vertebrae = case.vertebrae()
        stated = case.reviewed
        ends = (
            (self.first, "the upper end", stated and (stated.first or _END)),
            (self.last, "the lower end", stated and (stated.last or _END)),
        )
        for box, end, chosen in ends:
            # One end may be chosen before the other is.
            data = box.currentData() if chosen is None else chosen
            _fill(box, end, vertebrae)
            box.setCurrentIndex(max(box.findData(data), 0))
            box.setEnabled(not case.read_only)

    def _show_buttons(self, case: CaseOnScreen) -> None:
        against = self.control.against_case()
        lacking = case.missing(self.reviewed())
        is_done = case.case.status is Status.DONE and not case.unsaved
        allow(self.save, against)
        allow(self.submit, against or _against_submitting(lacking, is_done=is_done))
        allow(self.exclude, against)
        allow(self.ignore, against)
        is_excluded = case.case.status is Status.EXCLUDED
        self.exclude.setText("Include" if is_excluded else "Exclude…")
        self.leave.setEnabled(not self.control.busy)
        if is_done:
            self.missing.setText("Submitted for training.")
        else:
            wanted = (
                "Missing for training:"
                if lacking
                else "Nothing is missing: submit it for training."
            )
            self.missing.setText("\n".join([wanted, *(f"• {_short(one)}" for one in lacking)]))
            self.missing.setToolTip("\n".join(lacking))
        self.state.setText(_state(case, self.control.busy))

    def _save(self) -> None:
        self.control.save()

    def _ignore(self) -> None:
        self.control.paint_ignored()

    def _submit(self) -> None:
        reviewed = self.reviewed()
        if reviewed is not None:
            self.control.submit(reviewed)

    def _exclude(self) -> None:
        case = self.control.open_case
        if case is None:
            return
        if case.case.status is Status.EXCLUDED:
            self.control.include()
            return
        why, is_sure = QInputDialog.getText(self, "Exclude", f"Why shall {case.id} not be used?")
        if is_sure:
            self.control.exclude(why)

    def _close(self) -> None:
        self.control.close_case()


def _title(case: CaseOnScreen, control: ProjectControl) -> str:
    now = case.case
    words = f"<b>{now.id}: {now.name}</b> · {words_of(now.status)}"
    words += f" · {now.role.value}"
    if now.version is not None:
        words += f" · version {now.version.number} by {now.version.annotator}"
    if case.read_only:
        return f"{words}<br><b>You only look:</b> {case.read_only}"
    desk = case.keeper.desk
    return f"{words} · open for {desk.annotator if desk else control.annotator}"


def _fill(box: QComboBox, end: str, vertebrae: tuple[CaseVertebra, ...]) -> None:
    box.clear()
    box.addItem("not stated", _NOT_STATED)
    box.addItem(end, _END)
    for vertebra in vertebrae:
        box.addItem(vertebra.name, vertebra.id)


def _against_submitting(lacking: list[str], *, is_done: bool) -> str | None:
    if is_done:
        return "It was submitted, and nothing has changed since."
    return "; ".join(lacking) or None


def _short(clause: str) -> str:
    """Twenty open vertebrae need no twenty names; the tooltip has them."""
    names = clause.split(", ")
    if len(names) <= _MOST_NAMES + 1:
        return clause
    end = names[-1].partition(" (")
    advice = f" ({end[2]}" if end[2] else ""
    return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more{advice}"


def _state(case: CaseOnScreen, busy: str) -> str:
    if case.read_only:
        return ""
    return f"{busy or case.keeper.words()} · {case.minutes:.1f} minutes since the last version"
