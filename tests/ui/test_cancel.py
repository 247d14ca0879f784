"""A walk that is stopped at any kind of message goes on, and ends as if it had not been."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import VertsegError
from napari_vertseg.traversal import (
    Finished,
    Refining,
    Rejected,
    Searching,
    VertebraFound,
)
from napari_vertseg.ui.marks import Role
from napari_vertseg.ui.messages import Begun, Look, Note, Passed, Prepared, Told, Turn
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.permissions import Status
from napari_vertseg.ui.running import Ended, Work
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.wishes import WalkRequest
from napari_vertseg.volume import Scan

from .conftest import AtOnce, start_at_once

MESSAGES = (Note, Prepared, Turn, Begun, Look, Passed)
EVENTS = (Searching, Refining, VertebraFound, Rejected, Finished)


class StopsOnce:
    """A starter that stops its work at the first message of a kind, or fails there."""

    def __init__(self, kind: type[Any], error: Exception | None = None) -> None:
        self.kind, self.error, self.stopped = kind, error, 0

    def __call__(
        self, work: Work, told: Callable[[Any], None], ended: Callable[[Ended], None]
    ) -> AtOnce:
        def watched() -> Any:
            messages = work()
            try:
                for message in messages:
                    yield message
                    if not self.stopped and self._is_it(message):
                        self.stopped += 1
                        if self.error is not None:
                            raise self.error
                        return
            finally:
                messages.close()

        return start_at_once(watched, told, ended)

    def _is_it(self, message: Any) -> bool:
        event = message.event if isinstance(message, Told) else message
        return isinstance(event, self.kind)


def walked(start: Any, load: Callable[..., Loaded], scan: Scan) -> Session:
    components = pytest.importorskip("napari").components
    session = Session(components.ViewerModel(), start=start, load=load)
    session.show_scan(scan)
    session.ask_for(WalkRequest(model="oracle"))
    session.play()
    return session


def finish(session: Session) -> None:
    for _ in range(3):
        if session.walk.job.is_finished:
            break
        session.play()


@pytest.mark.parametrize("kind", [*MESSAGES, *EVENTS], ids=lambda kind: kind.__name__)
def test_a_walk_stopped_at_any_message_goes_on_as_if_it_had_not_been(
    noisy: Callable[..., Loaded], scan: Scan, kind: type[Any]
) -> None:
    unbroken = walked(start_at_once, noisy, scan)
    start = StopsOnce(kind)
    session = walked(start, noisy, scan)
    assert start.stopped == 1
    assert session.walk.status in (Status.PAUSED, Status.IDLE)
    finish(session)

    assert session.walk.status is Status.IDLE
    assert np.array_equal(session.work.spine.labels, unbroken.work.spine.labels)
    assert [r.id for r in session.work.chain] == [r.id for r in unbroken.work.chain]


@pytest.mark.parametrize("kind", [Prepared, Begun, *EVENTS[:-1]], ids=lambda kind: kind.__name__)
def test_a_fault_at_any_message_leaves_a_walk_that_goes_on(
    noisy: Callable[..., Loaded], scan: Scan, kind: type[Any]
) -> None:
    session = walked(StopsOnce(kind, VertsegError("Memory ran out.")), noisy, scan)
    assert session.walk.status is Status.PAUSED
    finish(session)

    assert len(session.work.chain) == 5
    assert np.array_equal(session.work.spine.labels > 0, scan.voxels > 0)


@pytest.mark.parametrize("kind", [Searching, Refining, VertebraFound], ids=lambda k: k.__name__)
def test_a_walk_that_is_paused_shows_the_patch_it_has_come_to(
    load: Callable[..., Loaded], scan: Scan, kind: type[Any]
) -> None:
    session = walked(StopsOnce(kind), load, scan)
    spine = session.work.spine
    frame = spine.layer(Role.PATCH)
    depth = spine.depth_axis()

    assert session.viewer.dims.point[depth] == pytest.approx(
        frame.translate[depth], abs=frame.scale[depth] / 2
    )
