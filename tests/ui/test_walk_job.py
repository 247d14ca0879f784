"""A walk that can be paused, gone on with and taken back, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.recording import read_header
from napari_vertseg.traversal import VertebraFound, trace
from napari_vertseg.ui.messages import Note, Told
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.walk_job import WalkJob
from napari_vertseg.ui.wishes import StartFrom, Until, WalkRequest, Way
from napari_vertseg.volume import Scan, Zyx

from .conftest import start_at_once


class Listener:
    """Writes what is found into the labels, as the window does."""

    def __init__(self, scan: Scan, load: Callable[..., Loaded], **options: Any) -> None:
        self.labels = np.zeros(scan.grid.shape, dtype=np.uint8)
        request = options.pop("request", WalkRequest(model="oracle"))
        self.job = WalkJob(scan, request, load, self.labels, **options)
        self.traces: list[Any] = []
        self.ids: list[int] = []

    def run(self, until: Until) -> None:
        for message in self.job.run(until):
            if isinstance(message, Told):
                self.traces.append(trace(message.event))
                self.take(message)

    def take(self, message: Told) -> None:
        found = message.instance
        if found is not None:
            self.ids.append(found.id)
            box = self.labels[found.slices]
            box[found.mask & (box == 0)] = found.id

    def back(self) -> int | None:
        gone = self.job.go_back()
        self.labels[self.labels == gone] = 0
        return gone


@pytest.fixture
def both_ways(scan: Scan, load: Callable[..., Loaded]) -> Listener:
    """Both ways from the third vertebra, which has the id 7 already; 8 is given to another."""
    request = WalkRequest(model="oracle", way=Way.BOTH, start=StartFrom.SELECTED)
    listener = Listener(scan, load, request=request, vertebra=7, next_id=9)
    listener.labels[scan.voxels == 3] = 7
    return listener


@pytest.fixture
def session(viewer: Any, load: Callable[..., Loaded], scan: Scan) -> Iterator[Session]:
    session = Session(viewer, start=start_at_once, load=load)
    session.ask_for(WalkRequest(model="oracle"))
    session.show_scan(scan)
    yield session
    session.close()


def test_stepping_patch_by_patch_is_the_same_walk(scan: Scan, load: Callable[..., Loaded]) -> None:
    at_once, stepwise = Listener(scan, load), Listener(scan, load)
    at_once.run(Until.END)
    while not stepwise.job.is_finished:
        stepwise.run(Until.PATCH)

    assert stepwise.traces == at_once.traces
    assert np.array_equal(stepwise.labels, at_once.labels)
    assert at_once.ids == [1, 2, 3, 4, 5]


def test_one_vertebra_pauses_after_exactly_one(scan: Scan, load: Callable[..., Loaded]) -> None:
    listener = Listener(scan, load)
    listener.run(Until.VERTEBRA)
    listener.run(Until.VERTEBRA)

    assert listener.ids == [1, 2]


@pytest.mark.parametrize("steps_beyond", [0, 1])
def test_what_is_taken_back_is_found_again_in_the_same_way(
    scan: Scan, load: Callable[..., Loaded], steps_beyond: int
) -> None:
    """Also where the walk was already on its way to the next one."""
    unbroken, listener = Listener(scan, load), Listener(scan, load)
    unbroken.run(Until.END)
    for _ in range(3):
        listener.run(Until.VERTEBRA)
    before = len(listener.traces)
    for _ in range(steps_beyond):
        listener.run(Until.PATCH)

    assert listener.back() == 3
    del listener.traces[before:]
    second = [i for i, t in enumerate(listener.traces) if t[0] == VertebraFound.__name__][1]
    del listener.traces[second + 1 :]
    listener.run(Until.END)

    # All but the ids, which are never given twice.
    assert [without_id(t) for t in listener.traces] == [without_id(t) for t in unbroken.traces]
    assert listener.ids == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(listener.labels > 0, unbroken.labels > 0)


def without_id(told: tuple[Any, ...]) -> tuple[Any, ...]:
    return told[:4] + told[5:] if told[0] == VertebraFound.__name__ else told


def test_back_past_the_first_one_leads_to_the_start(
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    listener = Listener(scan, load)
    listener.run(Until.VERTEBRA)

    assert listener.back() == 1
    assert listener.back() is None
    assert not listener.labels.any()


def test_a_finished_walk_can_be_taken_back(scan: Scan, load: Callable[..., Loaded]) -> None:
    listener = Listener(scan, load)
    listener.run(Until.END)
    assert listener.job.is_finished

    assert listener.back() == 5
    assert not listener.job.is_finished


def test_both_ways_from_a_place_finds_all(scan: Scan, load: Callable[..., Loaded]) -> None:
    request = WalkRequest(model="oracle", way=Way.BOTH, start=StartFrom.CLICK)
    listener = Listener(scan, load, request=request, place=Zyx(23, 9, 10))
    listener.run(Until.END)

    assert len(set(np.unique(listener.labels)) - {0}) == 5
    assert listener.labels[23, 9, 10] == 1


def test_both_ways_from_a_selected_vertebra_goes_down_then_up_and_back_undoes_both(
    both_ways: Listener, scan: Scan
) -> None:
    both_ways.run(Until.END)

    assert [both_ways.labels[8 * n - 2, 9, 10] for n in (1, 2, 3, 4, 5)] == [12, 11, 7, 9, 10]
    assert [both_ways.back() for _ in range(5)] == [12, 11, 10, 9, None]
    assert set(np.unique(both_ways.labels)) == {0, 7}


def test_a_corrected_mask_is_what_the_walk_goes_on_with(
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    listener = Listener(scan, load)
    listener.run(Until.VERTEBRA)
    listener.labels[scan.voxels == 2] = 1
    listener.job.note_edits([1])
    listener.run(Until.END)

    assert set(np.unique(listener.labels[scan.voxels == 2])) == {1}
    assert set(np.unique(listener.labels[scan.voxels == 3])) == {2}


def test_a_start_without_a_place_is_refused_with_words(
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    request = WalkRequest(model="oracle", start=StartFrom.CLICK)

    with pytest.raises(SegmentationFailed, match="click a vertebra"):
        Listener(scan, load, request=request)


def test_progress_never_falls_and_ends_at_one(scan: Scan, load: Callable[..., Loaded]) -> None:
    job = Listener(scan, load).job
    shares = [m.progress for m in job.run(Until.END) if isinstance(m, Told)]

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_what_is_undone_is_passed_by_and_the_rest_is_found(session: Session, scan: Scan) -> None:
    for _ in range(3):
        session.play(Until.VERTEBRA)
    session.work.undo()
    session.play()

    found = [int(session.work.spine.labels[scan.voxels == n].max()) for n in range(1, 6)]
    assert [bool(n) for n in found] == [True, True, False, True, True]
    while session.walk.job.found()[-1] != 3:
        session.walk.back()
    session.walk.back()
    session.play()
    assert all(session.work.spine.labels[scan.voxels == n].all() for n in range(1, 6))


def test_a_locked_vertebra_is_not_taken_back(session: Session) -> None:
    session.play(Until.VERTEBRA)
    session.work.judge(1, is_locked=True)
    said: list[str] = []
    session.walk.logged.connect(said.append)
    session.walk.back()

    assert len(session.work.chain) == 1
    assert said == ["vertebra 1 is locked; unlock it to take it back."]
    session.work.judge(1, is_locked=False)
    session.walk.back()
    assert len(session.work.chain) == 0


def test_back_from_the_second_way_into_the_first_one_knows_what_lay_ahead(
    both_ways: Listener, scan: Scan
) -> None:
    both_ways.labels[scan.voxels == 5] = 8
    small = np.argwhere(scan.voxels == 5)[::2]
    both_ways.labels[tuple(small.T)] = 0
    both_ways.run(Until.END)
    at_once = both_ways.labels.copy()
    while both_ways.job.found():
        both_ways.back()
    both_ways.run(Until.END)

    assert np.array_equal(both_ways.labels > 0, at_once > 0)
    assert (both_ways.labels == 8).sum() == (at_once == 8).sum()


def test_a_correction_of_the_second_way_is_known_to_the_first_one(
    both_ways: Listener, scan: Scan
) -> None:
    both_ways.run(Until.PATCH)
    while both_ways.job.state.direction == "down":
        both_ways.run(Until.VERTEBRA)
    corner = (slice(30, 34), slice(0, 3), slice(0, 3))
    both_ways.labels[corner] = 9
    both_ways.job.note_edits([9])
    both_ways.run(Until.PATCH)
    while both_ways.job.found() != [9]:
        both_ways.back()
    both_ways.run(Until.PATCH)

    assert (both_ways.job.state.memory.labels[corner] == 9).all()


def test_an_edited_vertebra_that_lies_ahead_stays_out_of_the_memory(
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    request = WalkRequest(model="oracle", start=StartFrom.SELECTED)
    listener = Listener(scan, load, request=request, vertebra=7, next_id=9)
    listener.labels[scan.voxels == 1] = 7
    listener.labels[scan.voxels == 4] = 8
    listener.run(Until.VERTEBRA)
    listener.labels[tuple(np.argwhere(scan.voxels == 4)[0])] = 0
    listener.job.note_edits([8])
    listener.run(Until.PATCH)

    assert not (listener.job.state.memory.labels == 8).any()
    listener.run(Until.END)
    assert listener.ids == [9, 10, 12]  # the one that was there has taken a number


def test_a_note_does_not_stand_between_a_find_and_its_telling(
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    """The worker stops after any message where somebody has pressed Pause."""
    listener = Listener(scan, load)
    listener.run(Until.VERTEBRA)
    run = listener.job.run(Until.VERTEBRA)
    for message in run:
        if not isinstance(message, Note):
            listener.job._notes.append("the disk is full")
        if isinstance(message, Told):
            listener.take(message)
        if len(listener.job.state.found) == 2:
            break
    run.close()

    assert listener.job.found() == [1, 2]
    assert listener.ids == [1, 2]


@pytest.mark.parametrize("way", [Way.DOWN, Way.UP])
def test_the_record_says_which_way_was_walked(
    scan: Scan, load: Callable[..., Loaded], way: Way
) -> None:
    listener = Listener(scan, load, request=WalkRequest(model="oracle", way=way))
    listener.run(Until.END)

    assert read_header(listener.job.tape.file).config.direction == f"{way}"


def test_steps_of_both_ways_are_counted_together(both_ways: Listener) -> None:
    both_ways.run(Until.END)
    ends = [trace for trace in both_ways.traces if trace[0] == "Finished"]

    assert len(ends) == 2
    assert both_ways.job.tape.steps == ends[1][1] > ends[0][1] > 0
