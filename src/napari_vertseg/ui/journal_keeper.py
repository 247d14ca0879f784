"""Keeps what is done on one scan on the disk, and offers it again after a crash."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from psygnal import Signal

from ..cases.journal_recovery import Recovered, blank, recover
from ..cases.journal_writer import JournalWriter
from ..cases.layout import CaseFolder
from ..cases.lock import CaseLock
from ..errors import CaseLocked, VertsegError
from ..volume import Scan, Slices, bounding_slices, scan_sha256
from .journal_changes import change_of
from .running import Ended, Running, Starter
from .undo_rows import Row
from .undo_steps import Done
from .work import SpineWork

NOTHING = "nothing"
"""What a scan outside of any project begins with."""
_MOST_AT_ONCE = 9
_BY_ITSELF = ("vertebra found", "mask taken over")
"""Steps that no hand has done: closing does not ask about them."""


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Work of an earlier session that was not saved."""

    recovered: Recovered
    folder: Path

    @property
    def words(self) -> str:
        """As a question."""
        at = datetime.fromisoformat(self.recovered.at).astimezone()
        steps = len(self.recovered.changes)
        many = f"{steps} steps" if steps > 1 else "one step"
        return (
            f"This scan has work that was not saved: {many}, the last on "
            f"{at:%d %B at %H:%M}. Recover it?"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Home:
    """Where the journal of the scan goes from now on, and what lay there."""

    folder: CaseFolder
    lock: CaseLock
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Replayed:
    """Recovered work, ready to be shown."""

    box: Slices | None
    values: NDArray[Any]
    rows: dict[int, Row]


class JournalKeeper:
    """Writes every step to a journal; its folder is found beside the window.

    Parameters
    ----------
    work : SpineWork
    start : Starter
        Runs work beside the window.
    """

    changed = Signal()

    def __init__(self, work: SpineWork, start: Starter) -> None:
        self.work = work
        self.offers: list[Offer] = []
        """Newest first."""
        self.error: str | None = None
        self._start = start
        self._home: _Home | None = None
        self._writer: JournalWriter | None = None
        self._early: list[Done] = []
        """Steps done before the folder was known."""
        self._steps = self._steps_by_hand = 0
        self._saved_at: datetime | None = None
        self._is_closed = False
        work.steps.done.connect(self._on_done)
        self._running: Running = start(self._look, self._found, self._ended)

    @property
    def unsaved(self) -> int:
        """Steps of a hand since the last save."""
        return self._steps_by_hand

    def words(self) -> str:
        """What is saved, for the status line."""
        error = self.error or (self._writer.error if self._writer else None)
        if error:
            return f"The journal cannot be written ({error}): save now."
        saved = f"Saved {self._saved_at:%H:%M}" if self._saved_at else "Not saved yet"
        if not self._steps:
            return f"{saved} · nothing new since" if self._saved_at else "Nothing to save yet."
        many = f"{self._steps} step{'s' if self._steps > 1 else ''}"
        waiting = len(self._early) + (self._writer.unwritten if self._writer else 0)
        return f"{saved} · {many} in the journal" + (
            f", {waiting} being written" if waiting else ""
        )

    def mark(self) -> tuple[int, int]:
        """How many steps there are now; taken when a save begins."""
        return self._steps, self._steps_by_hand

    def saved(self, mark: tuple[int, int]) -> None:
        """What was done until ``mark`` is saved somewhere."""
        self._steps -= mark[0]
        self._steps_by_hand -= mark[1]
        self._saved_at = datetime.now()
        self.changed.emit()

    def accept(self, offer: Offer) -> None:
        """Bring work back, as one step; its old journal goes once the new one has it."""
        self.offers.remove(offer)
        self.changed.emit()
        labels = self.work.spine.labels

        def replay() -> Generator[_Replayed, None, None]:
            found = blank(offer.recovered.begin)
            rows = offer.recovered.onto(found, {})
            box = bounding_slices(found != labels)
            values = found[box] if box is not None else found[:0, :0, :0]
            yield _Replayed(box, values, rows)

        def show(replayed: _Replayed) -> None:
            self.work.reserve(offer.recovered.next_id)
            self.work.restore(replayed.box, replayed.values, replayed.rows)

        def then(ended: Ended) -> None:
            self._ended(ended)
            if ended.error is None and self._writer is not None:
                self._start(partial(self._clear, offer, self._writer), _ignore, self._ended)

        self._start(replay, show, then)

    def _clear(self, offer: Offer, writer: JournalWriter) -> Generator[None, None, None]:
        """The old journal goes once the new one has what it held."""
        if writer.flush():
            shutil.rmtree(offer.folder, ignore_errors=True)
        yield

    def refuse(self, offer: Offer) -> None:
        """Forget work of an earlier session; asked for by name."""
        self.offers.remove(offer)
        shutil.rmtree(offer.folder, ignore_errors=True)
        self.changed.emit()

    def close(self) -> None:
        """The scan is let go: unsaved steps stay in the journal."""
        if self._is_closed:
            return
        self._is_closed = True
        self._running.abandon()
        self.work.steps.done.disconnect(self._on_done)
        if self._writer is not None:
            self._writer.close(discard=not self._steps)
        if self._home is not None:
            self._home.lock.release()

    def _look(self) -> Generator[_Home, None, None]:
        yield open_home(self.work.scan)

    def _found(self, home: _Home) -> None:
        self._home = home
        fits = tuple(self.work.scan.grid.shape)
        self.offers = [o for o in home.offers if o.recovered.fits(NOTHING, fits)]
        early, self._early = self._early, []
        for done in early:
            self._write(done)
        self.changed.emit()

    def _ended(self, ended: Ended) -> None:
        if ended.error is not None:
            self.error = ended.details or str(ended.error)
            self.changed.emit()

    def _on_done(self, done: Done) -> None:
        self._steps += 1
        self._steps_by_hand += done.step.name not in _BY_ITSELF
        if self._home is None:
            self._early.append(done)
        else:
            self._write(done)
        self.changed.emit()

    def _write(self, done: Done) -> None:
        if self._home is None:
            return
        try:
            if self._writer is None:
                z, y, x = self.work.scan.grid.shape
                self._writer = JournalWriter(self._home.folder.journal, NOTHING, (z, y, x))
            self._writer.note(change_of(done, self.work.next_id))
        except VertsegError as error:
            self.error = str(error)


def _ignore(message: object) -> None:
    """Nothing to do with it."""


def recovery_root() -> Path:
    """Where journals of scans outside of projects lie; ``VERTSEG_RECOVERY`` names another."""
    named = os.environ.get("VERTSEG_RECOVERY")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("napari-vertseg") / "recovery"


def open_home(scan: Scan) -> _Home:
    """The folder of a scan, by its voxels, held by a lock; another one where it is in use.

    What lies there from before is set aside: the new journal never mixes with it.

    Raises
    ------
    VertsegError
        There is no place for it.
    """
    key = scan_sha256(scan.voxels)[:24]
    for number in range(1, _MOST_AT_ONCE + 1):
        folder = CaseFolder(recovery_root() / (key if number == 1 else f"{key}-{number}"))
        folder.path.mkdir(parents=True, exist_ok=True)
        try:
            lock = CaseLock.take(folder, "this user")
        except CaseLocked:
            continue
        return _Home(folder, lock, _set_aside(folder))
    raise CaseLocked("this scan is open in too many windows; close some")


def _set_aside(folder: CaseFolder) -> tuple[Offer, ...]:
    if folder.journal.is_dir() and recover(folder.journal, NOTHING) is not None:
        taken = [int(p.name.split("-")[1]) for p in folder.path.glob("earlier-*")]
        folder.journal.rename(folder.path / f"earlier-{max(taken, default=0) + 1}")
    offers = []
    for earlier in folder.path.glob("earlier-*"):
        recovered = recover(earlier, NOTHING)
        if recovered is not None:
            offers.append(Offer(recovered, earlier))
    return tuple(sorted(offers, key=lambda offer: offer.recovered.at, reverse=True))
