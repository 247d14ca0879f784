"""The session of a viewer: made by the first panel that asks, ended with its window."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from .bindings import KeyBindings
from .session import Session
from .window import WindowWatch
from .worker import begin_early, start_in_thread

_SESSIONS: Final[WeakKeyDictionary[Any, Session]] = WeakKeyDictionary()
"""napari gives each panel only the viewer; this is how panels of one viewer meet."""


def session_of(viewer: Any) -> Session:
    """The one session of a viewer."""
    if viewer not in _SESSIONS:
        session = Session(viewer, start=start_in_thread)
        KeyBindings(session).follow(viewer)
        WindowWatch.over(viewer, partial(_end, viewer), session.question_before_closing)
        _SESSIONS[viewer] = session
        begin_early()
    return _SESSIONS[viewer]


def _end(viewer: Any) -> None:
    """A session holds its viewer: kept here, neither would ever go."""
    session = _SESSIONS.pop(viewer, None)
    if session is not None:
        session.close()
