"""One undo stack: whatever was done, in whatever order, comes back to the byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_vertseg.editing import (
    EditableLabels,
    Plane,
    Proposal,
    copy_slice,
    delete,
    fill_holes,
    grow,
    interpolate,
    keep_largest,
    merge,
    shrink,
    smooth,
)
from napari_vertseg.editing.undo_recorder import Recorder
from napari_vertseg.editing.undo_stack import UndoStack
from napari_vertseg.editing.undo_step import Patch, Step
from napari_vertseg.errors import EditImpossible
from napari_vertseg.volume import Slices

Row = dict[str, object]
Table = dict[int, Row]
Labels = NDArray[np.uint8]
Deed = Callable[[Labels, Table, np.random.Generator], Step[Row]]

SHAPE = (40, 30, 24)


def spine() -> tuple[Labels, Table]:
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for vertebra in range(1, 5):
        labels[9 * vertebra - 6 : 9 * vertebra, 8:20, 6:18] = vertebra
    return labels, {v: {"verdict": "proposed", "locked": False} for v in range(1, 5)}


def box_around(labels: Labels, rng: np.random.Generator, reach: int = 8) -> Slices:
    """A random box inside the volume."""
    low = [int(rng.integers(0, n - 1)) for n in labels.shape]
    z, y, x = (
        slice(a, min(a + int(rng.integers(1, reach)), n))
        for a, n in zip(low, labels.shape, strict=True)
    )
    return z, y, x


def brush(labels: Labels, table: Table, rng: np.random.Generator) -> Step[Row]:
    recorder = Recorder(table)
    for _ in range(int(rng.integers(1, 4))):
        box = box_around(labels, rng)
        before = labels[box].copy()
        after = np.where(rng.random(before.shape) < 0.5, np.uint8(rng.integers(0, 6)), before)
        labels[box] = after
        recorder.add(Patch.between(box, before, after))
    return recorder.step("brush stroke")


@contextmanager
def watching(recorder: Recorder[Row], labels: Labels, box: Slices) -> Iterator[None]:
    before = labels[box].copy()
    yield
    recorder.add(Patch.between(box, before, labels[box]))


def cover(ignore: Labels, labels: Labels, table: Table, rng: np.random.Generator) -> Step[Row]:
    """A stroke of the ignore brush, painting or erasing."""
    recorder = Recorder(table)
    box = box_around(ignore, rng)
    before = ignore[box].copy()
    ignore[box] = np.where(rng.random(before.shape) < 0.5, np.uint8(rng.integers(0, 2)), before)
    recorder.ignore(Patch.between(box, before, ignore[box]))
    return recorder.step("ignore")


def tool(labels: Labels, table: Table, rng: np.random.Generator) -> Step[Row]:
    """A tool run of the package, chosen by chance; one that refuses is no step."""
    recorder = Recorder(table)
    hand = EditableLabels.of(labels, (2.0, 1.0, 1.0), locked_in(table))
    chosen = TOOLS[rng.integers(len(TOOLS))]
    ids = hand.index.ids or (1,)
    try:
        proposal = chosen(hand, int(rng.choice(ids)), int(rng.choice(ids)))
    except EditImpossible as refusal:
        return recorder.step(str(refusal))
    with watching(recorder, labels, proposal.slices):
        hand.apply(proposal)
    for vertebra in proposal.changes:
        table[vertebra] = {"verdict": "edited", "locked": False}
        if not hand.index.voxels(vertebra):
            del table[vertebra]
    return recorder.step(proposal.name)


def locked_in(table: Table) -> list[int]:
    return [vertebra for vertebra, row in table.items() if row["locked"]]


def grow_two_boxes(labels: Labels, table: Table, rng: np.random.Generator) -> Step[Row]:
    """A tool that works on boxes which overlap, one after the other."""
    recorder = Recorder(table)
    vertebra = int(rng.integers(1, 7))
    for _ in range(2):
        box = box_around(labels, rng, reach=20)
        with watching(recorder, labels, box):
            labels[box][labels[box] == 0] = vertebra
    table[vertebra] = {"verdict": "edited", "locked": False}
    return recorder.step("grow")


def judge(labels: Labels, table: Table, rng: np.random.Generator) -> Step[Row]:
    recorder = Recorder(table)
    if table:
        vertebra = int(rng.choice(sorted(table)))
        table[vertebra] = {
            "verdict": str(rng.choice(["accepted", "flagged", "ignored"])),
            "locked": bool(rng.integers(2)),
            "level": int(rng.integers(1, 29)),
        }
    return recorder.step("verdict")


TOOLS: tuple[Callable[[EditableLabels, int, int], Proposal], ...] = (
    lambda hand, one, other: merge(hand, [other], into=one),
    lambda hand, one, other: delete(hand, [one]),
    lambda hand, one, other: keep_largest(hand, one),
    lambda hand, one, other: fill_holes(hand, one),
    lambda hand, one, other: grow(hand, one, 2.0),
    lambda hand, one, other: shrink(hand, one, 2.0),
    lambda hand, one, other: smooth(hand, one, 1.5),
    lambda hand, one, other: interpolate(hand, one, Plane.AXIAL),
    lambda hand, one, other: copy_slice(hand, one, Plane.SAGITTAL, 10, 11),
)
DEEDS: tuple[Deed, ...] = (brush, brush, tool, tool, grow_two_boxes, judge)


def state(labels: Labels, table: Table, *more: Labels) -> tuple[bytes, ...]:
    return repr(sorted(table.items())).encode(), *(array.tobytes() for array in (labels, *more))


@pytest.mark.parametrize("seed", range(4))
def test_two_hundred_steps_undone_and_redone_return_every_byte(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, table = spine()
    ignore = np.zeros(SHAPE, dtype=np.uint8)
    deeds = (*DEEDS, partial(cover, ignore))
    stack: UndoStack[Row] = UndoStack()
    states = [state(labels, table, ignore)]
    names = set()
    while len(states) <= 200:
        before = len(stack)
        stack.push(deeds[rng.integers(len(deeds))](labels, table, rng))
        if len(stack) > before:
            states.append(state(labels, table, ignore))
            names.add((stack.next_undo or "").split()[0])
    assert {"Merge", "Delete", "Grow", "Smooth", "brush", "verdict", "ignore"} <= names
    for expected in reversed(states[:-1]):
        assert stack.undo(labels, table, ignore=ignore) is not None
        assert state(labels, table, ignore) == expected
    assert stack.undo(labels, table, ignore=ignore) is None
    for expected in states[1:]:
        assert stack.redo(labels, table, ignore=ignore) is not None
        assert state(labels, table, ignore) == expected
    assert stack.redo(labels, table, ignore=ignore) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["do", "undo", "redo"]), max_size=40), st.integers(0, 2**32 - 1))
def test_to_and_fro_in_any_order_follows_the_history(wishes: list[str], seed: int) -> None:
    """Against a model: a list of states and a place in it."""
    rng = np.random.default_rng(seed)
    labels, table = spine()
    stack: UndoStack[Row] = UndoStack()
    states, place = [state(labels, table)], 0
    for wish in wishes:
        if wish == "do":
            step = DEEDS[rng.integers(len(DEEDS))](labels, table, rng)
            stack.push(step)
            if not step.is_empty:
                states, place = [*states[: place + 1], state(labels, table)], place + 1
        elif wish == "undo":
            assert (stack.undo(labels, table) is None) == (place == 0)
            place = max(place - 1, 0)
        else:
            assert (stack.redo(labels, table) is None) == (place == len(states) - 1)
            place = min(place + 1, len(states) - 1)
        assert state(labels, table) == states[place]


def test_memory_is_capped_and_the_newest_steps_are_kept() -> None:
    rng = np.random.default_rng(1)
    labels, table = spine()
    stack: UndoStack[Row] = UndoStack(limit_mb=0.02)
    for _ in range(60):
        stack.push(brush(labels, table, rng))
        assert stack.held_mb <= 0.02
    before_last = labels.copy()
    stack.push(brush(labels, table, rng))
    assert 0 < len(stack) < 60
    stack.undo(labels, table)

    assert np.array_equal(labels, before_last)
    assert stack.held_mb <= 0.02


def test_memory_is_given_back_when_undone_steps_are_overtaken() -> None:
    rng = np.random.default_rng(2)
    labels, table = spine()
    stack: UndoStack[Row] = UndoStack()
    for _ in range(10):
        stack.push(brush(labels, table, rng))
    for _ in range(10):
        stack.undo(labels, table)
    step = brush(labels, table, rng)
    stack.push(step)

    assert stack.next_redo is None
    assert stack.held_mb == pytest.approx(step.nbytes / 2**20)


def test_names_say_what_comes_next() -> None:
    rng = np.random.default_rng(3)
    labels, table = spine()
    stack: UndoStack[Row] = UndoStack()
    assert (stack.next_undo, stack.next_redo) == (None, None)
    stack.push(brush(labels, table, rng))
    stack.push(judge(labels, table, rng))
    assert stack.next_undo == "verdict"
    stack.undo(labels, table)

    assert (stack.next_undo, stack.next_redo) == ("brush stroke", "verdict")


def test_what_changes_nothing_is_no_step() -> None:
    labels, table = spine()
    stack: UndoStack[Row] = UndoStack()
    recorder = Recorder(table)
    with watching(recorder, labels, (slice(0, 9), slice(0, 9), slice(0, 9))):
        labels[0, 0, 0] = 0
    table[1] = dict(table[1])
    stack.push(recorder.step("nothing"))

    assert len(stack) == 0


def test_a_step_holds_no_more_than_the_box_that_changed() -> None:
    labels, _ = spine()
    before = labels.copy()
    labels[5:8, 9, 10:12] = 0
    whole = (slice(0, SHAPE[0]), slice(0, SHAPE[1]), slice(0, SHAPE[2]))
    patch = Patch.between(whole, before, labels)

    assert patch is not None
    assert patch.box == (slice(5, 8), slice(9, 10), slice(10, 12))
    assert patch.ids() == {1}
