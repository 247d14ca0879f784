"""Minutes of active work on the case in the viewer, pauses and walks left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..cases import WorkClock

if TYPE_CHECKING:
    from .session import Session
    from .work import SpineWork


class WorkWatch:
    """Touches a clock at every step, choice, slice and zoom of a person.

    Parameters
    ----------
    session : Session
    work : SpineWork
        Only while it is the one that is worked on.
    clock : WorkClock, optional
        Tests pass one with a clock of their own.
    """

    def __init__(self, session: Session, work: SpineWork, clock: WorkClock | None = None) -> None:
        self._session, self._work = session, work
        self.clock = clock or WorkClock()
        viewer = session.viewer
        camera = getattr(viewer, "scene", viewer).camera  # napari 0.9 has moved it
        self._events = (viewer.dims.events.point, camera.events.zoom, camera.events.center)
        for event in self._events:
            event.connect(self._touch)
        session.selection_changed.connect(self._touch)
        work.steps.done.connect(self._touch)
        self.clock.touch()

    def close(self) -> None:
        """The case is let go."""
        for event in self._events:
            event.disconnect(self._touch)
        self._session.selection_changed.disconnect(self._touch)
        self._work.steps.done.disconnect(self._touch)

    def _touch(self, event: Any = None) -> None:
        # A walk turns the slices, too; the person may be away meanwhile.
        if self._session.work is self._work and not self._session.is_walking():
            self.clock.touch(self._work.selected)
