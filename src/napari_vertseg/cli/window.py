"""``vertseg open``: the viewer on a scan."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .exit_codes import ExitCode


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
