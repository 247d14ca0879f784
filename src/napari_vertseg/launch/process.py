"""A process that outlives its parent and can be found again."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, ClassVar

import psutil

from ..errors import TrainingFailed
from ..strict_json import STRICT

_CLOCK_SECONDS = 2.0
"""Start times of one process, asked twice, differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """How to find a process again (``launch.json``); pids are used anew, start times are not."""

    __pydantic_config__: ClassVar = STRICT
    schema: int = 1
    host: str
    pid: int
    started: float
    """Seconds since the epoch, by the operating system."""

    @classmethod
    def of(cls, pid: int) -> ProcessRecord:
        """Of a process that was just started here."""
        try:
            started = float(psutil.Process(pid).create_time())
        except psutil.Error:  # gone already
            started = 0.0
        return cls(host=socket.gethostname(), pid=pid, started=started)

    @property
    def is_here(self) -> bool:
        """Whether this machine can say anything about it."""
        return self.host == socket.gethostname()

    def is_alive(self) -> bool:
        """Whether the very process runs; one that ended and waits to be asked does not."""
        process = self._process()
        try:
            return process is not None and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:  # it ended between two questions
            return False

    def kill(self) -> None:
        """End it and what it started, at once; does nothing where it has ended."""
        process = self._process()
        if process is None:
            return
        try:
            family = [*process.children(recursive=True), process]
        except psutil.Error:
            return
        for member in family:
            try:
                member.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(family, timeout=10)

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started) < _CLOCK_SECONDS
        except psutil.Error:
            return None
        return process if self.is_here and is_same else None


def start_process(command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, so that closing the parent does not end it.

    Standard output and error go to a file: a pipe would break when the parent ends, and
    fill up when nobody reads.

    Raises
    ------
    TrainingFailed
        There is no such program, or the log cannot be written.
    """
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(list(command), **_apart(output))
    except FileNotFoundError:
        raise TrainingFailed(
            f"the training could not be started: there is no program {Path(command[0]).name!r}. "
            "Check the launch line in the settings of the training."
        ) from None
    except OSError as error:
        raise TrainingFailed(
            f"the training could not be started ({error.strerror}); nothing was changed. "
            "Check the launch line and the free space of the project's disk."
        ) from None
    # Somebody must hear of its end, or it stays in the table of processes as a zombie.
    threading.Thread(target=process.wait, name=f"end of {process.pid}", daemon=True).start()
    return process


def _apart(output: IO[bytes]) -> dict[str, Any]:
    shared = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return {**shared, "creationflags": flags}
    return {**shared, "start_new_session": True}
