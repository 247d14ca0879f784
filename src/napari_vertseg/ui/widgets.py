"""Small Qt pieces that several panels share."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from .running import Ended

DISCLAIMER = "Research use only, not a medical device."

Choice = TypeVar("Choice", bound=StrEnum)


def button(text: str, tip: str, slot: Callable[[], object], *, name: str = "") -> QPushButton:
    """A push button that can be reached by Tab and found by its object name."""
    made = QPushButton(text)
    made.setObjectName(name or text)
    made.setToolTip(tip)
    made.setProperty("tip", tip)
    made.clicked.connect(lambda checked=False: slot())
    return made


def allow(made: QPushButton, reason_against: str | None) -> None:
    """Enable a button, or disable it with the reason in its tooltip."""
    made.setEnabled(reason_against is None)
    tip = made.property("tip")
    made.setToolTip(tip if reason_against is None else f"{tip}\nNot now: {reason_against}")


def row(*parts: QWidget) -> QHBoxLayout:
    """Widgets side by side."""
    layout = QHBoxLayout()
    layout.setSpacing(4)
    for part in parts:
        layout.addWidget(part)
    return layout


def choices(kind: type[Choice]) -> QComboBox:
    """A combo box over the values of an enum."""
    box = QComboBox()
    for choice in kind:
        box.addItem(str(choice.value), choice)
    return box


def disclaimer() -> QLabel:
    """The sentence that stands in every panel."""
    label = QLabel(DISCLAIMER)
    label.setObjectName("disclaimer")
    label.setAlignment(Qt.AlignmentFlag.AlignRight)
    label.setStyleSheet("font-size: 10px;")
    return label


class TallArea(QScrollArea):
    """Scrolled up and down only, where the window is low; as wide as what is in it needs."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inner)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802 - Qt's name
        """What is inside is laid out anew: a part of it has come, gone, or got other words."""
        is_handled = super().eventFilter(watched, event)
        inner = self.widget()
        is_laid_out = event is not None and event.type() == QEvent.Type.LayoutRequest
        if is_laid_out and watched is inner and isinstance(inner, QWidget):
            bar = self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(inner.minimumSizeHint().width() + bar)
        return bool(is_handled)


class Complaint(QFrame):
    """What happened, what it means, what to do; stays until it is dismissed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("complaint")
        self.setStyleSheet("QFrame#complaint { border: 1px solid #d55e00; border-radius: 3px; }")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = ""
        layout = QVBoxLayout(self)
        layout.addWidget(self.text)
        self._copy = button("Copy details", "Copy the message for a report.", self._copy_details)
        layout.addLayout(row(self._copy, button("Dismiss", "Hide this message.", self.hide)))
        self.hide()

    def show_error(self, ended: Ended) -> None:
        """Show the error that ended some work."""
        self.text.setText(str(ended.error))
        self._details = f"{ended.error}\n{ended.details}".strip()
        self.show()

    def _copy_details(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._details)
