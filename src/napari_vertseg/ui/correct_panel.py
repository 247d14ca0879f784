"""The Correct panel: tools with a preview, undo, redo from here, and what is saved."""

from __future__ import annotations

from functools import partial
from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import QCheckBox, QFrame, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from .clicks import ClickArm
from .correct_control import CorrectControl
from .correct_form import WITH_POINTS, CorrectForm
from .correct_freehand import FreeHand
from .correct_names import NameRow
from .correct_redo import open_ones, reason_against_redo, redo_from_here
from .correct_resegment import Target, resegment
from .correct_tools import Tool, lack
from .permissions import Status
from .recover_bar import RecoverBar
from .running import Ended
from .session import Session
from .widgets import Complaint, TallArea, allow, button, disclaimer, row
from .wishes import Way
from .work import SpineWork

_NO_SCAN = "There is no scan yet."
_NO_SELECTION = "No vertebra is selected: click its row in the table, or the vertebra."
_WALKING = "The walk is running; pause it first."


class CorrectPanel(QWidget):
    """Emits wishes to the session of its viewer, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.control = CorrectControl(session)
        self.form = CorrectForm()
        self.names = NameRow(session)
        self.arm = ClickArm(session.viewer, self.control.set_point, session.logged.emit)
        self.hand = FreeHand(session.viewer, self.control.drawing, self.control.draw)
        self.recover = RecoverBar(session)
        self._make_buttons()
        self._make_brush()
        self.proposal = QLabel()
        self.proposal.setWordWrap(True)
        self.status = QLabel()
        self.status.setObjectName("saved")
        self.status.setWordWrap(True)
        self.complaint = Complaint()
        self._lay_out()
        self._bind_keys()
        self.form.changed.connect(self._choose)
        self.control.changed.connect(self.refresh)
        self.control.failed.connect(self._complain)
        for told in (session.changed, session.scan_changed, session.chain_changed):
            told.connect(self.refresh)
        session.steps_changed.connect(self.refresh)
        session.scan_changed.connect(self._limit)
        session.viewer.mouse_move_callbacks.append(self._on_move)
        # What the journal's thread has written is told by nobody.
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tell_saved)
        self._clock.start(1000)
        self.refresh()

    def refresh(self) -> None:
        """Enable what is possible now; the rest says why not."""
        work = self.session.work
        against = self._against(work)
        selected = against or (None if self._selected() is not None else _NO_SELECTION)
        self.form.offer(work.chain if work else None, self._selected())
        has_proposal = self.control.proposal is not None
        busy = "The tool is at work." if self.control.is_drafting else None
        allow(self.preview, selected or busy or self._lack())
        allow(self.apply, None if has_proposal else "There is no preview yet.")
        is_clean = not (has_proposal or self.control.places or self.control.wire or busy)
        allow(self.cancel, "There is nothing to cancel." if is_clean else None)
        needs_points = self.form.chosen() in WITH_POINTS
        for part in (self.points, self.back):
            part.setVisible(needs_points)
        for part in (self.close_wire, self.free):
            part.setVisible(self.form.chosen() is Tool.WIRE)
        has_row = work is not None and work.selected is not None
        no_row = None if has_row else _NO_SELECTION
        allow(self.resegment, against or no_row or busy or self._against_model())
        self._refresh_redo(against)
        self._refresh_undo(work, against)
        self.names.refresh()
        self.proposal.setText(busy or self.control.words)
        self.proposal.setVisible(bool(self.proposal.text()))
        self._refresh_saved(against)
        allow(self.new, against)

    def _make_buttons(self) -> None:
        control = self.control
        self.undo = button("Undo", "Take the last step back (Ctrl+Z).", self._undo)
        self.redo = button("Redo", "Do it again (Ctrl+Shift+Z).", self._redo)
        self.new = button("+ New", "Choose a label that no vertebra has, to draw one.", self._new)
        self.save = button("Save version", "Save a new version of the case.", self._save)
        self.preview = button("Preview", "Show what the tool would change.", self._preview)
        self.apply = button("Apply", "Make the preview a step that can be undone.", control.apply)
        self.cancel = button("Cancel", "Forget preview, points and contours.", self._cancel)
        self.points = QPushButton("Set points")
        self.points.setCheckable(True)
        self.points.setToolTip("While this is down, clicks in the slice set points.")
        self.points.toggled.connect(self._arm)
        self.back = button("Point back", "Take the last point away.", control.step_back)
        self.close_wire = button(
            "Close contour", "Lead the wire home to its first anchor.", self._close_contour
        )
        self.free = QCheckBox("Free hand")
        self.free.setToolTip(
            "Draw the line yourself where the wire fails: drag along the edge, or click from "
            "corner to corner. The contour is closed by a straight line."
        )
        self.free.toggled.connect(lambda _: self._arm(self.points.isChecked()))
        self.resegment = button(
            "Segment anew",
            "Let the model segment the selected vertebra again, its neighbours as they are now.",
            self._resegment,
            name="resegment",
        )
        self.redo_down = button(
            "Redo below ↓",
            "Walk down from the selected vertebra, as it is now. What lies below and was only "
            "proposed is found anew; accepted, locked, ignored and edited ones stay.",
            partial(self._redo_from, Way.DOWN),
            name="redo below",
        )
        self.redo_up = button(
            "Redo above ↑",
            "Walk up from the selected vertebra, as it is now. What lies above and was only "
            "proposed is found anew; accepted, locked, ignored and edited ones stay.",
            partial(self._redo_from, Way.UP),
            name="redo above",
        )

    def _make_brush(self) -> None:
        self.limited = QCheckBox("Brush only from")
        self.limited.setToolTip(
            "Painting keeps to voxels within these CT values; erasing does not."
        )
        self.low, self.high = QSpinBox(), QSpinBox()
        for box, value in ((self.low, 150), (self.high, 3000)):
            box.setRange(-1024, 4000)
            box.setSingleStep(10)
            box.setValue(value)
            box.setToolTip("CT value in Hounsfield units.")
            box.valueChanged.connect(lambda _: self._limit())
        self.limited.toggled.connect(lambda _: self._limit())

    def _lay_out(self) -> None:
        """Scrolled where the window is low; what is saved stays in sight."""
        inner, outer = QWidget(), QVBoxLayout(self)
        layout = QVBoxLayout(inner)
        layout.addWidget(self.recover)
        layout.addLayout(row(self.undo, self.redo, self.new))
        layout.addLayout(row(self.limited, self.low, QLabel("to"), self.high, QLabel("HU")))
        layout.addWidget(_line())
        layout.addWidget(self.form)
        layout.addLayout(row(self.points, self.back, self.close_wire, self.free))
        layout.addLayout(row(self.preview, self.apply, self.cancel))
        layout.addWidget(self.proposal)
        layout.addWidget(_line())
        layout.addWidget(self.names)
        layout.addWidget(_line())
        layout.addWidget(self.resegment)
        layout.addLayout(row(self.redo_down, self.redo_up))
        layout.addWidget(self.complaint)
        layout.addStretch()
        outer.addWidget(TallArea(inner))
        outer.addLayout(row(self.status, self.save))
        outer.addWidget(disclaimer())

    def _bind_keys(self) -> None:
        """In this panel as on the layer."""
        for key, deed in (("Ctrl+Z", self._undo), ("Ctrl+Shift+Z", self._redo)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(deed)

    def _tell_saved(self) -> None:
        self.status.setText(self.session.saved_words())

    def _refresh_saved(self, against: str | None) -> None:
        keeper = self.session.keeper
        self.status.setText(self.session.saved_words())
        self.save.setVisible(keeper is not None and keeper.desk is not None)
        allow(self.save, against)

    def _refresh_undo(self, work: SpineWork | None, against: str | None) -> None:
        stack = work.steps.stack if work else None
        for made, verb, name in (
            (self.undo, "Undo", stack.next_undo if stack else None),
            (self.redo, "Redo", stack.next_redo if stack else None),
        ):
            allow(made, against or (None if name else f"There is nothing to {verb.lower()}."))
            if made.isEnabled():
                made.setToolTip(f"{verb}: {name}")

    def _refresh_redo(self, against: str | None) -> None:
        reason = against or reason_against_redo(self.session)
        work = self.session.work
        for made, way in ((self.redo_down, Way.DOWN), (self.redo_up, Way.UP)):
            allow(made, reason)
            if made.isEnabled() and work is not None and work.selected is not None:
                gone = [work.chain.called(r.id) for r in open_ones(work, work.selected, way)]
                tip = made.property("tip")
                made.setToolTip(f"{tip}\nFound anew: {', '.join(gone) or 'none is there yet'}.")

    def _against(self, work: SpineWork | None) -> str | None:
        if work is None:
            return _NO_SCAN
        if work.frozen:
            return f"You only look: {work.frozen}"
        walk = self.session.walk
        is_running = walk is not None and walk.status not in (Status.IDLE, Status.PAUSED)
        return _WALKING if is_running else None

    def _lack(self) -> str | None:
        control = self.control
        contours = len(control.wire.contours()) if control.wire else 0
        return lack(self.form.chosen(), len(control.places), contours, self.form.other.count())

    def _against_model(self) -> str | None:
        has_model = bool(self.session.request.model)
        return None if has_model else "There is no model: choose one in the Walk panel."

    def _selected(self) -> int | None:
        """The selected vertebra, or for the live wire a label that has none yet."""
        work = self.session.work
        if work is None:
            return None
        if self.form.chosen() is Tool.WIRE and work.drawing is not None:
            return work.drawing
        return work.selected

    def _choose(self) -> None:
        self.complaint.hide()
        self.points.setChecked(False)
        self.control.choose(self.form.chosen())
        self.refresh()

    def _preview(self) -> None:
        selected = self._selected()
        if selected is not None:
            self.complaint.hide()
            self.control.preview(self.form.wish(selected))

    def _cancel(self) -> None:
        self.points.setChecked(False)
        self.complaint.hide()
        self.control.cancel()

    def _resegment(self) -> None:
        work = self.session.work
        if work is None or work.selected is None:
            return
        self.complaint.hide()
        labels, request = self.control.editable(work), self.session.request
        load, target = self.session.loader, _target(work, work.selected)
        self.control.draft(lambda: resegment(target, labels, work.scan, request, load))

    def _redo_from(self, way: Way) -> None:
        self.complaint.hide()
        self.control.cancel()
        redo_from_here(self.session, way)

    def _undo(self) -> None:
        if self.session.work is not None:
            self.control.cancel()
            self.session.work.undo()

    def _redo(self) -> None:
        if self.session.work is not None:
            self.control.cancel()
            self.session.work.redo()

    def _new(self) -> None:
        if self.session.work is not None:
            self.session.work.draw_new()
            self.refresh()

    def _save(self) -> None:
        if self.session.keeper is not None:
            self.session.keeper.save_version()

    def _limit(self) -> None:
        limits = (float(self.low.value()), float(self.high.value()))
        self.control.limit_brush(limits if self.limited.isChecked() else None)

    def _close_contour(self) -> None:
        self.control.close_contour(straight=self.free.isChecked())

    def _arm(self, on: bool) -> None:
        work = self.session.work
        if on and work is not None:
            work.spine.lay_brush_down()
        draws = self.free.isChecked() and self.form.chosen() is Tool.WIRE
        self.arm.arm(on and not draws)
        self.hand.arm(on and draws)

    def _on_move(self, viewer: Any, event: Any) -> None:
        if self.arm.is_armed and self.form.chosen() is Tool.WIRE:
            self.control.hover(event.position)

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)


def _target(work: SpineWork, vertebra: int) -> Target:
    order = [record.id for record in work.chain]
    place = order.index(vertebra)
    return Target(
        vertebra=vertebra,
        above=tuple(reversed(order[:place])),
        below=tuple(order[place + 1 :]),
    )


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    return line
