"""``vertseg open``: the viewer on a scan; and whether a window can be opened at all."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from .exit_codes import ExitCode

_PROBE: Final = "import napari; from qtpy.QtWidgets import QApplication; QApplication([])"
_PROBE_S: Final = 60.0


def add_to(commands: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "open",
        help="open napari with the panels docked",
        description="Open napari with the panels docked, on a scan if one is given.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("scan", nargs="?", type=Path, metavar="SCAN", help="file or DICOM folder")


def run(options: argparse.Namespace) -> int:
    """Blocks until the window is closed."""
    from ..ui import open_viewer

    open_viewer(options.scan)
    return ExitCode.DONE


def can_open_window() -> bool:
    """Whether there is a display, and napari with a Qt binding that can draw on it.

    Tried in a process of its own: where a display is named but not there, Qt
    ends the process that asks.
    """
    if not has_display() or find_spec("napari") is None:
        return False
    try:
        tried = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, timeout=_PROBE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def has_display() -> bool:
    """Whether somebody can look: always but on a Linux without X or Wayland."""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
