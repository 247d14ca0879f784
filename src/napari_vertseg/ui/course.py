"""How far a walk has come."""

from __future__ import annotations

from ..traversal import Event, Finished, TraversalState
from .wishes import Way


class Course:
    """Share of the way that is walked; it never falls, whatever the search does."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._first_height: float | None = None
        self._share = 0.0

    def progress(self, event: Event, state: TraversalState) -> float:
        """Share after an event, from 0 to 1.

        Measured by the height of the patch: how many steps are left nobody knows.
        """
        depth = max(state.memory.shape.z, 1)
        height = min(max(event.window.center.z / depth, 0.0), 1.0)
        if self._first_height is None:
            self._first_height = height
        share = height if event.direction == "down" else 1.0 - height
        if self._way is Way.BOTH:
            share = self._of_both(height, event.direction == "down")
        if isinstance(event, Finished) and self._way is not Way.BOTH:
            share = 1.0
        self._share = max(self._share, share)
        return self._share

    def _of_both(self, height: float, is_down: bool) -> float:
        """First from the start to the feet, then from the start to the head."""
        start = self._first_height or 0.0
        if is_down:
            return max(height - start, 0.0)
        return (1.0 - start) + max(start - height, 0.0)
