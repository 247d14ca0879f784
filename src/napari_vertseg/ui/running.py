"""Long work beside the window, whoever does it: how it is started, stopped, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import SegmentationFailed, VertsegError


@dataclass(frozen=True, slots=True)
class Ended:
    """Work is over: done, stopped or failed."""

    error: VertsegError | None = None
    details: str = ""
    """For a bug report: the error as Python tells it, without folders."""


Work = Callable[[], Generator[Any, None, None]]


class Running(Protocol):
    """Work under way."""

    def stop(self) -> None:
        """End after the message under way; nothing that was done is lost."""

    def abandon(self) -> None:
        """Nobody listens any more: end without telling."""


class Starter(Protocol):
    """Starts work somewhere; tests pass one that works at once."""

    def __call__(
        self, work: Work, told: Callable[[Any], None], ended: Callable[[Ended], None]
    ) -> Running:
        """Start; both callbacks are called in the window's thread."""
        ...


def as_failure(error: Exception) -> SegmentationFailed:
    """Any fault as a sentence for the user."""
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return SegmentationFailed(
            "Memory ran out and the walk has stopped; what was found so far is kept. "
            "Close other programs or layers, or choose a smaller model, and press Play."
        )
    return SegmentationFailed(
        f"The walk has stopped because of a fault in the program ({type(error).__name__}); what "
        "was found so far is kept. Press Play to go on; please report it if it comes again."
    )
