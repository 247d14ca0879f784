"""The Walk panel: drive the walk, and read what it does."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from .clicks import ClickArm
from .permissions import Action, Situation, Status, reason_against
from .retrain_place import workplace_of
from .running import Ended
from .session import Session
from .walk_form import WalkForm
from .widgets import Complaint, allow, button, disclaimer, row
from .wishes import StartFrom, Until

_TIPS = {
    Action.PLAY: ("▶ Play", "Walk on to the end, or go on after a pause (Shift+Space)."),
    Action.PAUSE: ("Ⅱ Pause", "Pause after the patch under way (Shift+Space)."),
    Action.STOP: ("■ Stop", "End the walk; what was found stays."),
    Action.PATCH: ("One patch", "Evaluate one patch, then pause."),
    Action.VERTEBRA: ("One vertebra", "Walk until the next vertebra, then pause."),
    Action.BACK: ("Back one vertebra", "Take back the vertebra found last."),
    Action.GO_ON: (
        "Go on from selected",
        "Walk on from the selected vertebra, as it is now, corrections included.",
    ),
}
_STATUS = {
    Status.IDLE: "Ready.",
    Status.RUNNING: "Walking…",
    Status.PAUSING: "Pausing after this patch…",
    Status.PAUSED: "Paused.",
    Status.STOPPING: "Stopping after this patch…",
}
_SLOWEST_S = 2.0
_NO_SCAN = "There is no scan yet: open one, or take an image layer in the Scan panel."


def _against_a_click(now: Situation) -> str | None:
    """A click brings its own place to begin, whatever the form says."""
    return reason_against(Action.VERTEBRA, replace(now, start=StartFrom.CLICK, has_click=True))


class WalkPanel(QWidget):
    """Emits wishes to the session of its viewer, shows what it tells."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.form = WalkForm(session.settings.model_folders)
        self.form.folder_chosen.connect(session.remember_model)
        self.place = workplace_of(session)
        self.place.model_offered.connect(self._use_model)
        wishes = {
            Action.PLAY: lambda: self._walk(Until.END),
            Action.PAUSE: self._pause,
            Action.STOP: self._stop,
            Action.PATCH: lambda: self._walk(Until.PATCH),
            Action.VERTEBRA: lambda: self._walk(Until.VERTEBRA),
            Action.BACK: self._back,
            Action.GO_ON: session.go_on_from_selected,
        }
        self.buttons: dict[Action, QPushButton] = {
            action: button(*_TIPS[action], wish, name=str(action.value))
            for action, wish in wishes.items()
        }
        self.arm = ClickArm(session.viewer, session.click, self._refuse)
        self.click = button(
            "Click to segment",
            "While this is down, a click on a vertebra segments that one.",
            lambda: None,
        )
        self.click.setCheckable(True)
        self.click.toggled.connect(self.arm.arm)
        self.here = button(
            "At the slices",
            "Segment the vertebra where the three slices meet: set each in its own view. "
            "The same as a click, without a mouse.",
            self._here,
            name="here",
        )
        self.walk_on = QCheckBox("and walk on")
        self.walk_on.setToolTip("After the clicked vertebra, walk on as chosen above.")
        self.walk_on.toggled.connect(self._walk_on)
        self.follow = QCheckBox("follow")
        self.follow.setChecked(True)
        self.follow.setToolTip("Turn to the slice that the walk looks at.")
        self.follow.toggled.connect(session.follow)
        self.speed = QSlider(Qt.Orientation.Horizontal)
        self.speed.setRange(0, 100)
        self.speed.setValue(100)
        self.speed.setToolTip(
            "How fast to walk: full speed on the right, two seconds per patch on the left."
        )
        self.speed.valueChanged.connect(self._set_speed)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(2000)
        self.complaint = Complaint()
        self._lay_out()
        self.form.changed.connect(self._ask)
        session.changed.connect(self.refresh)
        session.logged.connect(self._write)
        session.failed.connect(self._complain)
        self._ask()

    def refresh(self) -> None:
        """Enable what is possible now; the rest says why not."""
        self.form.begin_at(self.session.request.start)
        now: Situation = self.session.situation()
        for action, made in self.buttons.items():
            allow(made, reason_against(action, now))
        none = None if now.has_scan else _NO_SCAN
        allow(self.click, none)
        allow(self.here, none or _against_a_click(now))
        self.status.setText(_STATUS[now.status] if now.has_scan else "No scan yet.")

    def _lay_out(self) -> None:
        at = self.buttons
        layout = QVBoxLayout(self)
        layout.addWidget(self.form)
        layout.addLayout(row(at[Action.PLAY], at[Action.PAUSE], at[Action.STOP]))
        layout.addLayout(row(at[Action.PATCH], at[Action.VERTEBRA]))
        layout.addLayout(row(at[Action.BACK], at[Action.GO_ON]))
        layout.addLayout(row(self.click, self.here, self.walk_on))
        layout.addLayout(row(QLabel("slow"), self.speed, QLabel("fast"), self.follow))
        layout.addWidget(self.status)
        layout.addWidget(self.complaint)
        layout.addWidget(self.log)
        layout.addWidget(disclaimer())

    def _walk(self, until: Until) -> None:
        self.complaint.hide()
        self.session.play(until)

    def _pause(self) -> None:
        if self.session.walk is not None:
            self.session.walk.pause()

    def _stop(self) -> None:
        if self.session.walk is not None:
            self.session.walk.stop()

    def _back(self) -> None:
        if self.session.walk is not None:
            self.session.walk.back()

    def _here(self) -> None:
        self.complaint.hide()
        self.session.click(tuple(self.session.viewer.dims.point))

    def _ask(self) -> None:
        self.session.ask_for(self.form.request())

    def _use_model(self, model: str) -> None:
        self.form.use_model(model)

    def _walk_on(self, state: bool) -> None:
        self.session.walks_on_click = state

    def _refuse(self, why: str) -> None:
        self.session.logged.emit(why)

    def _set_speed(self, value: int) -> None:
        self.session.seconds_per_event = _SLOWEST_S * (1 - value / 100) ** 2

    def _write(self, line: str) -> None:
        self.log.appendPlainText(line)
        if not self.log.hasFocus():  # a reader who has gone back is left there
            bar = self.log.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _complain(self, ended: Ended) -> None:
        self.complaint.show_error(ended)
