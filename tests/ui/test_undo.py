"""Undo in the viewer: brush, table, walk and masks on one stack."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from napari_vertseg.editing import LabelIndex
from napari_vertseg.ui.marks import Role, find, find_all
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.undo_rows import row_of, with_row
from napari_vertseg.ui.undo_strokes import Stroke
from napari_vertseg.ui.wishes import Until
from napari_vertseg.volume import Scan

from .strokes import drag, paint, press

pytestmark = pytest.mark.usefixtures("on_scan")

STEPS = 40
"""The stack itself is tested with two hundred; here every step passes through napari."""


@pytest.fixture
def layer(session: Session) -> Any:
    """The labels layer after a whole walk."""
    session.play()
    return find(session.viewer.layers, Role.VERTEBRAE, session.work.spine.scan_id)


def state(session: Session) -> tuple[bytes, str, str]:
    """Labels, rows, and what the table shows of them."""
    work = session.work
    rows = {v: dict(sorted(row.items())) for v, row in sorted(work.steps.rows.items())}
    table = [(r.id, row_of(r), r.instance.mask.sum(), r.colour) for r in work.chain]
    return work.spine.labels.tobytes(), repr(rows), repr(table)


def assert_index_is_true(session: Session) -> None:
    """What the tools go by, against a look through all labels."""
    fresh, kept = LabelIndex(session.work.spine.labels), session.work.steps.index
    assert kept.ids == fresh.ids
    for vertebra in fresh.ids:
        assert kept.box(vertebra) == fresh.box(vertebra)
        assert kept.voxels(vertebra) == fresh.voxels(vertebra)


def middle(session: Session, vertebra: int) -> tuple[int, ...]:
    return tuple(int(v) for v in session.work.chain.get(vertebra).measures.centroid_voxel)


def test_strokes_verdicts_and_tools_in_any_order_are_undone_and_redone(
    session: Session, layer: Any, scan: Scan
) -> None:
    rng = np.random.default_rng(0)
    work = session.work
    begun = len(work.steps.stack)
    states = [state(session)]

    def brush() -> None:
        place = tuple(int(rng.integers(0, n)) for n in scan.voxels.shape)
        paint(layer, place, int(rng.integers(0, 7)), int(rng.integers(1, 9)))

    def stroke() -> None:
        low = np.array([rng.integers(0, n - 6) for n in scan.voxels.shape])
        drag(layer, [tuple(int(v) for v in low + i) for i in range(4)], int(rng.integers(0, 7)))

    def judge() -> None:
        vertebra = int(rng.choice([r.id for r in work.chain]))
        work.judge(vertebra, verdict=list(Verdict)[rng.integers(5)])

    def lock() -> None:
        vertebra = int(rng.choice([r.id for r in work.chain]))
        work.judge(vertebra, is_locked=not work.chain.get(vertebra).is_locked)

    def tool() -> None:
        low = [int(rng.integers(0, n - 8)) for n in scan.voxels.shape]
        z, y, x = (slice(a, a + 8) for a in low)
        values = work.spine.labels[z, y, x][::-1].copy()
        work.steps.write("turn a box", (z, y, x), values)

    deeds = (brush, brush, stroke, judge, lock, tool)
    while len(states) <= STEPS:
        before = len(work.steps.stack)
        deeds[rng.integers(len(deeds))]()
        if len(work.steps.stack) > before:
            states.append(state(session))
    assert len(work.steps.stack) == begun + STEPS
    assert_index_is_true(session)
    for expected in reversed(states[:-1]):
        work.undo()
        assert state(session) == expected
    assert_index_is_true(session)
    for expected in states[1:]:
        work.redo()
        assert state(session) == expected


def test_the_keys_of_the_layer_undo_and_redo_our_steps(session: Session, layer: Any) -> None:
    states = [state(session)]
    paint(layer, middle(session, 2), 0)
    states.append(state(session))
    session.work.judge(3, verdict=Verdict.ACCEPTED)
    states.append(state(session))
    assert session.work.steps.stack.next_undo == "vertebra 3: accepted"
    press(layer, "undo")
    assert state(session) == states[1]
    assert session.work.steps.stack.next_undo == "erasing"
    press(layer, "undo")
    assert state(session) == states[0]
    press(layer, "redo")
    press(layer, "redo")

    assert state(session) == states[2]


def test_a_drag_of_the_mouse_is_one_step(session: Session, layer: Any) -> None:
    before, count = state(session), len(session.work.steps.stack)
    drag(layer, [(5, 5 + i, 5) for i in range(8)], 3)
    assert len(session.work.steps.stack) == count + 1
    session.work.undo()

    assert state(session) == before


def test_a_step_in_the_middle_of_a_stroke_comes_after_its_first_part(
    session: Session, layer: Any
) -> None:
    """As when the walk finds a vertebra while the mouse is down."""
    states = [state(session)]
    layer.selected_label = 3
    with layer.block_history():
        layer.paint((3, 3, 3), 3)
        box = (slice(0, 5), slice(0, 5), slice(0, 5))
        session.work.steps.write("a tool", box, session.work.spine.labels[box][::-1].copy())
        layer.paint((3, 9, 3), 3)
    for _ in range(3):
        session.work.undo()
    assert state(session) == states[0]
    for _ in range(3):
        session.work.redo()

    assert session.work.spine.labels[3, 9, 3] == 3
    assert session.work.spine.labels[1, 3, 3] == 3


def test_undo_gives_back_verdict_and_confidence_of_before(session: Session, layer: Any) -> None:
    session.work.judge(2, verdict=Verdict.ACCEPTED)
    paint(layer, middle(session, 2), 0)
    assert session.work.chain.get(2).verdict is Verdict.EDITED
    session.work.undo()
    record = session.work.chain.get(2)

    assert record.verdict is Verdict.ACCEPTED
    assert not record.is_edited
    assert record.measures.volume_mm3 == record.instance.mask.sum() * 4.0**3


def test_a_vertebra_painted_away_comes_back_with_its_row_and_colour(
    session: Session, layer: Any
) -> None:
    before = session.work.chain.get(4)
    layer.data_setitem(np.nonzero(layer.data == 4), 0)
    assert 4 not in session.work.chain
    session.work.undo()
    after = session.work.chain.get(4)

    assert row_of(after) == row_of(before)
    assert after.colour == before.colour
    assert np.array_equal(after.instance.mask, before.instance.mask)


def test_a_stroke_over_a_locked_vertebra_is_one_step_that_spares_it(
    session: Session, layer: Any, scan: Scan
) -> None:
    session.work.judge(2, is_locked=True)
    z, y, x = (int(v) for v in np.argwhere(layer.data == 2).min(axis=0))
    count = len(session.work.steps.stack)
    before = layer.data.copy()
    layer.n_edit_dimensions = 3
    paint(layer, (z, y, x), 3, size=9)
    assert len(session.work.steps.stack) == count + 1
    assert np.array_equal(layer.data == 2, scan.voxels == 2)
    assert np.count_nonzero(layer.data == 3) > np.count_nonzero(before == 3)
    press(layer, "undo")

    assert np.array_equal(layer.data, before)


def test_nothing_can_be_painted_onto_a_locked_vertebra(session: Session, layer: Any) -> None:
    session.work.judge(2, is_locked=True)
    count, before = len(session.work.steps.stack), layer.data.copy()
    paint(layer, (2, 2, 2), 2)

    assert np.array_equal(layer.data, before)
    assert len(session.work.steps.stack) == count


def test_the_brush_keeps_to_a_range_of_hu(session: Session, layer: Any, scan: Scan) -> None:
    session.work.steps.brush_limits_hu = (3.0, 1000.0)
    before = layer.data.copy()
    layer.n_edit_dimensions = 3
    place = middle(session, 3)
    paint(layer, place, 9, size=30)
    changed = layer.data != before

    assert changed.any()
    assert (scan.voxels[changed] >= 3).all()
    paint(layer, middle(session, 2), 0, size=3)
    assert layer.data[place] == 9
    assert np.count_nonzero(layer.data == 2) < np.count_nonzero(before == 2)


def test_what_the_walk_found_can_be_undone_and_the_walk_knows(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.play(Until.VERTEBRA)
    assert [r.id for r in session.work.chain] == [1, 2]
    session.work.undo()

    assert [r.id for r in session.work.chain] == [1]
    assert not (session.work.spine.labels == 2).any()
    assert session.walk.job._by_hand.kept == {2}
    session.work.redo()
    assert [r.id for r in session.work.chain] == [1, 2]


def test_remove_all_can_be_undone(session: Session, layer: Any) -> None:
    before = state(session)
    session.clear()
    assert not len(session.work.chain)
    session.work.undo()

    assert_index_is_true(session)
    assert state(session) == before


def test_undo_is_refused_while_the_walk_runs(session: Session, layer: Any) -> None:
    lines: list[str] = []
    session.logged.connect(lines.append)
    before = state(session)
    session.work.is_walking = lambda: True
    session.work.undo()

    assert state(session) == before
    assert "pause it" in lines[-1]


def test_single_layers_follow_undo(session: Session, layer: Any) -> None:
    paint(layer, middle(session, 2), 0, size=6)
    session.split_or_join()
    singles = find_all(session.viewer.layers, Role.SINGLE, session.work.spine.scan_id)
    session.work.undo()

    assert np.count_nonzero(singles[1].data) == np.count_nonzero(layer.data == 2)


def test_a_stroke_in_a_single_layer_is_a_step_of_the_stack(session: Session, layer: Any) -> None:
    states, count = [state(session)], len(session.work.steps.stack)
    session.split_or_join()
    single = find_all(session.viewer.layers, Role.SINGLE, session.work.spine.scan_id)[1]
    middle_of = tuple(int(v) for v in np.argwhere(single.data == 2).mean(axis=0))
    drag(single, [middle_of, (0, 0, 0)], 0)
    states.append(state(session))
    drag(single, [(1, 1, 1)], 2)
    assert len(session.work.steps.stack) == count + 2
    assert np.count_nonzero(layer.data == 2) == np.count_nonzero(single.data)
    press(single, "undo")
    assert state(session) == states[1]
    press(single, "undo")
    assert state(session) == states[0]
    assert np.count_nonzero(single.data) == np.count_nonzero(layer.data == 2)
    session.work.judge(2, is_locked=True)
    drag(single, [middle_of], 0)

    assert np.count_nonzero(single.data) == np.count_nonzero(layer.data == 2)
    assert state(session)[0] == states[0][0]


def test_joining_single_layers_is_one_step(session: Session, layer: Any) -> None:
    before, count = layer.data.copy(), len(session.work.steps.stack)
    session.split_or_join()
    for single in find_all(session.viewer.layers, Role.SINGLE, session.work.spine.scan_id)[1:3]:
        single.data[:, :8] = 0
    session.split_or_join()
    assert_index_is_true(session)
    assert not np.array_equal(layer.data, before)
    assert len(session.work.steps.stack) == count + 1
    session.work.undo()

    assert np.array_equal(layer.data, before)


def test_labels_written_by_a_script_are_noticed_though_not_undoable(
    session: Session, layer: Any
) -> None:
    count = len(session.work.steps.stack)
    layer.data[layer.data == 5] = 9
    session.work.doubt()

    assert [r.id for r in session.work.chain] == [1, 2, 3, 4, 9]
    assert session.work.steps.index.ids == (1, 2, 3, 4, 9)
    assert len(session.work.steps.stack) == count


def test_rows_round_trip(session: Session, layer: Any) -> None:
    for record in session.work.chain:
        again = with_row(record, json.loads(json.dumps(row_of(record))))
        assert row_of(again) == row_of(record)
        assert again.instance.mask is record.instance.mask
        assert again.verdict is record.verdict


@pytest.mark.parametrize("is_written", [False, True])
def test_a_stroke_of_single_voxels_is_understood_before_and_after_it_is_written(
    is_written: bool,
) -> None:
    labels = np.zeros((6, 6, 6), dtype=np.uint8)
    labels[2, 2, 2] = 7
    indices = (np.array([2, 4]), np.array([2, 1]), np.array([2, 5]))
    atom = (indices, np.array([7, 0]), np.uint8(3))
    if is_written:
        labels[indices] = 3
    stroke = Stroke.of([atom], labels)

    assert stroke is not None
    assert stroke.is_written(labels) is is_written
    assert stroke.box == (slice(2, 5), slice(1, 3), slice(2, 6))
    assert (stroke.before[0, 1, 0], stroke.before[2, 0, 3]) == (7, 0)
    assert (stroke.after[0, 1, 0], stroke.after[2, 0, 3]) == (3, 3)
