"""One person at a time changes a case; whoever comes second is told who has it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from ..errors import CaseIncomplete, CaseLocked
from .guard import guarded
from .layout import CaseFolder
from .lock_record import LockRecord
from .records import read_as, write_record

SILENT_AFTER_S: Final = 900.0
"""Without a sign of life for so long, a lock of another machine is probably left behind."""


class CaseLock:
    """A case held by this process; made by ``take``."""

    def __init__(self, folder: CaseFolder, record: LockRecord) -> None:
        self._folder = folder
        self.record = record

    @classmethod
    def take(cls, folder: CaseFolder, owner: str, *, take_over: bool = False) -> CaseLock:
        """Take the case, from a process that is gone, too.

        Parameters
        ----------
        folder : CaseFolder
            The case.
        owner : str
            The annotator, told to whoever comes second.
        take_over : bool
            Also from another machine, or from a lock that cannot be read; the
            process that loses it cannot save any more.

        Raises
        ------
        CaseLocked
            Somebody has it.
        OutputRefused
            The folder is not writable.
        """
        record = LockRecord.of_this_process(owner)
        with guarded(folder.path):
            _refuse_if_held(folder, take_over)
            write_record(folder.lock, record)
        return cls(folder, record)

    def check(self) -> None:
        """Make sure that it is still ours.

        Raises
        ------
        CaseLocked
            It was taken over.
        """
        there = holder(self._folder)
        if there is None or there.token != self.record.token:
            by = "nobody" if there is None else there.describe()
            raise CaseLocked(
                f"{self._folder.id} was taken over by {by}, so it cannot be saved from here; "
                "keep your work by exporting it, and open the case again."
            )

    def refresh(self) -> None:
        """Give a sign of life; call it every minute or so."""
        self.check()
        os.utime(self._folder.lock)

    def release(self) -> None:
        """Let go, unless somebody took it over; twice does no harm."""
        if not self._folder.path.is_dir():
            return  # the patient was withdrawn
        with guarded(self._folder.path):
            there = _read(self._folder.lock)
            if there is not None and there.token == self.record.token:
                self._folder.lock.unlink()


def holder(folder: CaseFolder) -> LockRecord | None:
    """Who has a case, None where nobody does or the lock cannot be read."""
    return _read(folder.lock)


def silent_s(folder: CaseFolder) -> float:
    """Seconds since the last sign of life; infinite where there is no lock."""
    try:
        return max(time.time() - folder.lock.stat().st_mtime, 0.0)
    except OSError:
        return float("inf")


def _refuse_if_held(folder: CaseFolder, take_over: bool) -> None:
    there = _read(folder.lock)
    if there is None:
        if folder.lock.exists() and not take_over:
            raise CaseLocked(
                f"{folder.id} has a lock that cannot be read, so nobody knows who has it; make "
                "sure that nobody works on it and take it over."
            )
        return
    if there.is_dead or (take_over and not there.is_here):
        return
    advice = "wait, or open it to look only"
    if not there.is_here and silent_s(folder) > SILENT_AFTER_S:
        minutes = int(silent_s(folder) // 60)
        advice += f"; no sign of life for {minutes} minutes, so it can probably be taken over"
    raise CaseLocked(f"{folder.id} is open for {there.describe()}; {advice}.")


def _read(path: Path) -> LockRecord | None:
    try:
        return read_as(LockRecord, path)
    except CaseIncomplete:
        return None
