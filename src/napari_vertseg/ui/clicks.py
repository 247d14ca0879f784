"""Click to segment: while armed, a click on a vertebra begins a walk there."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from .mouse_arm import MouseArm

_STILL_PIXELS: Final = 4.0
"""A press that moves further is a drag: it pans, as always."""


class ClickArm(MouseArm):
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
        super().__init__(viewer)
        self._clicked, self._refused = clicked, refused

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
