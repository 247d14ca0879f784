"""The session of a viewer: made by the first panel that asks, ended with its window."""

from __future__ import annotations

from typing import Any, Final
from weakref import WeakKeyDictionary

from .bindings import KeyBindings
from .session import Session
from .window import WindowWatch
from .worker import start_in_thread

_SESSIONS: Final[WeakKeyDictionary[Any, Session]] = WeakKeyDictionary()
"""napari gives each panel only the viewer; this is how panels of one viewer meet."""


def session_of(viewer: Any) -> Session:
    """The one session of a viewer."""
    if viewer not in _SESSIONS:
        session = Session(viewer, start=start_in_thread)
        KeyBindings(session).follow(viewer)
        WindowWatch.over(viewer, session)
        _SESSIONS[viewer] = session
    return _SESSIONS[viewer]
