"""Who does it: an option of every command that changes a project."""

from __future__ import annotations

import argparse
import getpass
import os


def add_who(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--annotator",
        default=_who(),
        metavar="NAME",
        help="who does this, for the history (default: VERTSEG_ANNOTATOR, else the login name)",
    )


def _who() -> str:
    try:
        return os.environ.get("VERTSEG_ANNOTATOR") or getpass.getuser()
    except (OSError, KeyError):  # a container without users
        return "unnamed"
