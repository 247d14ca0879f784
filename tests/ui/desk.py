"""A viewer with panels docked and the walk in its thread, and hands to press their buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.permissions import Action, Status

LONG_MS = 600_000
"""For a machine that has other work; nothing takes this long by itself."""


class Desk:
    """A viewer with panels, and hands to press their buttons."""

    def __init__(self, viewer: Any, qtbot: Any, load: Callable[..., Loaded]) -> None:
        from napari_vertseg.ui.panels import (
            replay_panel,
            scan_panel,
            vertebra_panel,
            walk_panel,
        )
        from napari_vertseg.ui.sessions import session_of

        self.viewer, self.qtbot = viewer, qtbot
        self.session = session_of(viewer)
        self.session._load = load
        docks = (scan_panel, walk_panel, vertebra_panel, replay_panel)
        self.panels = [make(viewer) for make in docks]
        self.scan, self.walk, self.table, self.replay = self.panels
        for panel in self.panels:
            viewer.window.add_dock_widget(panel)
        self.walk.form.model.addItem("oracle", "oracle")

    def press(self, action: Action) -> None:
        button = self.walk.buttons[action]
        assert button.isEnabled(), button.toolTip()
        button.click()

    def wait_for(self, status: Status) -> None:
        self.qtbot.waitUntil(lambda: self.session.walk.status is status, timeout=LONG_MS)
        self.qtbot.waitUntil(
            lambda: not self.session.errands.is_busy_with(self.session.work), timeout=LONG_MS
        )

    def layer(self, role: Role) -> Any:
        return self.session.work.spine.layer(role)

    @property
    def ids(self) -> list[int]:
        return [record.id for record in self.session.work.chain]

    def push(self, panel: Any, name: str) -> None:
        """Press a button of a panel by its name."""
        made = next(b for b in buttons_of(panel) if name_of(b) == name)
        assert made.isEnabled(), f"{name}: {made.toolTip()}"
        made.click()

    def wait_until(self, done: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=LONG_MS)

    def leave(self) -> None:
        self.session.close()
        if self.session.walk is not None and self.session.walk._running is not None:
            self.qtbot.wait(300)


def buttons_of(panel: Any) -> list[Any]:
    """All that can be pressed, Qt's own parts of a table left out."""
    from qtpy.QtWidgets import QAbstractButton

    found = panel.findChildren(QAbstractButton)
    return [b for b in found if not b.objectName().startswith("qt_") and name_of(b)]


def name_of(button: Any) -> str:
    return str(button.objectName() or button.text())
