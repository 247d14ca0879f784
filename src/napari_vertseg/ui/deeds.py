"""What keys and their buttons do with the table of the current scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .permissions import Status
from .records import Verdict, VertebraRecord
from .session import Session
from .settings import Key


class TableDeeds:
    """Going from vertebra to vertebra, and saying what one thinks of it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def by_key(self) -> dict[Key, Callable[[], None]]:
        """What each key does."""
        return {
            Key.NEXT: lambda: self.go(1),
            Key.PREVIOUS: lambda: self.go(-1),
            Key.SUSPICIOUS: self.go_to_most_suspicious,
            Key.PLAY_PAUSE: self.play_or_pause,
            Key.ACCEPT: self.accept,
            Key.FLAG: self.flag,
            Key.LOCK: self.toggle_lock,
        }

    def go(self, step: int) -> None:
        """Select the next vertebra head to foot, or the one before; stops at the ends."""
        work = self._session.work
        if work is None or not len(work.chain):
            return
        order = [record.id for record in work.chain]
        if work.selected in order:
            place = min(max(order.index(work.selected) + step, 0), len(order) - 1)
        else:
            place = 0 if step > 0 else len(order) - 1
        work.select(order[place], jump=True)

    def go_to_most_suspicious(self) -> None:
        """Select the next by suspicion, worst first; what was judged already is passed over."""
        work = self._session.work
        if work is None:
            return
        open_ones = [r for r in work.chain if r.verdict in (Verdict.PROPOSED, Verdict.EDITED)]
        queue = [r.id for r in sorted(open_ones, key=lambda r: -r.suspicion)]
        if queue:
            place = queue.index(work.selected) + 1 if work.selected in queue else 0
            work.select(queue[place % len(queue)], jump=True)

    def accept(self) -> None:
        """Accept the selected vertebra and go to the next."""
        if self._judge(verdict=Verdict.ACCEPTED):
            self.go(1)

    def flag(self) -> None:
        """Flag the selected vertebra, to come back to."""
        self._judge(verdict=Verdict.FLAGGED)

    def toggle_lock(self) -> None:
        """Lock the selected vertebra, or unlock it."""
        record = self._selected()
        if record is not None:
            self._judge(is_locked=not record.is_locked)

    def play_or_pause(self) -> None:
        """Pause a running walk; otherwise play."""
        walk = self._session.walk
        if walk is not None and walk.status is Status.RUNNING:
            walk.pause()
        else:
            self._session.play()

    def _selected(self) -> VertebraRecord | None:
        work = self._session.work
        return work.chain.get(work.selected) if work and work.selected is not None else None

    def _judge(self, **changes: Any) -> bool:
        record, work = self._selected(), self._session.work
        if record is None or work is None:
            return False
        work.judge(record.id, **changes)
        return True
