"""What a hand changes: seen in the table, kept from locked vertebrae, split and joined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_vertseg.ui.marks import Role, find, find_all
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.running import Work
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.wishes import StartFrom, Until
from napari_vertseg.volume import Scan

from .conftest import AtOnce, start_at_once
from .strokes import paint, press

pytestmark = pytest.mark.usefixtures("on_scan")


@pytest.fixture
def labels(session: Session) -> Any:
    """The labels layer after a whole walk."""
    session.play()
    return find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)


def test_a_brush_stroke_is_measured_and_judged_again(session: Session, labels: Any) -> None:
    before = session.work.chain.get(2)
    z, y, x = (int(v) for v in before.measures.centroid_voxel)
    paint(labels, (z, y, x), 0, size=6)
    after = session.work.chain.get(2)

    assert after.measures.volume_mm3 < before.measures.volume_mm3
    assert after.verdict is Verdict.EDITED
    assert after.is_edited
    assert session.work.chain.get(3).verdict is Verdict.PROPOSED
    assert np.count_nonzero(after.instance.mask) == np.count_nonzero(labels.data == 2)


def test_undo_is_noticed_too(session: Session, labels: Any) -> None:
    before = session.work.chain.get(2)
    z, y, x = (int(v) for v in before.measures.centroid_voxel)
    paint(labels, (z, y, x), 0, size=6)
    press(labels, "undo")

    assert session.work.chain.get(2).measures.volume_mm3 == before.measures.volume_mm3


def test_a_vertebra_that_is_painted_away_leaves_the_table(session: Session, labels: Any) -> None:
    labels.fill(tuple(int(v) for v in np.argwhere(labels.data == 4)[0]), 0)
    labels.data_setitem(np.nonzero(labels.data == 4), 0)

    assert 4 not in session.work.chain


def test_a_new_label_drawn_by_hand_gets_a_row(session: Session, labels: Any) -> None:
    paint(labels, (2, 3, 3), 77)
    record = session.work.chain.get(77)

    assert record is not None
    assert not record.is_from_walk
    assert session.work.next_id == 78


def test_locked_vertebrae_cannot_be_painted_over_nor_by_undo_lost(
    session: Session, labels: Any, scan: Scan
) -> None:
    session.work.judge(2, is_locked=True)
    z, y, x = (int(v) for v in session.work.chain.get(2).measures.centroid_voxel)
    paint(labels, (z, y, x), 3, size=6)
    assert np.array_equal(labels.data == 2, scan.voxels == 2)
    press(labels, "undo")
    assert np.array_equal(labels.data == 2, scan.voxels == 2)
    press(labels, "redo")

    assert np.array_equal(labels.data == 2, scan.voxels == 2)


def test_the_walk_goes_on_from_a_corrected_vertebra(session: Session, scan: Scan) -> None:
    session.play(Until.VERTEBRA)
    session.work.chain.update(session.work.chain.get(1))
    layer = find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)
    # What the walk would find next is given to the first one by hand.
    layer.data_setitem(np.nonzero(scan.voxels == 2), 1)
    session.work.select(1)
    session.go_on_from_selected()

    assert session.request.start is StartFrom.SELECTED
    assert set(np.unique(layer.data[scan.voxels == 2])) == {1}
    assert len(session.work.chain) == 4


def test_one_layer_per_vertebra_and_back_loses_nothing(session: Session, labels: Any) -> None:
    before = labels.data.copy()
    session.split_or_join()
    singles = find_all(session.viewer.layers, Role.SINGLE, session.work.spine.scan_id)
    assert len(singles) == 5
    assert not labels.visible
    session.split_or_join()

    assert np.array_equal(labels.data, before)
    assert labels.visible
    assert not find_all(session.viewer.layers, Role.SINGLE, session.work.spine.scan_id)
    assert all(r.verdict is Verdict.PROPOSED for r in session.work.chain)


def test_what_is_painted_in_a_single_layer_comes_back(session: Session, labels: Any) -> None:
    session.split_or_join()
    singles = find_all(session.viewer.layers, Role.SINGLE, session.work.spine.scan_id)
    singles[1].data[:2] = 0
    gone = singles[0]
    session.viewer.layers.remove(gone)
    volume = session.work.chain.get(2).measures.volume_mm3
    first = np.count_nonzero(labels.data == 1)
    session.split_or_join()

    assert np.count_nonzero(labels.data == 1) == first
    assert session.work.chain.get(2).measures.volume_mm3 <= volume


def test_layers_come_and_go_one_by_one_and_a_second_wish_meanwhile_is_passed_over(
    session: Session, labels: Any
) -> None:
    """Each takes the window a twentieth of a second or more, and their number has no bound."""
    counts: list[int] = []

    def counting(work: Work, told: Any, ended: Any) -> AtOnce:
        def told_of(message: Any) -> None:
            before = len(session.viewer.layers)
            told(message)
            counts.append(len(session.viewer.layers) - before)
            session.split_or_join()

        return start_at_once(work, told_of, ended)

    session.start = counting
    session.split_or_join()
    assert counts == [1, 1, 1, 1, 1, 0]
    assert session.work.is_split()

    counts.clear()
    session.split_or_join()
    assert counts[:7] == [0, -1, -1, -1, -1, -1]
    assert not session.work.is_split()
    assert labels.visible


def test_after_a_stroke_the_volume_is_not_looked_through(
    session: Session, labels: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index knows where every vertebra is."""
    from napari_vertseg.ui import edits

    def never(whole: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(edits, "_looked_through", never)
    z, y, x = (int(v) for v in session.work.chain.get(2).measures.centroid_voxel)
    paint(labels, (z, y, x), 0, size=6)
    paint(labels, (2, 3, 3), 77)

    assert session.work.chain.get(2).is_edited
    assert np.count_nonzero(session.work.chain.get(77).instance.mask) == (labels.data == 77).sum()
