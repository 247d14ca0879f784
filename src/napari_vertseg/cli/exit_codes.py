"""What the shell is told."""

from __future__ import annotations

from enum import IntEnum

from ..errors import VertsegError


class ExitCode(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    """All was done; a scan without any vertebra is a result, too, and brings a warning."""
    FAILED = 1
    """A walk or a write failed on the way, or one of several scans did."""
    REFUSED = 2
    """It cannot be done as asked: a bad option, scan, model or place. Nothing was written."""
    INTERRUPTED = 130
    """Ctrl-C."""


EXIT_CODES = """\
exit codes:
  0    done; a scan without any vertebra is a result, too, and brings a warning
  1    a walk or a write failed on the way, or one of several scans failed
  2    refused: bad option, scan, model or place; nothing was written
  130  interrupted by Ctrl-C (143: by SIGTERM); no half file is left
"""
"""For the help."""


class Unfinished(VertsegError):
    """Something gave out after the work had begun (``FAILED``); the text says what."""
