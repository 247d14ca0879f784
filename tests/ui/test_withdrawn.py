"""What a walk took for vertebrae beside the spine goes when the spine is known: viewer, record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from napari_vertseg.pictures.colours import STRAY
from napari_vertseg.pictures.walk_story import WalkStory
from napari_vertseg.prediction import Prediction
from napari_vertseg.recording import mask_of, read_header, replay_all
from napari_vertseg.traversal import OraclePredictor, Withdrawn
from napari_vertseg.ui.messages import Told
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.records import Verdict
from napari_vertseg.ui.session import Session
from napari_vertseg.ui.walk_job import WalkJob
from napari_vertseg.ui.wishes import Until, WalkRequest
from napari_vertseg.volume import Scan

from .conftest import scan_of, spine, start_at_once

PIECE = 9


class DoubtsThePiece:
    """Follows the piece as long as it is free, without being sure of it."""

    def __init__(self, voxels: np.ndarray) -> None:
        self.oracle = OraclePredictor(voxels)

    def __call__(self, image: np.ndarray, memory: np.ndarray) -> Prediction:
        is_free = (image == PIECE) & ~memory
        if is_free.sum() > 15:
            return Prediction(is_free * np.float32(0.7), 0.9)
        return self.oracle(np.where(image == PIECE, 0, image), memory)


@pytest.fixture
def scan() -> Scan:
    """A piece of a shoulder blade at the top, and the spine far aside of it."""
    row = spine()
    labels = np.zeros((row.shape[0] + 20, 24, 60), dtype=np.int16)
    labels[20:, :, 40:] = row
    labels[1:7, 8:14, 2:9] = PIECE
    return scan_of(labels)


@pytest.fixture
def doubting(walking_with: Callable[..., Callable[..., Loaded]]) -> Callable[..., Loaded]:
    return walking_with(DoubtsThePiece)


@pytest.fixture
def session(viewer: Any, doubting: Callable[..., Loaded], scan: Scan) -> Iterator[Session]:
    session = Session(viewer, start=start_at_once, load=doubting)
    session.ask_for(WalkRequest(model="oracle"))
    session.show_scan(scan)
    yield session
    session.close()


def test_labels_table_recording_and_log_know_that_it_is_gone(session: Session, scan: Scan) -> None:
    said: list[str] = []
    session.walk.logged.connect(said.append)
    session.play(Until.VERTEBRA)
    assert session.work.spine.labels[scan.voxels == PIECE].all()
    session.play()

    assert not session.work.spine.labels[scan.voxels == PIECE].any()
    assert len(session.work.chain) == 5
    assert any("Given up" in line and "1 found before" in line for line in said)
    job = session.walk.job
    assert job is not None
    assert job.state is not None
    assert job.tape is not None
    assert job.tape.vertebrae == 5
    assert np.array_equal(mask_of(job.tape.file), job.state.memory.labels)
    story = WalkStory.of(replay_all(job.tape.file), read_header(job.tape.file).grid)
    assert len(story.vertebrae) == 5
    assert any("gave up" in moment.words for moment in story.moments)


def test_undo_brings_it_back(session: Session, scan: Scan) -> None:
    session.play()
    session.work.undo()

    assert session.work.spine.labels[scan.voxels == PIECE].all()
    assert len(session.work.chain) == 6


def test_what_somebody_accepted_stays(session: Session, scan: Scan) -> None:
    session.play(Until.VERTEBRA)
    session.work.judge(1, verdict=Verdict.ACCEPTED)
    session.play()

    assert session.work.spine.labels[scan.voxels == PIECE].all()


def test_a_flag_protects_nothing(session: Session, scan: Scan) -> None:
    session.play(Until.VERTEBRA)
    session.work.judge(1, verdict=Verdict.ACCEPTED)
    session.work.judge(1, verdict=Verdict.FLAGGED)
    session.play()

    assert not session.work.spine.labels[scan.voxels == PIECE].any()


def test_the_story_shows_it_while_it_stands(session: Session) -> None:
    session.play()
    tape = session.walk.job.tape.file
    story = WalkStory.of(replay_all(tape), read_header(tape).grid)
    (gone,) = [i for i, moment in enumerate(story.moments) if "gave up" in moment.words]

    (piece,) = [v for v in story.found_by(gone - 1) if v.number not in range(1, 6)]
    assert piece.colour == STRAY
    assert [v.number for v in story.found_by(gone)] == [1, 2, 3, 4, 5]
    assert piece in story.shown


def test_the_walk_can_be_taken_back_and_gone_on_with(session: Session, scan: Scan) -> None:
    session.play()
    while session.walk.found_by_walk():
        session.walk.back()
    assert not session.work.spine.labels.any()
    session.play()

    assert len(session.work.chain) == 5
    assert not session.work.spine.labels[scan.voxels == PIECE].any()


def test_neighbours_get_back_the_voxels_it_had(
    scan: Scan, doubting: Callable[..., Loaded]
) -> None:
    """Between voxels of the working grid, a voxel of the scan may be wanted by two."""
    labels = np.zeros(scan.grid.shape, dtype=np.uint8)
    contested = tuple(np.argwhere(scan.voxels == 2)[0])
    for message in WalkJob(scan, WalkRequest(model="oracle"), doubting, labels).run(Until.END):
        if not isinstance(message, Told):
            continue
        if isinstance(message.event, Withdrawn):
            labels[np.isin(labels, message.event.vertebrae)] = 0
        found = [] if message.instance is None else [message.instance]
        for instance in (*found, *(neighbour for neighbour, _ in message.regrown)):
            box = labels[instance.slices]
            box[instance.mask & (box == 0)] = instance.id
        if found and not labels[contested]:
            labels[contested] = message.instance.id

    assert labels[contested] == 3
    assert (labels == 3).sum() == (scan.voxels == 2).sum()
