"""Click to segment: while armed, a click on a vertebra begins a walk there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

_STILL_PIXELS: Final = 4.0
"""A press that moves further is a drag: it pans, as always."""


class ClickArm:
    """Listens to a viewer's mouse while armed.

    Parameters
    ----------
    viewer : napari.Viewer
    clicked : callable
        Told the place in the viewer's world of every click in a slice view.
    refused : callable
        Told in words why a click could not be taken.
    """

    def __init__(
        self,
        viewer: Any,
        clicked: Callable[[tuple[float, ...]], None],
        refused: Callable[[str], None],
    ) -> None:
        self._viewer = viewer
        self._clicked, self._refused = clicked, refused

    @property
    def is_armed(self) -> bool:
        """Whether clicks are taken."""
        return self._on_press in self._viewer.mouse_drag_callbacks

    def arm(self, on: bool) -> None:
        """Take clicks from now on, or no longer."""
        if on and not self.is_armed:
            self._viewer.mouse_drag_callbacks.append(self._on_press)
        elif not on and self.is_armed:
            self._viewer.mouse_drag_callbacks.remove(self._on_press)

    def _on_press(self, viewer: Any, event: Any) -> Generator[None, None, None]:
        if event.button != 1 or event.modifiers:
            return
        begun = tuple(event.pos)
        world = tuple(float(v) for v in event.position)
        yield
        while event.type == "mouse_move":
            yield
        moved = max(abs(a - b) for a, b in zip(event.pos, begun, strict=True))
        if moved > _STILL_PIXELS:
            return
        if viewer.dims.ndisplay == 3:
            self._refused("A click in 3D has no depth; choose a slice view and click there.")
            return
        self._clicked(world)
