"""What napari's first layer would cost the window is paid beside it; nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from napari_vertseg.ui.prepaid import prepay, settle


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Puts another registry of units in the place of pint's."""
    pint = pytest.importorskip("pint")
    monkeypatch.setattr(pint.application_registry, "_registry", pint.application_registry.get())
    return pint.set_application_registry


def test_units_that_nobody_has_used_are_replaced_by_those_read_beside(
    registry: Callable[[Any], None],
) -> None:
    import pint
    from pint.registry import LazyRegistry

    prepay()
    registry(LazyRegistry())
    settle()
    now = pint.application_registry.get()

    assert type(now) is pint.UnitRegistry
    assert now.parse_expression("1000 um").to("mm").magnitude == pytest.approx(1.0)
    settle()
    assert pint.application_registry.get() is now


def test_units_that_are_in_use_stay(registry: Callable[[Any], None]) -> None:
    import pint

    prepay()
    used = pint.UnitRegistry()
    registry(used)
    settle()

    assert pint.application_registry.get() is used
