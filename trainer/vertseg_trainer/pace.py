"""What the time of a run is spent on: steps, walks in between, and waiting for a better score."""

from __future__ import annotations

import time

from .runtime import Runtime

_WALK_SHARE = 0.25
"""Of the time of a run, for walks in between; the first and the last one come anyway."""


class Patience:
    """Counts validations without a better score."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._best = float("-inf")
        self._waited = 0

    def hear(self, score: float | None) -> None:
        """One more validation; None where another process has it."""
        if score is None:
            return
        self._waited = 0 if score > self._best else self._waited + 1
        self._best = max(self._best, score)

    @property
    def is_over(self) -> bool:
        """Whether it was waited long enough."""
        return self._most is not None and self._waited >= self._most


class Walks:
    """What the walks of a run take of its time."""

    def __init__(self, runtime: Runtime) -> None:
        limit = runtime.max_minutes
        self._limit = float("inf") if limit is None else 60 * limit
        self._has_last = runtime.walks_at_ends
        self._longest = 0.0
        self.seconds = 0.0

    def took(self, seconds: float) -> None:
        """One more walk is done."""
        self.seconds += seconds
        self._longest = max(self._longest, seconds)

    def has_time_for_one_more(self) -> bool:
        """Whether one more in between leaves the steps their time; one at the end comes anyway."""
        is_needed = not self._has_last
        return is_needed or self.seconds + self._longest <= _WALK_SHARE * self._limit

    def is_time_up(self, seconds: float) -> bool:
        """Whether, after so many seconds of the run, no more is left than the last walk takes."""
        # Of a budget of a minute, most would be kept back for a walk of half a minute.
        kept = min(self._longest, _WALK_SHARE * self._limit) if self._has_last else 0.0
        return self.seconds + seconds + kept > self._limit


class Clock:
    """How long the steps take, without the walks in between."""

    def __init__(self, steps: int, walks: Walks) -> None:
        self._started = time.monotonic()
        self._walks = walks
        self._walked_before = walks.seconds
        self._steps = steps
        self._done = 0

    def seconds(self) -> float:
        """Of steps, since the run went on."""
        walked = self._walks.seconds - self._walked_before
        return time.monotonic() - self._started - walked

    def tick(self) -> None:
        """One more step is done."""
        self._done += 1

    def left(self) -> float:
        """Seconds until the last step at the pace so far."""
        pace = self.seconds() / max(self._done, 1)
        return round(pace * max(self._steps - self._done, 0), 1)
