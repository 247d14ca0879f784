"""The coordinator on a viewer without a window: what wishes lead to, layers included."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.prediction import Prediction
from napari_vertseg.ui.marks import Role, find, mark_of
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.permissions import Status
from napari_vertseg.ui.running import Ended
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.wishes import StartFrom, Until, WalkRequest, Way
from napari_vertseg.volume import Scan, Zyx

from .conftest import scan_of, spine, start_at_once

pytestmark = pytest.mark.usefixtures("on_scan")

WALK = WalkRequest(model="oracle")


def layer(session: Session, role: Role) -> Any:
    assert session.work is not None
    return find(session.viewer.layers, role, session.work.spine.scan_id)


def test_a_played_walk_fills_labels_and_table(session: Session, scan: Scan) -> None:
    session.play()

    assert session.walk.status is Status.IDLE
    assert [number for number, _ in session.work.chain.numbered()] == [1, 2, 3, 4, 5]
    assert np.array_equal(layer(session, Role.VERTEBRAE).data, scan.voxels)


def test_helper_layers_are_made_once_and_updated(session: Session) -> None:
    roles = (Role.PATCH, Role.TRAIL, Role.PROBABILITY, Role.MEMORY, Role.VERTEBRAE)
    session.play(Until.VERTEBRA)
    first = [layer(session, role) for role in roles]
    trail = len(layer(session, Role.TRAIL).data)
    session.play()

    assert [layer(session, role) for role in roles] == first
    assert len(layer(session, Role.TRAIL).data) > trail


def test_helper_layers_lie_in_the_box_of_the_scan(session: Session) -> None:
    """Otherwise the sliders would change their range while the walk goes."""
    before = session.viewer.dims.range
    session.play()

    assert session.viewer.dims.range == before


@pytest.mark.parametrize("role", [Role.PATCH, Role.TRAIL, Role.PROBABILITY, Role.MEMORY])
def test_a_helper_layer_may_be_deleted_in_mid_walk(session: Session, role: Role) -> None:
    session.play(Until.VERTEBRA)
    session.viewer.layers.remove(layer(session, role))
    session.play(Until.VERTEBRA)

    assert len(session.work.chain) == 2
    assert layer(session, role) is not None


def test_layers_may_be_renamed_and_hidden(session: Session, scan: Scan) -> None:
    session.play(Until.VERTEBRA)
    for number, one in enumerate(session.viewer.layers):
        one.name = f"mine {number}"
        one.visible = False
    session.play()

    assert np.array_equal(layer(session, Role.VERTEBRAE).data, scan.voxels)


def test_the_vertebrae_layer_comes_back_with_what_was_found(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.viewer.layers.remove(layer(session, Role.VERTEBRAE))
    session.play()

    assert set(np.unique(layer(session, Role.VERTEBRAE).data)) == {0, 1, 2, 3, 4, 5}


def test_deleting_the_scan_ends_its_work(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.viewer.layers.remove(layer(session, Role.SCAN))

    assert session.work is None
    assert session.situation().has_scan is False


def test_back_takes_it_out_of_table_labels_and_memory(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.play(Until.VERTEBRA)
    session.walk.back()

    assert [r.id for r in session.work.chain] == [1]
    assert set(np.unique(layer(session, Role.VERTEBRAE).data)) == {0, 1}
    assert set(np.unique(layer(session, Role.MEMORY).data)) == {0, 1}
    assert session.walk.status is Status.PAUSED


def test_two_scans_in_one_viewer_keep_apart(session: Session) -> None:
    first = session.work
    session.play()
    session.show_scan(scan_of(spine(2), name="second"))
    session.play()

    assert (len(first.chain), len(session.work.chain)) == (5, 2)
    session.work_on(find(session.viewer.layers, Role.SCAN, first.spine.scan_id))
    assert session.work is first


def test_a_walk_both_ways_from_a_click(session: Session) -> None:
    session.work.place = Zyx(23, 9, 10)
    session.ask_for(WalkRequest(model="oracle", way=Way.BOTH, start=StartFrom.CLICK))
    session.play()

    assert len(session.work.chain) == 5
    colours = [record.colour for record in session.work.chain]
    assert all(a != b for a, b in pairwise(colours))


def test_a_failing_model_pauses_the_walk_and_says_so(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Ended] = []
    session.failed.connect(failures.append)
    session.play(Until.VERTEBRA)

    def fail(image: Any, memory: Any) -> Prediction:
        raise SegmentationFailed("There is not enough memory.")

    predict = session.walk.job.walk.predict
    object.__setattr__(session.walk.job.walk, "predict", fail)
    session.play()
    assert [str(f.error) for f in failures] == ["There is not enough memory."]
    assert session.walk.status is Status.PAUSED

    object.__setattr__(session.walk.job.walk, "predict", predict)
    session.play()
    assert len(session.work.chain) == 5


def test_a_model_that_cannot_be_loaded_leaves_the_walk_idle(session: Session) -> None:
    def refuse(request: WalkRequest, tell: Callable[[str], None]) -> Loaded:
        raise SegmentationFailed("no model")

    session.walk._load = refuse
    session.play()

    assert session.walk.status is Status.IDLE


def test_a_scan_layer_of_a_reader_is_taken_up_by_itself(
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    from napari.components import ViewerModel

    from napari_vertseg.ui.contributions import scan_layer

    viewer = ViewerModel()
    session = Session(viewer, start=start_at_once, load=load)
    data, settings, _ = scan_layer(scan)
    added = viewer.add_image(data, **settings)

    assert session.work is not None
    assert session.work.scan is scan
    assert mark_of(added).scan_id == session.work.spine.scan_id
