"""Writes changes to a journal, in a thread of its own and every few seconds."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ..errors import CaseIncomplete, OutputRefused, VertsegError
from .journal_record import Begin, Change, Record, Saving, encode
from .journal_recovery import Recovered, Saved, recover, squashed
from .journal_segments import remove_segments, segment_numbers, segment_path, write_segment

INTERVAL_S: Final = 2.0
"""At most so much work is lost when the process is killed."""
SNAPSHOT_MB: Final = 64.0

LoadBase = Callable[[Recovered], Saved]
"""The state that changes are put on."""


class JournalWriter:
    """Appends changes to the journal of one scan.

    Nothing is written before the first change. Only ``flush``, ``saved`` and
    ``close`` wait for the disk; all else may be called from the window's thread.

    Parameters
    ----------
    folder : path
        Of the journal; made when it is needed.
    base : str
        What the labels were before any change: ``nothing``, ``version 3``.
    shape : (z, y, x)
        Of the labels.
    interval_s : float
        How often to write.
    load_base : callable, optional
        Called in the writer's thread, once the journal has grown by
        ``snapshot_mb``: all of it is then written as one snapshot.
    after : Recovered, optional
        Changes to go on from.

    Raises
    ------
    CaseIncomplete
        The folder holds changes that nobody has decided about.
    OutputRefused
        The folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        base: str,
        shape: tuple[int, int, int],
        *,
        dtype: str = "|u1",
        interval_s: float = INTERVAL_S,
        load_base: LoadBase | None = None,
        snapshot_mb: float = SNAPSHOT_MB,
        after: Recovered | None = None,
    ) -> None:
        if after is None and recover(folder, base) is not None:
            raise CaseIncomplete(
                "There are changes of an earlier session that were not saved; recover them or "
                "discard them first."
            )
        self.folder = folder
        self.error: str | None = None
        """Why the last attempt to write failed; tried again at the next."""
        self._begin = Begin(base, shape, dtype)
        self._number = max(segment_numbers(folder), default=0)
        self._interval_s, self._load_base = interval_s, load_base
        self._snapshot_bytes = int(snapshot_mb * 2**20)
        self._queue: list[Record] = []
        self._since_saving: list[Change] | None = None
        self._file: IO[bytes] | None = None
        self._good = self._first = 0
        self._is_closing = False
        self._wish = threading.Condition()
        self._disk = threading.Lock()
        self._begin_anew(after.begin if after else self._begin, after.changes if after else ())
        self._thread = threading.Thread(target=self._run, name="vertseg journal", daemon=True)
        self._thread.start()

    @property
    def unwritten(self) -> int:
        """Changes that are not on the disk yet."""
        with self._wish:
            return sum(isinstance(record, Change) for record in self._queue)

    def note(self, change: Change) -> None:
        """Something has changed; it is on the disk a moment later."""
        with self._wish:
            self._queue.append(change)
            if self._since_saving is not None:
                self._since_saving.append(change)

    def flush(self) -> bool:
        """Wait until all is on the disk; False where it cannot be written."""
        with self._disk:
            return self._write()

    def saving(self, base: str) -> None:
        """The labels of this moment are being saved; call ``saved`` when they are."""
        with self._wish:
            self._queue.append(Saving(base))
            self._since_saving = []

    def saved(self, base: str) -> None:
        """A version is on the disk: only what has changed since ``saving`` is still needed.

        Raises
        ------
        OutputRefused
            The journal cannot be written; it is left as it is.
        """
        with self._disk:
            with self._wish:
                rest, self._since_saving = self._since_saving or [], None
                self._queue.clear()
            self._begin_anew(Begin(base, self._begin.shape, self._begin.dtype), rest)

    def close(self, *, discard: bool = False) -> None:
        """Write what is left and end; with ``discard`` the journal is emptied."""
        with self._wish:
            self._is_closing = True
            self._wish.notify_all()
        self._thread.join()
        with self._disk:
            if not discard:
                self._write()
            self._end_file()
            if discard:
                remove_segments(self.folder)

    def _run(self) -> None:
        while not self._is_closing:
            with self._wish:
                self._wish.wait_for(lambda: self._is_closing, self._interval_s)
            with self._disk, _nothing_collected():
                self._write()
                self._snapshot_if_long()

    def _write(self) -> bool:
        """Append what waits, and make sure that it is on the disk."""
        with self._wish:
            waiting = list(self._queue)
        if not waiting:
            return True
        try:
            file = self._file or self._open()
            # A write that failed halfway must not stand between good records.
            file.seek(self._good)
            file.truncate()
            file.write(b"".join(encode(record) for record in waiting))
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            self.error = error.strerror or str(error)
            return False
        except OutputRefused as error:
            self.error = str(error)
            return False
        self._good, self.error = file.tell(), None
        with self._wish:
            del self._queue[: len(waiting)]
        return True

    def _open(self) -> IO[bytes]:
        """The segment to append to; a new one where there is none."""
        path = segment_path(self.folder, self._number)
        if not path.exists():
            write_segment(self.folder, self._number, [self._begin])
        file = path.open("r+b")
        file.seek(0, os.SEEK_END)
        self._file, self._good = file, file.tell()
        self._first = self._good
        return file

    def _begin_anew(self, begin: Begin, changes: tuple[Change, ...] | list[Change]) -> None:
        """A new segment takes the place of all before it; one without a change goes, too."""
        self._end_file()
        old = self._number
        if segment_numbers(self.folder) or changes:
            write_segment(self.folder, old + 1, [begin, *changes])
        self._begin, self._number = begin, old + 1
        remove_segments(self.folder, up_to=old if changes else None)

    def _snapshot_if_long(self) -> None:
        grown = self._good - self._first
        is_saving = self._since_saving is not None
        if self._load_base is None or grown < self._snapshot_bytes or is_saving:
            return
        try:
            recovered = recover(self.folder, self._begin.base)
            if recovered is not None:
                change = squashed(recovered, self._load_base(recovered))
                self._begin_anew(Begin(*_facts(self._begin), is_whole=True), [change])
        except OSError as error:
            self.error = error.strerror or str(error)
        except OutputRefused as error:
            self.error = str(error)
        except (VertsegError, MemoryError):
            self._load_base = None  # the journal goes on growing, and nothing is lost

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._good = None, 0


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Python collects garbage in whichever thread allocates; no window must die in this one."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _facts(begin: Begin) -> tuple[str, tuple[int, int, int], str]:
    return begin.base, begin.shape, begin.dtype
