"""Lines drawn by free hand, where the live wire fails."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from .mouse_arm import MouseArm

Path = list[tuple[float, ...]]
"""Places in the viewer's world, in order."""


class FreeHand(MouseArm):
    """Takes what the mouse draws while it is armed; nothing is panned meanwhile.

    Parameters
    ----------
    viewer : napari.Viewer
    drawing : callable
        Told the line so far at every move of the mouse.
    drawn : callable
        Told the whole line; a click is a line of one place.
    """

    def __init__(
        self, viewer: Any, drawing: Callable[[Path], None], drawn: Callable[[Path], None]
    ) -> None:
        super().__init__(viewer)
        self._drawing, self._drawn = drawing, drawn

    def _on_press(self, viewer: Any, event: Any) -> Generator[None, None, None]:
        if event.button != 1 or event.modifiers or viewer.dims.ndisplay == 3:
            return
        camera = getattr(viewer, "scene", viewer).camera  # napari 0.9 has moved it
        could_pan, camera.mouse_pan = camera.mouse_pan, False
        line = [tuple(float(v) for v in event.position)]
        try:
            yield
            while event.type == "mouse_move":
                line.append(tuple(float(v) for v in event.position))
                self._drawing(line)
                yield
        finally:
            camera.mouse_pan = could_pan
        self._drawn(line)
