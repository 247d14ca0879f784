"""The panels as napari asks for them, and all of them docked."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QTimer

from .correct_panel import CorrectPanel
from .effort_panel import EffortPanel
from .project_panel import ProjectPanel
from .queue_panel import QueuePanel
from .replay_panel import ReplayPanel
from .scan_panel import ScanPanel
from .session import Session
from .sessions import session_of
from .vertebra_panel import VertebraPanel
from .walk_panel import WalkPanel


def project_panel(viewer: Any) -> ProjectPanel:
    """The Project panel of a viewer."""
    return ProjectPanel(session_of(viewer))


def queue_panel(viewer: Any) -> QueuePanel:
    """The Queue panel of a viewer."""
    return QueuePanel(session_of(viewer))


def effort_panel(viewer: Any) -> EffortPanel:
    """The Effort panel of a viewer."""
    return EffortPanel(session_of(viewer))


def scan_panel(viewer: Any) -> ScanPanel:
    """The Scan panel of a viewer."""
    return ScanPanel(session_of(viewer))


def walk_panel(viewer: Any) -> WalkPanel:
    """The Walk panel of a viewer."""
    return WalkPanel(session_of(viewer))


def vertebra_panel(viewer: Any) -> VertebraPanel:
    """The Vertebrae panel of a viewer."""
    return VertebraPanel(session_of(viewer))


def correct_panel(viewer: Any) -> CorrectPanel:
    """The Correct panel of a viewer."""
    return CorrectPanel(session_of(viewer))


def replay_panel(viewer: Any) -> ReplayPanel:
    """The Replay panel of a viewer."""
    return ReplayPanel(session_of(viewer))


def dock_panels(viewer: Any) -> Session:
    """Dock all panels; returns their session."""
    window = viewer.window
    window.add_dock_widget(scan_panel(viewer), name="Scan", area="right")
    walk = window.add_dock_widget(walk_panel(viewer), name="Walk", area="right")
    window.add_dock_widget(replay_panel(viewer), name="Replay", area="right", tabify=True)
    window.add_dock_widget(correct_panel(viewer), name="Correct", area="right", tabify=True)
    window.add_dock_widget(project_panel(viewer), name="Project", area="right", tabify=True)
    window.add_dock_widget(vertebra_panel(viewer), name="Vertebrae", area="bottom")
    # Once the tabs are laid out; before, the last one added stays in front.
    QTimer.singleShot(0, walk.raise_)
    return session_of(viewer)
