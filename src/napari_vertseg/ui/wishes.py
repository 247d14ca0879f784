"""What a person can ask for in the Walk panel; made from its form, free of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """Which way to walk."""

    DOWN = "down"
    UP = "up"
    BOTH = "both ways"


class StartFrom(StrEnum):
    """Where to begin."""

    END = "the end of the scan"
    CLICK = "the clicked place"
    SELECTED = "the selected vertebra"


class Until(StrEnum):
    """How far to go before pausing."""

    END = "the end"
    PATCH = "one patch"
    VERTEBRA = "one vertebra"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRequest:
    """A walk as asked for."""

    model: str
    """Name of a shipped model, or the path of a model folder."""
    way: Way = Way.DOWN
    start: StartFrom = StartFrom.END
    device: str = "auto"
