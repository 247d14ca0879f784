"""Stop, pressed at any kind of event: what was found stays, and the next walk begins anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_vertseg.traversal import (
    Finished,
    Refining,
    Rejected,
    Searching,
    VertebraFound,
)
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.permissions import Action, Status
from napari_vertseg.volume import Scan

from .desk import Desk


@pytest.mark.parametrize("kind", [Searching, Refining, VertebraFound, Rejected, Finished])
def test_a_walk_stopped_at_any_event_ends_with_what_it_has_found(
    noisy: Callable[..., Loaded], desk: Desk, scan: Scan, kind: type[Any]
) -> None:
    desk.session.show_scan(scan)
    found: list[list[int]] = []
    follow = desk.session.walk._follow

    def watched(told: Any) -> None:
        follow(told)
        if isinstance(told.event, kind) and not found:
            desk.session.walk.stop()
            assert desk.session.walk.status is Status.STOPPING
            found.append(desk.ids)

    desk.session.walk._follow = watched
    desk.press(Action.PLAY)
    desk.wait_for(Status.IDLE)
    assert [desk.ids] == found
    assert set(np.unique(desk.session.work.spine.labels)) - {0} == set(desk.ids)

    ended = desk.session.walk.job
    desk.press(Action.PLAY)
    desk.wait_for(Status.IDLE)

    assert desk.session.walk.job is not ended
    assert np.array_equal(desk.session.work.spine.labels > 0, scan.voxels > 0)
