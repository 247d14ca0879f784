"""What napari loads and computes with its first layers, paid beside the window."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import Any


@cache
def prepay() -> None:
    """Load it now, once, in the thread that calls.

    Left to the window, a third of a second goes to the table library of napari's
    layers, a quarter to the units of measurement of its first layer, and a tenth
    to the dash patterns of vispy's lines, which vispy keeps.
    """
    _units()
    with suppress(ImportError):
        import_module("pandas")
    with suppress(ImportError, AttributeError):
        import_module("vispy.visuals.line.dash_atlas").DashAtlas()


def settle() -> None:
    """Hand napari the units that were read; quick, and for the window's thread only.

    pint reads its own at the first use, and another thread would find them half read:
    so another registry is read beside, and put in the place of one that nobody has used.
    """
    units = _units() if _units.cache_info().currsize else None
    if units is not None:
        pint, lazy = sys.modules["pint"], sys.modules["pint.registry"].LazyRegistry
        if type(pint.application_registry.get()) is lazy:
            pint.set_application_registry(units)


@cache
def _units() -> Any | None:
    """Units of measurement as pint reads them; None where napari does without."""
    with suppress(ImportError):
        return import_module("pint").UnitRegistry(on_redefinition="raise")
    return None
