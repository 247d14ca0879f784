"""The walk in napari's own activity dock, with the time that is left."""

from __future__ import annotations

from io import TextIOBase
from time import monotonic
from typing import Any, Final

_PARTS: Final = 1000
_PAUSE_S: Final = 0.3
"""napari draws the whole window at every step of a bar."""


class _Silence(TextIOBase):
    """Where the bar would print what the activity dock shows."""

    def write(self, text: str) -> int:
        return len(text)


class WalkProgress:
    """One bar from Play to the end; closed by any end."""

    def __init__(self, title: str) -> None:
        from napari.utils import progress

        self._bar: Any = progress(total=_PARTS, desc=title, file=_Silence())
        self._begun = monotonic()
        self._told = 0.0
        self._is_open = True

    def tell(self, share: float) -> None:
        """Show how far the walk has come, 0 to 1."""
        if not self._is_open:
            return
        now = monotonic()
        step = int(share * _PARTS) - self._bar.n
        if step > 0 and (now - self._told >= _PAUSE_S or share >= 1.0):
            self._told = now
            self._bar.update(step)
        self._bar.events.eta(value=time_left(share, now - self._begun))

    def close(self) -> None:
        """Take the bar away."""
        if self._is_open:
            self._is_open = False
            self._bar.close()


def time_left(share: float, seconds: float) -> str:
    """How long it will still take, in words; empty while nobody can know."""
    if share < 0.02 or share >= 1.0:
        return ""
    left = seconds * (1.0 - share) / share
    if left < 60:
        return f"about {max(round(left), 1)} s left"
    return f"about {round(left / 60)} min left"
