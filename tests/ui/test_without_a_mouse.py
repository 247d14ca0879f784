"""Every control of every panel can be reached by Tab, and a button that is off says why."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.volume import Scan

from .desk import Desk, buttons_of, name_of

PANELS = (
    *(("panels", f"{kind}_panel") for kind in ("scan", "walk", "vertebra", "replay", "correct")),
    *(("panels", f"{kind}_panel") for kind in ("project", "queue", "effort")),
    ("retrain_panel", "retrain_panel"),
    ("compare_panel", "compare_panel"),
    ("models_panel", "models_panel"),
)


def test_no_panel_of_the_manifest_is_forgotten() -> None:
    npe2 = pytest.importorskip("npe2")
    from .test_contributions import MANIFEST

    offered = npe2.PluginManifest.from_file(MANIFEST).contributions
    panels = {widget.command.split(".")[1] for widget in offered.widgets}

    assert panels == {name for _, name in PANELS}


def controls_of(panel: Any) -> list[Any]:
    """All that a person can work with, Qt's own parts of other widgets left out."""
    from qtpy.QtWidgets import (
        QAbstractButton,
        QAbstractItemView,
        QAbstractSlider,
        QAbstractSpinBox,
        QComboBox,
        QLineEdit,
        QPlainTextEdit,
        QScrollBar,
    )

    kinds = (QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox)
    found = []
    for kind in (*kinds, QComboBox, QLineEdit, QPlainTextEdit):
        found += [c for c in panel.findChildren(kind) if not isinstance(c, QScrollBar)]
    holders = (QAbstractSpinBox, QComboBox, QAbstractItemView)
    return [
        control
        for control in found
        if not control.objectName().startswith("qt_")
        and not _is_part_of(control, holders, panel)
        and control.isVisibleTo(panel)
    ]


def _is_part_of(control: Any, holders: tuple[Any, ...], panel: Any) -> bool:
    above = control.parentWidget()
    while above is not None and above is not panel:
        if isinstance(above, holders):
            return True
        above = above.parentWidget()
    return False


@pytest.fixture(params=PANELS, ids=lambda at: at[1])
def panel(request: pytest.FixtureRequest, desk: Desk) -> Any:
    """One of the panels, docked, nothing opened."""
    module, name = request.param
    made = getattr(import_module(f"napari_vertseg.ui.{module}"), name)(desk.viewer)
    desk.viewer.window.add_dock_widget(made, name=name)
    return made


def test_every_control_is_on_the_way_of_the_tab_key(panel: Any) -> None:
    from qtpy.QtCore import Qt

    controls = controls_of(panel)
    by_mouse_only = [
        name_of(control) if hasattr(control, "text") else type(control).__name__
        for control in controls
        if not control.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]

    assert controls
    assert by_mouse_only == []


def test_every_button_that_is_off_says_why_before_anything_is_opened(panel: Any) -> None:
    from qtpy.QtWidgets import QTabBar

    # The arrows beside tabs that have no room are Qt's.
    buttons = [b for b in buttons_of(panel) if not isinstance(b.parentWidget(), QTabBar)]
    silent = [
        name_of(button)
        for button in buttons
        if not button.isEnabled() and "\nNot now: " not in button.toolTip()
    ]
    untold = [name_of(button) for button in buttons if not button.toolTip()]

    assert silent == []
    assert untold == []


def test_the_space_bar_presses_what_tab_has_come_to(desk: Desk, scan: Scan, qtbot: Any) -> None:
    from qtpy.QtCore import Qt

    desk.session.show_scan(scan)
    qtbot.keyClick(desk.walk.follow, Qt.Key.Key_Space)
    assert not desk.session.follows
    qtbot.keyClick(desk.walk.buttons[Action.VERTEBRA], Qt.Key.Key_Space)
    desk.wait_for(Status.PAUSED)

    assert desk.ids == [1]
