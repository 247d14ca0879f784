"""One event ↔ one line of JSON; a vertebra taken back is a line too."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final

from ..traversal import (
    Event,
    Finished,
    Refining,
    Rejected,
    Searching,
    VertebraFound,
    Withdrawn,
)
from ..traversal.codec import Undecodable, decode_dataclass, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The walk was taken back: no event of the walk, but of the person who drives it."""

    vertebrae: tuple[int, ...]
    """Ids that are forgotten, as ``Checkpoint.restore`` returns them."""


Recorded = Event | TakenBack
"""What stands in a recording."""

_KINDS: Final[dict[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (Searching, Refining, VertebraFound, Rejected, Withdrawn, Finished, TakenBack)
}


def event_line(event: Recorded) -> str:
    """An event as one line of JSON, without its end.

    The probability map of ``Refining`` is left out: it is for looking on, and
    would make the file many times larger. Each vertebra keeps its own.
    """
    if isinstance(event, Refining):
        event = replace(event, probability=None)
    return json.dumps({"event": type(event).__name__, **encode(event)}, allow_nan=False)


def event_of(jsonable: Any) -> Recorded:
    """The event of a decoded line.

    Raises
    ------
    Undecodable
        Not an event, an unknown or missing key, or a damaged mask.
    """
    if not isinstance(jsonable, dict) or jsonable.get("event") not in _KINDS:
        raise Undecodable(f"{str(jsonable)[:40]!r} is no event")
    kind = _KINDS[jsonable["event"]]
    rest = {key: value for key, value in jsonable.items() if key != "event"}
    event: Recorded = decode_dataclass(kind, rest, kind.__name__)
    return event
