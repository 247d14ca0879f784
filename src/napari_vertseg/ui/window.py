"""The end of a viewer's window: asked about while a walk runs, and then final."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QMessageBox, QWidget

_QUESTION = (
    "A walk is running. Close napari all the same? The walk ends, and vertebrae that are not "
    "saved are lost."
)


class WindowWatch(QObject):
    """Lives as long as the window it watches."""

    def __init__(
        self, window: QWidget, end: Callable[[], None], is_walking: Callable[[], bool]
    ) -> None:
        super().__init__(window)
        self._end, self._is_walking = end, is_walking
        window.installEventFilter(self)

    @classmethod
    def over(
        cls, viewer: Any, end: Callable[[], None], is_walking: Callable[[], bool]
    ) -> WindowWatch:
        """Watch the window of a viewer; ``end`` is called when it closes."""
        # napari has no public way to its main window from a viewer.
        return cls(viewer.window._qt_window, end, is_walking)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ask before closing while a walk runs; let the session end with the window."""
        if event.type() == QEvent.Type.Close:
            if self._is_walking() and not self._may_close(watched):
                event.ignore()
                return True
            self._end()
        return False

    def _may_close(self, window: Any) -> bool:
        yes = QMessageBox.StandardButton.Yes
        buttons = yes | QMessageBox.StandardButton.Cancel
        return QMessageBox.question(window, "Walk is running", _QUESTION, buttons) == yes
