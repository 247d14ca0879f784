"""Hands that press every button of one panel at a real viewer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.ui.permissions import Status
from napari_vertseg.volume import Scan

from .desk import Desk, buttons_of, name_of


@dataclass
class Hands:
    """What a test of one panel needs."""

    desk: Desk
    scan: Scan
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    panel: Any = None

    def choose(self, dialog: str, path: Path) -> None:
        """What the next file dialog answers."""
        from qtpy.QtWidgets import QFileDialog

        answer = str(path) if dialog == "getExistingDirectory" else (str(path), "")
        self.monkeypatch.setattr(QFileDialog, dialog, lambda *a, **k: answer)

    def push(self, name: str) -> None:
        self.desk.push(self.panel, name)

    def wait_for(self, status: Status) -> None:
        self.desk.wait_for(status)


Deed = Callable[[Hands], None]
COMPLAINTS = {"Copy details", "Dismiss"}


def do_all(hands: Hands, panel: Any, deeds: dict[str, Deed]) -> None:
    """Press them in order; none may be left out, and each is off with a reason or on."""
    hands.panel = panel
    assert {name_of(b) for b in buttons_of(panel)} - COMPLAINTS == set(deeds)
    for deed in deeds.values():
        deed(hands)
        for shown in hands.desk.panels:
            for button in buttons_of(shown):
                has_reason = "\nNot now: " in button.toolTip()
                assert has_reason is not button.isEnabled(), name_of(button)


def nothing_more(hands: Hands) -> None:
    """Pressed in the deed before."""
