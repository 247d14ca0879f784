"""One event ↔ one line of JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from ..traversal import (
    Event,
    Finished,
    Refining,
    Rejected,
    Searching,
    VertebraFound,
)
from ..traversal.codec import Undecodable, decode_dataclass, encode

_KINDS: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (Searching, Refining, VertebraFound, Rejected, Finished)
}


def event_line(event: Event) -> str:
    """An event as one line of JSON, without its end.

    The probability map of ``Refining`` is left out: it is for looking on, and
    would make the file many times larger. Each vertebra keeps its own.
    """
    if isinstance(event, Refining):
        event = replace(event, probability=None)
    return json.dumps({"event": type(event).__name__, **encode(event)}, allow_nan=False)


def event_of(jsonable: Any) -> Event:
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
    event: Event = decode_dataclass(kind, rest, kind.__name__)
    return event
