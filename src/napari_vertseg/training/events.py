"""What the trainer tells, one JSON line each, and what it can be asked meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Literal

from ..strict_json import STRICT

EventKind = Literal[
    "started",
    "step",
    "validated",
    "checkpoint",
    "note",
    "published",
    "compared",
    "finished",
    "cancelled",
    "failed",
]

LAST_KINDS: Final[frozenset[str]] = frozenset({"finished", "cancelled", "failed"})
"""After one of these a run says nothing more, until it is resumed."""

EVENTS_FILE: Final = "events.jsonl"
"""Where a run tells its events, in its folder."""

WISH_FILE: Final = "wish"
"""Where a run is asked something, in its folder."""


class Wish(StrEnum):
    """What a running training can be asked; the value is the content of ``WISH_FILE``."""

    STOP = "stop"
    """Stop and keep the best."""
    CANCEL = "cancel"
    """Stop and keep nothing but the checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEvent:
    """One line of ``events.jsonl``."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    kind: EventKind
    step: int
    seconds: float
    """Since the run, or its resumption, started."""
    seconds_left: float | None = None
    values: dict[str, float] | None = None
    """Losses or scores by name."""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the preflight."""

    __pydantic_config__: ClassVar = STRICT
    schema: Literal[1] = 1
    severity: Literal["blocker", "warning", "fact"]
    """A blocker keeps the training from starting; a fact is only good to know."""
    topic: Literal["cases", "roles", "model", "network", "disk", "memory", "time"]
    sentence: str
    case: str | None = None
    """Id of the case that it is about."""
    number: float | None = None
    """The figure in the sentence: MB for disk and memory, minutes for time."""
