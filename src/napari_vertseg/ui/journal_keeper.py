"""Keeps what is done on one scan on the disk, and offers it again after a crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from numpy.typing import NDArray
from psygnal import Signal

from ..cases import CaseDesk, WorkClock
from ..cases.journal_writer import JournalWriter
from ..errors import CaseIncomplete, VertsegError
from ..volume import bounding_slices
from .journal_changes import change_of
from .journal_home import Home, Offer, home_of_scan
from .journal_version import Snapshot
from .running import Ended, Running, Starter, Work
from .undo_steps import Done
from .work import Part, RecoveredWork, SpineWork

Then = Callable[[Ended], None]

_BY_ITSELF = ("vertebra found", "mask taken over")
"""Steps that no hand has done: closing does not ask about them."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Steps that are saved nowhere but in the journal."""

    steps: int = 0
    by_hand: int = 0
    of_voxels: int = 0
    """Of the labels or of the ignore mask: they need a version."""
    of_ignore: int = 0

    def with_step(self, done: Done) -> Tally:
        """One more."""
        return Tally(
            self.steps + 1,
            self.by_hand + (done.step.name not in _BY_ITSELF),
            self.of_voxels + bool(done.step.patches or done.step.ignore),
            self.of_ignore + bool(done.step.ignore),
        )

    def without(self, saved: Tally) -> Tally:
        """Those that came since."""
        return Tally(
            self.steps - saved.steps,
            self.by_hand - saved.by_hand,
            self.of_voxels - saved.of_voxels,
            self.of_ignore - saved.of_ignore,
        )


class JournalKeeper:
    """Writes every step to a journal; its folder is found beside the window.

    Parameters
    ----------
    work : SpineWork
    start : Starter
        Runs work beside the window.
    home : Home, optional
        Of a case; where it is not given, it is found by the scan's voxels.
    """

    changed = Signal()
    failed = Signal(object)
    """An ``Ended`` with an error."""

    def __init__(self, work: SpineWork, start: Starter, home: Home | None = None) -> None:
        self.work = work
        self.offers: list[Offer] = []
        """Newest first."""
        self.error: str | None = None
        self._start = start
        self._home: Home | None = None
        self._writer: JournalWriter | None = None
        self._early: list[Done] = []
        """Steps done before the folder was known."""
        self._since = Tally()
        self.clock: WorkClock | None = None
        """Of the person's work on the case, where somebody counts it."""
        self._saved_at: datetime | None = None
        self._is_closed = self._is_saving = False
        work.steps.done.connect(self._on_done)
        self._running: dict[object, Running] = {}
        """Whoever lets go of work under way is never told how it ends."""
        if home is None:
            self._do(self._look, self._found, self._ended)
        else:
            self._found(home)

    @property
    def unsaved(self) -> int:
        """Steps of a hand since the last save."""
        return self._since.by_hand

    @property
    def new_voxels(self) -> int:
        """Steps since the last save that have changed labels, or where nothing is learned."""
        return self._since.of_voxels

    @property
    def new_ignore(self) -> bool:
        """Whether the ignore mask has changed since the last save."""
        return self._since.of_ignore > 0

    def words(self) -> str:
        """What is saved, for the status line."""
        error = self.error or (self._writer.error if self._writer else None)
        if error:
            return f"The journal cannot be written ({error}): save now."
        saved = f"Saved {self._saved_at:%H:%M}" if self._saved_at else "Not saved yet"
        steps = self._since.steps
        if not steps:
            return f"{saved} · nothing new since" if self._saved_at else "Nothing to save yet."
        many = f"{steps} step{'s' if steps > 1 else ''}"
        waiting = len(self._early) + (self._writer.unwritten if self._writer else 0)
        return f"{saved} · {many} in the journal" + (
            f", {waiting} being written" if waiting else ""
        )

    @property
    def desk(self) -> CaseDesk | None:
        """The case that is saved to; None for a scan outside of projects."""
        return self._home.desk if self._home is not None else None

    def mark(self) -> Tally:
        """What there is to save now; taken when a save begins."""
        return self._since

    def saved(self, mark: Tally) -> None:
        """What was done until ``mark`` is saved."""
        self._since = self._since.without(mark)
        self._saved_at = datetime.now()
        self.changed.emit()

    def exported(self, mark: Tally) -> None:
        """Masks were written to a file: that saves a scan, yet not a case."""
        if self.desk is None:
            self.saved(mark)

    def save_version(
        self, *, also: Callable[[], object] | None = None, then: Then | None = None
    ) -> None:
        """Save a new version of the case beside the window; one may go on meanwhile.

        Parameters
        ----------
        also : callable
            Done with the new version, beside the window: submit it, say.
        then : callable, optional
            Told how it ended.
        """
        desk = self.desk
        if desk is None:
            return
        snapshot = Snapshot.of(self.work, desk.case, with_ignore=self.new_ignore)
        clock = self.clock or WorkClock()
        minutes, of_each = clock.total_minutes, dict(clock.minutes)
        clock.reset()
        vertebrae = [
            replace(v, minutes=v.minutes + of_each.get(v.id, 0.0)) for v in snapshot.vertebrae
        ]
        number = len(desk.case.versions) + 1
        bases = [f"version {number}", f"version {number + 1}"][: 2 if also else 1]

        def deed() -> None:
            desk.save(snapshot.labels, vertebrae, minutes=minutes, ignore=snapshot.ignore)
            if also is not None:
                also()

        def ended(how: Ended) -> None:
            if how.error is not None:
                _count_again(clock, minutes, of_each)
                if isinstance(how.error, CaseIncomplete):
                    self.work.doubt()
            (then or _ignore)(how)

        self.commit(bases, deed, ended)

    def commit(
        self, bases: Sequence[str], deed: Callable[[], object], then: Then | None = None
    ) -> None:
        """Write the case beside the window; the journal then begins anew on what was written.

        Parameters
        ----------
        bases : sequence of str
            What the case's labels may be called afterwards (``Case.base``).
        deed : callable
            Writes; it has to know all that it needs, since work goes on.
        then : callable, optional
            Told how it ended.
        """
        desk, writer = self.desk, self._ready_writer()
        if desk is None or writer is None or self._is_saving:
            reason = "The case is being saved already, or cannot be; try again in a moment."
            (then or self.failed.emit)(Ended(CaseIncomplete(reason)))
            return
        mark, self._is_saving = self.mark(), True
        for base in bases:
            writer.saving(base)

        def write() -> Generator[None, None, None]:
            # The mark has to be on the disk before the version is.
            if not writer.flush():
                raise CaseIncomplete(
                    f"The disk takes no more ({writer.error}), so nothing was saved; free some "
                    "space and save again."
                )
            deed()
            writer.saved(desk.case.base)
            yield

        def ended(how: Ended) -> None:
            self._is_saving = False
            if how.error is None:
                self.saved(mark)
            else:
                self.failed.emit(how)
            if then is not None:
                then(how)

        self._do(write, _ignore, ended)

    def accept(self, offer: Offer) -> None:
        """Bring work back, as one step; its old journal goes once the new one has it."""
        home = self._home
        if home is None:
            return
        self.offers.remove(offer)
        self.changed.emit()
        recovered, labels = offer.recovered, self.work.spine.labels
        ignore = self.work.steps.ignore_mask() if recovered.has_ignore else None

        def replay() -> Generator[RecoveredWork, None, None]:
            saved = home.saved_state(recovered)
            rows = recovered.onto(saved)
            yield RecoveredWork(rows, _other(saved.labels, labels), _other(saved.ignore, ignore))

        def show(found: RecoveredWork) -> None:
            self.work.reserve(recovered.next_id)
            self.work.restore(found)

        def then(ended: Ended) -> None:
            self._ended(ended)
            if ended.error is None and self._writer is not None:
                self._do(partial(self._clear, offer, self._writer), _ignore, self._ended)

        self._do(replay, show, then)

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
        for running in self._running.values():
            running.abandon()
        self.work.steps.done.disconnect(self._on_done)
        if self._writer is not None:
            self._writer.close(discard=not self._since.steps)
        if self._home is not None:
            self._home.release()

    def _do(self, task: Work, take: Callable[[Any], None], ended: Then) -> None:
        token, is_over = object(), False

        def over(how: Ended) -> None:
            nonlocal is_over
            is_over = True
            self._running.pop(token, None)
            ended(how)

        running = self._start(task, take, over)
        if not is_over:  # some starters work at once
            self._running[token] = running

    def _look(self) -> Generator[Home, None, None]:
        yield home_of_scan(self.work.scan)

    def _found(self, home: Home) -> None:
        self._home = home
        fits = tuple(self.work.scan.grid.shape)
        self.offers = [o for o in home.offers if o.recovered.fits(home.base, fits)]
        early, self._early = self._early, []
        for done in early:
            self._write(done)
        self.changed.emit()

    def _ended(self, ended: Ended) -> None:
        if ended.error is not None:
            self.error = ended.details or str(ended.error)
            self.changed.emit()

    def _on_done(self, done: Done) -> None:
        self._since = self._since.with_step(done)
        if self._home is None:
            self._early.append(done)
        else:
            self._write(done)
        self.changed.emit()

    def _write(self, done: Done) -> None:
        writer = self._ready_writer()
        if writer is not None:
            writer.note(change_of(done, self.work.next_id))

    def _ready_writer(self) -> JournalWriter | None:
        """Made when it is needed first; None where it cannot be."""
        if self._writer is None and self._home is not None:
            z, y, x = self.work.scan.grid.shape
            try:
                self._writer = JournalWriter(
                    self._home.journal,
                    self._home.base,
                    (z, y, x),
                    dtype=self.work.spine.labels.dtype.str,
                    load_base=self._home.saved_state,
                )
            except VertsegError as error:
                self.error = str(error)
        return self._writer


def _other(found: NDArray[Any] | None, now: NDArray[Any] | None) -> Part | None:
    """The part of an array that differs from what is shown now."""
    if found is None or now is None:
        return None
    box = bounding_slices(found != now)
    return None if box is None else (box, found[box].astype(now.dtype))


def _count_again(clock: WorkClock, minutes: float, of_each: dict[int, float]) -> None:
    """What was not saved still counts."""
    clock.total_minutes += minutes
    for vertebra, spent in of_each.items():
        clock.minutes[vertebra] = clock.minutes.get(vertebra, 0.0) + spent


def _ignore(message: object) -> None:
    """Nothing to do with it."""
