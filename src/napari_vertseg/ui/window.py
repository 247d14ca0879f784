"""The end of a viewer's window: asked about where work is at stake, and then final."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMessageBox, QWidget


class WindowWatch(QObject):
    """Lives as long as the window it watches."""

    def __init__(
        self, window: QWidget, end: Callable[[], None], question: Callable[[], str | None]
    ) -> None:
        super().__init__(window)
        self._end, self._question = end, question
        window.installEventFilter(self)

    @classmethod
    def over(
        cls, viewer: Any, end: Callable[[], None], question: Callable[[], str | None]
    ) -> WindowWatch:
        """Watch the window of a viewer; ``end`` is called when it closes.

        Parameters
        ----------
        question : callable
            What to ask before closing; None where nothing is at stake.
        """
        # napari has no public way to its main window from a viewer.
        return cls(viewer.window._qt_window, end, question)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ask before closing where work is at stake; let the session end with the window."""
        if event.type() == QEvent.Type.Close:
            question = self._question()
            if question is not None and not self._may_close(watched, question):
                event.ignore()
                return True
            self._end()
        return False

    def _may_close(self, window: Any, question: str) -> bool:
        yes = QMessageBox.StandardButton.Yes
        buttons = yes | QMessageBox.StandardButton.Cancel
        return QMessageBox.question(window, "Close napari", question, buttons) == yes
