"""What napari loads and computes with its first labels layer, paid beside the window."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module


@cache
def prepay() -> None:
    """Load it now, once, in the thread that calls.

    Left to the window, a third of a second goes to the table library of napari's
    layers, and a tenth to the dash patterns of vispy's lines, which vispy keeps.
    """
    with suppress(ImportError):
        import_module("pandas")
    with suppress(ImportError, AttributeError):
        import_module("vispy.visuals.line.dash_atlas").DashAtlas()
