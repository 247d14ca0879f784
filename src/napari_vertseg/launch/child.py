"""A training in its run folder: started, joined again, watched, asked to stop."""

from __future__ import annotations

import os
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from ..errors import TrainingFailed
from ..io.atomic import atomic_path, write_json_atomic, writing
from ..strict_json import MalformedJson, read_json, to_jsonable
from ..training import EVENTS_FILE, LAST_KINDS, WISH_FILE, TrainingEvent, Wish
from .process import ProcessRecord, start_process
from .tail import EventTail
from .template import HERE, LaunchTemplate

LOG_FILE: Final = "trainer.log"
_RECORD_FILE: Final = "launch.json"
_SILENT_SECONDS: Final = 1200.0
"""A run on another machine that wrote nothing for so long is taken for lost."""


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It said why."""
    LOST = "lost"
    """It ended without a word."""


class TrainingRun:
    """One training, by its folder.

    Everything is read from files, so that it makes no difference who started it and
    whether that one still runs. No call waits.

    Parameters
    ----------
    folder : Path
        Run folder.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[bytes] | None = None) -> None:
        self.folder = folder
        self._process = process
        self._record = _read_record(folder)
        self._tail = EventTail(folder / EVENTS_FILE)
        self._unread: list[TrainingEvent] = []
        self._last: TrainingEvent | None = None
        self._last_step = 0

    @classmethod
    def start(
        cls, arguments: Sequence[str], folder: Path, template: LaunchTemplate = HERE
    ) -> TrainingRun:
        """Start the trainer as a process of its own.

        Parameters
        ----------
        arguments : sequence of str
            Words after ``vertseg-train``.
        folder : Path
            Where it will tell its events; made where it is absent.
        template : LaunchTemplate
            How the trainer is called.

        Raises
        ------
        TrainingFailed
            A training runs in this folder already, or none can be started.
        """
        _make_way(cls(folder))
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        (folder / WISH_FILE).unlink(missing_ok=True)
        # What an earlier process told last is not what this one tells.
        tail = EventTail(folder / EVENTS_FILE)
        deque(iter(tail.read, []), maxlen=0)
        process = start_process(template.command(arguments), folder / LOG_FILE)
        record = ProcessRecord.of(process.pid)
        write_json_atomic(folder / _RECORD_FILE, to_jsonable(record), overwrite=True)
        run = cls(folder, process)
        run._tail = tail
        return run

    @classmethod
    def join(cls, folder: Path) -> TrainingRun:
        """A run that somebody started; the first ``poll`` tells everything from its beginning.

        Raises
        ------
        TrainingFailed
            Nothing was ever started there.
        """
        if not any((folder / name).exists() for name in (_RECORD_FILE, EVENTS_FILE)):
            raise TrainingFailed(f"{folder.name} holds no training that could be joined.")
        return cls(folder)

    def poll(self) -> list[TrainingEvent]:
        """What it told since the last call."""
        self._look()
        events, self._unread = self._unread, []
        return events

    def is_alive(self) -> bool:
        """Whether the process runs; of another machine, whether it wrote lately."""
        if self._process is not None and self._process.poll() is not None:
            return False
        if self._record is None:
            return False
        return self._record.is_alive() if self._record.is_here else self._wrote_lately()

    def state(self) -> RunState:
        """How it stands at this moment."""
        is_alive = self.is_alive()
        self._look()  # after the question, or the last words of a process would be missed
        if self._last is not None and self._last.kind in LAST_KINDS and not self._is_untold():
            return RunState(self._last.kind)
        return RunState.RUNNING if is_alive else RunState.LOST

    def sentence(self) -> str:
        """How it stands, for a person."""
        match self.state():
            case RunState.RUNNING:
                return "The training runs."
            case RunState.LOST:
                return self._obituary()
            case state:
                said = self._last.message if self._last is not None else ""
                return said or f"The training has {state}."

    def stop_and_keep_best(self) -> None:
        """Ask it to stop after the step it is at; what was best becomes the candidate."""
        self._wish(Wish.STOP)

    def cancel(self) -> None:
        """Ask it to stop; nothing becomes of it, but it can be resumed."""
        self._wish(Wish.CANCEL)

    def kill(self) -> None:
        """End it at once, where asking does not help; its last checkpoint stays."""
        if self._record is not None:
            self._record.kill()
        if self._process is not None:
            self._process.wait(timeout=10)

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of what the process printed, for those who want details."""
        try:
            text = (self.folder / LOG_FILE).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _is_untold(self) -> bool:
        """Whether what was told last is of an earlier process in the same folder."""
        told = self.folder / EVENTS_FILE
        if self._record is None or not told.exists():
            return False
        return told.stat().st_mtime < self._record.started

    def _look(self) -> None:
        events = self._tail.read()
        self._unread += events
        for event in events:
            self._last = event
            self._last_step = max(self._last_step, event.step)

    def _wish(self, wish: Wish) -> None:
        with atomic_path(self.folder / WISH_FILE, overwrite=True) as beside:
            beside.write_text(wish, encoding="utf-8")

    def _wrote_lately(self) -> bool:
        times = []
        for name in (EVENTS_FILE, LOG_FILE, _RECORD_FILE):
            path = self.folder / name
            if path.exists():
                times.append(path.stat().st_mtime)
        return bool(times) and time.time() - max(times) < _SILENT_SECONDS

    def _obituary(self) -> str:
        code = None if self._process is None else self._process.returncode
        said = _last_words(self.log_tail(5))
        if self._last is None:
            reason = f" It said: {said}" if said else ""
            return (
                "The training ended before it began; nothing was changed."
                f"{reason} The log has the details."
            )
        because = "it was killed" if code is None or code < 0 else "it broke off"
        return (
            f"The training ended without a word: {because}, or the computer ran out of memory. "
            f"Your corrections and models are as they were, and what it learned until its last "
            f"checkpoint (it had reached step {self._last_step}) is kept; press Resume to go on."
        )


@contextmanager
def announced(folder: Path) -> Iterator[None]:
    """Let this process be found as the one that trains in a folder, until it ends.

    A training begun from the command line was started by no ``TrainingRun``; to a window that
    joins it, it would look killed. One that was started is left as it is: whoever launched it
    may be a queue or another machine.
    """
    record = _read_record(folder)
    if record is not None and (record.is_alive() if record.is_here else _is_awaited(folder)):
        yield
        return
    if (folder / EVENTS_FILE).exists():
        # A wish that the last process there left unread is none for this one.
        (folder / WISH_FILE).unlink(missing_ok=True)
    own = to_jsonable(ProcessRecord.of(os.getpid()))
    write_json_atomic(folder / _RECORD_FILE, own, overwrite=True)
    try:
        yield
    finally:
        (folder / _RECORD_FILE).unlink(missing_ok=True)


def _is_awaited(folder: Path) -> bool:
    """Whether a launch from another machine has told nothing yet, and so may be this process.

    What told its words long ago and ended without taking its record away is dead.
    """
    events = folder / EVENTS_FILE
    launched = (folder / _RECORD_FILE).stat().st_mtime
    return not events.exists() or events.stat().st_mtime <= launched


def _make_way(run: TrainingRun) -> None:
    """End a process that has told its last word and only cleans up; refuse one that trains."""
    if not run.is_alive():
        return
    if run.state() is RunState.RUNNING:
        raise TrainingFailed(
            f"a training already runs in {run.folder.name}; join it, or stop it first."
        )
    run.kill()


def _read_record(folder: Path) -> ProcessRecord | None:
    try:
        return read_json(ProcessRecord, folder / _RECORD_FILE)
    except (OSError, MalformedJson):
        return None


def _last_words(log: str) -> str:
    """The sentence that the trainer ended with, if it is one of ours."""
    ours = [line for line in log.splitlines() if line.startswith("vertseg-train: ")]
    return ours[-1].removeprefix("vertseg-train: ") if ours else ""
