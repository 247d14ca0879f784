"""Which command, and what its end means to the shell."""

from __future__ import annotations

import argparse
import io
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .. import __version__
from ..errors import VertsegError
from . import cases, demo, evaluate, models, phantom, rounds, segment, study, window
from .exit_codes import EXIT_CODES, ExitCode, Unfinished
from .streams import complain

COMMANDS = (segment, evaluate, cases, models, rounds, phantom, demo, study, window)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``vertseg``; those of this process where not given.

    Returns
    -------
    int
        See ``ExitCode``; bad options leave by ``SystemExit(2)``, as argparse has it.
    """
    _accept_any_character()
    options = parser().parse_args(arguments)
    try:
        with _tidy_when_terminated():
            return int(options.run(options))
    except VertsegError as error:
        complain(str(error))
        return ExitCode.FAILED if isinstance(error, Unfinished) else ExitCode.REFUSED
    except KeyboardInterrupt:
        complain("interrupted; no half file was left.")
        return ExitCode.INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(
        prog="vertseg",
        description="Every vertebra of a CT scan as its own mask. "
        "Research use only, not a medical device.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"vertseg {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return top


@contextmanager
def _tidy_when_terminated() -> Iterator[None]:
    """A scheduler's SIGTERM, too, leaves no half file."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may ask for signals
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _accept_any_character() -> None:
    """A terminal that lacks a character shows its number instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
