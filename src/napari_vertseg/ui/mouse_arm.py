"""A listener to a viewer's mouse that is armed and disarmed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any


class MouseArm(ABC):
    """Takes what the mouse does from the moment it is armed.

    Parameters
    ----------
    viewer : napari.Viewer
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer

    @property
    def is_armed(self) -> bool:
        """Whether the mouse is listened to."""
        return self._on_press in self._viewer.mouse_drag_callbacks

    def arm(self, on: bool) -> None:
        """Listen from now on, or no longer."""
        if on and not self.is_armed:
            self._viewer.mouse_drag_callbacks.append(self._on_press)
        elif not on and self.is_armed:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)

    @abstractmethod
    def _on_press(self, viewer: Any, event: Any) -> Generator[None, None, None]:
        """From press to release, as napari drives its drag callbacks."""
