"""The first vertebra, seen again at the end of a walk: labels, table, recording, undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from napari_vertseg.pictures.walk_story import WalkStory
from napari_vertseg.prediction import Prediction
from napari_vertseg.recording import mask_of, read_header, replay_all
from napari_vertseg.traversal import OraclePredictor
from napari_vertseg.ui.messages import Told
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.walk_job import WalkJob
from napari_vertseg.ui.wishes import Until, WalkRequest
from napari_vertseg.volume import Scan

from .conftest import scan_of, spine, start_at_once


class TakesTwoForOne:
    """With an empty memory the cut vertebra and the whole one after it are one."""

    def __init__(self, voxels: np.ndarray) -> None:
        self.oracle = OraclePredictor(voxels)

    def __call__(self, image: np.ndarray, memory: np.ndarray) -> Prediction:
        if memory.any() or not np.isin(image, (1, 2)).any():
            return self.oracle(image, memory)
        return Prediction(np.isin(image, (1, 2)).astype(np.float32) * np.float32(0.9), 0.1)


@pytest.fixture
def scan() -> Scan:
    """It begins in the middle of the first vertebra."""
    return scan_of(spine()[7:])


@pytest.fixture
def merging(walking_with: Callable[..., Callable[..., Loaded]]) -> Callable[..., Loaded]:
    return walking_with(TakesTwoForOne)


@pytest.fixture
def session(viewer: Any, merging: Callable[..., Loaded], scan: Scan) -> Iterator[Session]:
    session = Session(viewer, start=start_at_once, load=merging)
    session.ask_for(WalkRequest(model="oracle"))
    session.show_scan(scan)
    yield session
    session.close()


def block(session: Session, scan: Scan, number: int) -> set[int]:
    return {int(v) for v in np.unique(session.work.spine.labels[scan.voxels == number])}


def test_labels_table_and_recording_show_it_as_it_was_seen_last(
    session: Session, scan: Scan
) -> None:
    said: list[str] = []
    session.walk.logged.connect(said.append)
    session.play()

    assert [block(session, scan, n) for n in range(1, 6)] == [{5}, {1}, {2}, {3}, {4}]
    assert not session.work.spine.labels[scan.voxels == 0].any()
    assert [record.id for record in session.work.chain.ordered()] == [5, 1, 2, 3, 4]
    first = session.work.chain.get(1)
    assert first is not None
    assert first.instance.mask.sum() == (scan.voxels == 2).sum()
    assert sum("Seen again" in line for line in said) == 1
    job = session.walk.job
    assert job is not None
    assert job.tape is not None
    assert job.tape.vertebrae == 5
    assert np.array_equal(mask_of(job.tape.file), job.state.memory.labels)


def test_it_is_the_mask_that_a_walk_without_a_window_gives(session: Session, scan: Scan) -> None:
    session.play()
    job = session.walk.job
    assert job is not None
    assert job.walk is not None
    labels = np.zeros(scan.grid.shape, dtype=int)
    for instance in job.walk.segmentation(job.state.found).instances:
        labels[instance.slices][instance.mask] = instance.id

    assert np.array_equal(labels, session.work.spine.labels)


def test_undo_shows_it_as_it_was_found_first(session: Session, scan: Scan) -> None:
    session.play()
    session.work.undo()
    session.work.undo()

    assert block(session, scan, 1) == block(session, scan, 2) == {1}


def test_what_somebody_accepted_stays_as_it_is(session: Session, scan: Scan) -> None:
    session.play(Until.VERTEBRA)
    session.work.judge(1, verdict=Verdict.ACCEPTED)
    session.play()

    assert block(session, scan, 1) == block(session, scan, 2) == {1}


def test_what_somebody_corrected_stays_as_it_is(session: Session, scan: Scan) -> None:
    session.play(Until.VERTEBRA)
    labels = session.work.spine.labels.copy()
    labels[scan.voxels == 1] = 0
    box = tuple(slice(0, size) for size in labels.shape)
    session.work.steps.write("erased by hand", box, labels)
    session.play()

    assert block(session, scan, 2) == {1}
    assert (session.work.spine.labels == 1).sum() == (scan.voxels == 2).sum()


@pytest.mark.parametrize("how", ["accepted", "locked", "painted"])
def test_a_hand_that_comes_while_it_is_seen_again_is_in_time(
    session: Session, scan: Scan, how: str
) -> None:
    work = session.work
    session.play(Until.PATCH)
    while (job := session.walk.job).state.seen_again is None:
        session.play(Until.PATCH)
    if how == "accepted":
        work.judge(1, verdict=Verdict.ACCEPTED)
    elif how == "locked":
        work.judge(1, is_locked=True)
    else:
        painted = work.spine.labels.copy()
        painted[6:8, :3, :3] = 1
        work.steps.write("brush", tuple(slice(0, n) for n in painted.shape), painted)
    before, row = work.spine.labels == 1, work.chain.get(1)
    session.play()

    assert job.is_finished
    assert np.array_equal(work.spine.labels == 1, before)
    assert (work.chain.get(1).verdict, work.chain.get(1).is_locked) == (row.verdict, row.is_locked)


def test_the_story_shows_it_as_it_was_seen_first_and_then_as_it_was_seen_last(
    session: Session,
) -> None:
    session.play()
    tape = session.walk.job.tape.file
    story = WalkStory.of(replay_all(tape), read_header(tape).grid)
    looks = [i for i, moment in enumerate(story.moments) if moment.found == 1]
    first, last = (story.found_by(i)[0] for i in looks)

    assert first.number == last.number
    assert first.mask.sum() > last.mask.sum()


def test_what_was_cut_by_hand_is_still_told_in_the_story(session: Session, scan: Scan) -> None:
    """Two were taken for one, and the one beyond the cut was found later."""
    session.play(Until.VERTEBRA)
    labels = session.work.spine.labels
    cut = np.where(scan.voxels == 2, 0, labels)
    session.work.steps.write("cut", tuple(slice(0, n) for n in cut.shape), cut)
    session.play()
    tape = session.walk.job.tape
    story = WalkStory.of(replay_all(tape.file), read_header(tape.file).grid)

    assert len(story.vertebrae) == tape.vertebrae == len(session.work.chain)


def test_taking_back_what_came_after_it_and_walking_on_gives_the_same(
    session: Session, scan: Scan
) -> None:
    session.play()
    for _ in range(3):
        session.walk.back()
    session.play()

    names = [block(session, scan, n) for n in range(1, 6)]
    assert all(len(ids) == 1 and 0 not in ids for ids in names)
    assert len(set().union(*names)) == 5


def test_a_neighbour_gets_back_what_it_gives_up(
    scan: Scan, merging: Callable[..., Loaded]
) -> None:
    """Between voxels of the working grid, a voxel of the scan may be wanted by two."""
    labels = np.zeros(scan.grid.shape, dtype=np.uint8)
    contested = tuple(np.argwhere(scan.voxels == 3)[0])
    for message in WalkJob(scan, WalkRequest(model="oracle"), merging, labels).run(Until.END):
        if not isinstance(message, Told) or message.instance is None:
            continue
        if message.is_again:
            labels[labels == message.instance.id] = 0
        elif not labels.any():
            labels[contested] = message.instance.id
        for found in (message.instance, *(neighbour for neighbour, _ in message.regrown)):
            box = labels[found.slices]
            box[found.mask & (box == 0)] = found.id

    assert labels[contested] == 2
    assert (labels == 2).sum() == (scan.voxels == 3).sum()
