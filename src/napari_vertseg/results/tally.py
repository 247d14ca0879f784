"""What a walk took and how it ended, added up from its events."""

from __future__ import annotations

from ..traversal import Event, Finished, FinishReason, VertebraFound, Withdrawn
from .record import WalkRecord


class WalkTally:
    """Listens to a walk."""

    def __init__(self) -> None:
        self.steps = 0
        """Evaluations of the network."""
        self.seconds = 0.0
        """Of the walk itself, its listeners excluded."""
        self.end: FinishReason | None = None
        """None while it goes."""
        self.jumps: set[int] = set()
        """Ids of vertebrae further off than their neighbours explain (P13)."""

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        self.steps = event.step
        self.seconds += event.seconds
        # A walk may be taken back after its end, or go the other way, and go on.
        self.end = event.reason if isinstance(event, Finished) else None
        if isinstance(event, Withdrawn):
            self.jumps.difference_update(event.vertebrae)
        elif isinstance(event, VertebraFound):
            # One that is seen again may no longer lie far off.
            (self.jumps.add if event.vertebra.is_jump else self.jumps.discard)(event.vertebra.id)

    def record(self) -> WalkRecord:
        """For the record of the result."""
        end = "not finished" if self.end is None else self.end.value
        return WalkRecord(steps=self.steps, seconds=round(self.seconds, 2), end=end)
