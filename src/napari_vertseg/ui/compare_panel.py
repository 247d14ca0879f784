"""The Compare panel: candidate against active model, and what to do with it."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..cases.round_record import Decision
from ..rounds.comparison import CaseChange, VertebraChange
from ..rounds.evidence import ProposalEvidence
from ..rounds.gate import Outcome
from .compare_control import CompareControl, changes_of
from .compare_judgement import (
    KINDS,
    case_words,
    completeness_words,
    outcome_words,
    surface_words,
    worst_first,
)
from .compare_masks import Side
from .compare_table import Column, RecordView
from .running import Ended
from .session import Session
from .sessions import session_of
from .widgets import Complaint, allow, button, disclaimer, row

_BLINK_MS: Final = 700
_LEAST_WIDTH: Final = 320
_WORDS_WIDTH: Final = 420
_WORSE: Final = "#e69f00"
_BETTER: Final = "#56b4e9"
_NO_PROJECT: Final = "Open a project in the Retrain panel."
_NOTHING: Final = "No round has a candidate yet: press Fine-tune in the Retrain panel."
_NOT_COMPARED: Final = "It was not compared with the model in use yet: press Compare."
_BEING_COMPARED: Final = "Its round still runs: the comparison follows."
_NO_CASE: Final = "Click a vertebra in the table first."
_FRAMES: Final = {
    Outcome.PASSES: "#009e73",
    Outcome.FAILS: "#d55e00",
    Outcome.CANNOT_JUDGE: "#999999",
}

_Pair = tuple[CaseChange, VertebraChange]


def _gain_colour(gain: float) -> str | None:
    if abs(gain) < 0.0005:
        return None
    return _WORSE if gain < 0 else _BETTER


def _pair_colour(pair: _Pair) -> str | None:
    return _gain_colour(pair[1].gain)


_VERTEBRA_COLUMNS: Final = (
    Column(title="Scan", tip="Scan that both walked.", text=lambda p: p[0].name),
    Column(title="Vertebra", tip="In the correction.", text=lambda p: p[1].name),
    Column(
        title="Gain",
        tip="Dice of the candidate less that of the active model.",
        text=lambda p: f"{p[1].gain:+.3f}",
        sort=lambda p: p[1].gain,
        colour=_pair_colour,
    ),
    Column(
        title="Dice",
        tip="Active → candidate.",
        text=lambda p: f"{p[1].active.dice:.3f} → {p[1].candidate.dice:.3f}",
        sort=lambda p: p[1].candidate.dice,
    ),
    Column(
        title="Surface mm",
        tip="Mean surface distance, active → candidate.",
        text=lambda p: surface_words(p[1].active.asd_mm, p[1].candidate.asd_mm),
        sort=lambda p: p[1].candidate.asd_mm or 0.0,
    ),
    Column(
        title="Outcome",
        tip="Found, missed, merged with a neighbour, or split.",
        text=lambda p: outcome_words(p[1]),
    ),
    Column(
        title="Completeness",
        tip="Whether it was told right that the vertebra is wholly in view.",
        text=lambda p: completeness_words(p[1].active, p[1].candidate),
    ),
    Column(
        title="Why compared",
        tip="Validation scans are never trained on; those trained on before show forgetting.",
        text=lambda p: KINDS[p[0].kind],
    ),
)
_CASE_COLUMNS: Final = (
    Column(title="Scan", tip="Scan that both walked.", text=lambda c: c.name),
    Column(
        title="Gain",
        tip="Mean Dice of the candidate less that of the active model.",
        text=lambda c: f"{c.gain:+.3f}",
        sort=lambda c: c.gain,
        colour=lambda c: _gain_colour(c.gain),
    ),
    Column(title="In words", tip="Active → candidate.", text=case_words),
)
_EVIDENCE_COLUMNS: Final = (
    Column(title="Scan", tip="Corrected scan.", text=lambda e: e.name),
    Column(
        title="Proposed by",
        tip="The model whose proposal was corrected.",
        text=lambda e: e.model.name if e.model else "other tool",
    ),
    Column(
        title="Dice",
        tip="Proposal against correction, before the scan was trained on.",
        text=lambda e: f"{e.dice:.3f}",
        sort=lambda e: e.dice,
    ),
    Column(
        title="Missed, false",
        tip="Vertebrae that were added, and that were deleted.",
        text=lambda e: f"{e.missed}, {e.false}",
        sort=lambda e: e.missed + e.false,
    ),
    Column(
        title="Minutes",
        tip="Of correction.",
        text=lambda e: f"{e.minutes:.1f}",
        sort=lambda e: e.minutes,
    ),
    Column(
        title="Voxels",
        tip="Changed in the correction.",
        text=lambda e: f"{e.voxels_changed}",
        sort=lambda e: e.voxels_changed,
    ),
)


class ComparePanel(QWidget):
    """Emits wishes to the comparison of its viewer's project, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.control = control = CompareControl(session)
        self.rounds = QComboBox()
        self.rounds.setToolTip("Rounds whose candidate was compared, newest first.")
        self.rounds.activated.connect(lambda place: control.choose(self.rounds.currentData()))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.promote = button(
            "Promote", "Use the candidate from now on.", self._promote, name="promote"
        )
        self.reject = button(
            "Reject",
            "The candidate is not wanted; the model in use stays.",
            lambda: control.decide("rejected"),
            name="reject",
        )
        self.keep = button(
            "Keep both",
            "The model in use stays, and the candidate can be chosen for a walk.",
            lambda: control.decide("kept"),
            name="keep",
        )
        self.back = button(
            "Roll back",
            "Use the model from before the last promotion.",
            control.roll_back,
            name="rollback",
        )
        self.again = button(
            "Compare again",
            "Both models walk all scans that judge, as they are corrected by now; takes minutes.",
            self._again,
            name="again",
        )
        self.vertebrae = RecordView(_VERTEBRA_COLUMNS, lambda pair: control.look_at(pair[1]))
        self.cases = RecordView(_CASE_COLUMNS, self._look_at_case)
        self.evidence = RecordView(_EVIDENCE_COLUMNS, lambda record: None)
        self.tables = QTabWidget()
        self.tables.addTab(self.vertebrae, "Vertebrae")
        self.tables.addTab(self.cases, "Scans")
        self.tables.addTab(self.evidence, "Proposals")
        self.tables.setTabToolTip(
            2, "How far each proposal was from its correction, before it was trained on."
        )
        self.sides = {
            side: button(
                side.value.capitalize(),
                f"Show the mask of the {_OF[side]} alone.",
                partial(control.turn, side),
                name=side.value,
            )
            for side in Side
        }
        for made in self.sides.values():
            made.setCheckable(True)
        self.blink = button("Blink", "Show the three masks in turn.", self._blink, name="blink")
        self.leave = button("Close", "Take the masks away.", control.leave, name="leave")
        self.shown = QLabel()
        self.shown.setWordWrap(True)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.complaint = Complaint()
        self._lay_out()
        self.timer = QTimer(self)
        self.timer.setInterval(_BLINK_MS)
        self.timer.timeout.connect(control.tick)
        control.changed.connect(self.refresh)
        control.failed.connect(self._complain)
        control.said.connect(self._say)
        control.place.changed.connect(self.refresh)
        self.refresh()
        control.refresh()

    def refresh(self) -> None:
        """Show the judgement; what is impossible now says why."""
        control, judgement = self.control, self.control.judgement
        self._list_rounds()
        none = self._against()
        decisions: dict[Decision, Any] = {
            "promoted": self.promote,
            "rejected": self.reject,
            "kept": self.keep,
        }
        for decision, made in decisions.items():
            allow(made, none or (judgement.reason_against(decision) if judgement else None))
        allow(
            self.back,
            None if control.back else "No model was promoted in this project.",
        )
        self.back.setText(f"Roll back to {control.back}" if control.back else "Roll back")
        self._show_again()
        self.words.setText(judgement.sentences if judgement else none or "")
        frame = _FRAMES[judgement.verdict.outcome] if judgement else "transparent"
        self.words.setStyleSheet(f"border-left: 4px solid {frame}; padding: 4px;")
        self.vertebrae.show_records(changes_of(judgement) if judgement else [])
        cases = worst_first(judgement.comparison.cases) if judgement else []
        self.cases.show_records(cases)
        proposals: list[ProposalEvidence] = control.evidence
        self.evidence.show_records(proposals)
        self.tables.setTabVisible(2, bool(proposals))
        self._show_blink()

    def _show_again(self) -> None:
        control = self.control
        is_comparing, judgement = bool(control.comparing), control.judgement
        against = None if control.chosen else self._against() or _NOTHING
        if control.chosen is not None and control.chosen.is_running:
            against = _BEING_COMPARED
        if judgement is not None and judgement.is_active:
            against = "It is the model in use; roll back first."
        allow(self.again, None if is_comparing else against)
        words = "Compare" if control.chosen and judgement is None else "Compare again"
        self.again.setText("Stop comparing" if is_comparing else words)
        if is_comparing:
            self.said.setText(control.comparing)

    def _show_blink(self) -> None:
        control = self.control
        against = None if control.layers.case else _NO_CASE
        if control.is_loading:
            against = "The masks are being read."
        for side, made in self.sides.items():
            allow(made, against)
            made.setChecked(control.layers.case is not None and control.layers.side is side)
        allow(self.blink, against)
        allow(self.leave, against)
        self.blink.setText("Ⅱ Hold" if control.is_blinking else "▶ Blink")
        self.shown.setText(self._shown_words())
        if control.is_blinking != self.timer.isActive():
            self.timer.start() if control.is_blinking else self.timer.stop()

    def _shown_words(self) -> str:
        control, judgement = self.control, self.control.judgement
        if control.is_loading:
            return "Reading the three masks…"
        if control.layers.side is None or control.vertebra is None or judgement is None:
            return "Click a vertebra to see its masks."
        names = {
            Side.ACTIVE: f"active model ({judgement.before})",
            Side.CANDIDATE: f"candidate ({judgement.model})",
            Side.REFERENCE: "correction",
        }
        return f"{control.vertebra.name}: {names[control.layers.side]}"

    def _lay_out(self) -> None:
        beside = QVBoxLayout()
        beside.addWidget(self.rounds)
        beside.addLayout(row(self.promote, self.reject, self.keep))
        beside.addLayout(row(self.back, self.again))
        beside.addWidget(self.said)
        beside.addWidget(self.complaint)
        beside.addStretch()
        beside.addWidget(self.shown)
        beside.addLayout(row(*self.sides.values()))
        beside.addLayout(row(self.blink, self.leave))
        beside.addWidget(disclaimer())
        left = QWidget()
        left.setLayout(beside)
        left.setMinimumWidth(_LEAST_WIDTH)
        left.setMaximumWidth(_WORDS_WIDTH)
        below = QHBoxLayout()
        below.addWidget(left)
        below.addWidget(self.tables, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        layout.addLayout(below, 1)

    def _against(self) -> str | None:
        if self.control.place.project is None:
            return _NO_PROJECT
        if self.control.judgement is not None:
            return None
        chosen = self.control.chosen
        if chosen is None:
            return _NOTHING
        return _BEING_COMPARED if chosen.is_running else _NOT_COMPARED

    def _list_rounds(self) -> None:
        entries = [(judged.words, judged.number) for judged in self.control.rounds]
        shown = [
            (self.rounds.itemText(i), self.rounds.itemData(i)) for i in range(self.rounds.count())
        ]
        if entries != shown:
            self.rounds.clear()
            for words, number in entries:
                self.rounds.addItem(words, number)
        judgement = self.control.judgement
        if judgement is not None:
            self.rounds.setCurrentIndex(self.rounds.findData(judgement.number))

    def _look_at_case(self, case: CaseChange) -> None:
        worst = min(case.vertebrae, key=lambda v: v.gain, default=None)
        if worst is not None:
            self.control.look_at(worst)

    def _blink(self) -> None:
        self.control.blink(not self.control.is_blinking)

    def _again(self) -> None:
        self.complaint.hide()
        if self.control.comparing:
            self.control.stop_comparing()
        else:
            self.said.setText("")
            self.control.compare_again()

    def _promote(self) -> None:
        self.complaint.hide()
        judgement = self.control.judgement
        question = judgement.question_before_promoting() if judgement else None
        if question is None or self._is_sure(question):
            self.control.decide("promoted")

    def _is_sure(self, question: str) -> bool:
        yes = QMessageBox.StandardButton.Yes
        buttons = yes | QMessageBox.StandardButton.Cancel
        return QMessageBox.question(self, "It got worse", question, buttons) == yes

    def _say(self, words: str) -> None:
        self.complaint.hide()
        self.said.setText(words)

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


_OF: Final = {
    Side.ACTIVE: "active model",
    Side.CANDIDATE: "candidate",
    Side.REFERENCE: "correction",
}


def compare_panel(viewer: Any) -> ComparePanel:
    """The Compare panel of a viewer."""
    return ComparePanel(session_of(viewer))
