"""One change at a time in a folder: a lock of the operating system, gone with its process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import OutputRefused

_PATIENCE_S: Final = 20.0


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Hold a folder for the moment of a change; waits for another process in its own moment.

    Raises
    ------
    OutputRefused
        The folder is not writable, or somebody holds it for too long.
    """
    descriptor = _opened(folder)
    try:
        _take(descriptor, folder.name)
        yield
    finally:
        os.close(descriptor)  # which lets go of the lock, too


@contextmanager
def held_if_free(folder: Path) -> Iterator[bool]:
    """Hold a folder for a long piece of work; says at once whether somebody else has it.

    Yields
    ------
    bool
        Whether it is held by this block until its end.

    Raises
    ------
    OutputRefused
        The folder is not writable.
    """
    descriptor = _opened(folder)
    try:
        yield _try(descriptor)
    finally:
        os.close(descriptor)


def _opened(folder: Path) -> int:
    try:
        return os.open(folder / ".guard", os.O_CREAT | os.O_RDWR, 0o666)
    except OSError as error:
        raise OutputRefused(
            f"{folder.name} cannot be changed ({error.strerror}); "
            "ask for write permission, or open it to look only."
        ) from error


def _take(descriptor: int, name: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not _try(descriptor):
        if time.monotonic() > until:
            raise OutputRefused(
                f"{name} is being changed by another program and does not come free; "
                "try again when that one has ended."
            )
        time.sleep(0.05)


def _try(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a network folder without locks: files are whole there all the same
    return True
