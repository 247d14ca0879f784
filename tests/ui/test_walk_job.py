"""A walk that can be paused, gone on with and taken back, without a window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import SegmentationFailed
from napari_vertseg.traversal import VertebraFound, trace
from napari_vertseg.ui.messages import Told
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.walk_job import WalkJob
from napari_vertseg.ui.wishes import StartFrom, Until, WalkRequest, Way
from napari_vertseg.volume import Scan, Zyx


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
    scan: Scan, load: Callable[..., Loaded]
) -> None:
    request = WalkRequest(model="oracle", way=Way.BOTH, start=StartFrom.SELECTED)
    listener = Listener(scan, load, request=request, vertebra=7, next_id=8)
    listener.labels[scan.voxels == 3] = 7
    listener.run(Until.END)

    assert [listener.labels[8 * n - 2, 9, 10] for n in (1, 2, 3, 4, 5)] == [11, 10, 7, 8, 9]
    assert [listener.back() for _ in range(5)] == [11, 10, 9, 8, None]
    assert set(np.unique(listener.labels)) == {0, 7}


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
