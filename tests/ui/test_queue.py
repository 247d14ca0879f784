"""The queue of a project in the viewer, without a window."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cases import Project, Status, import_scan
from napari_vertseg.results import ModelRecord
from napari_vertseg.traversal import OraclePredictor
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.project_control import ProjectControl
from napari_vertseg.ui.project_rows import HERE
from napari_vertseg.ui.queue_ahead import walk_ahead
from napari_vertseg.ui.queue_control import QueueControl, Rest, line_of, until
from napari_vertseg.volume import Scan

from .project_desk import WHOLE, accept_all, held_elsewhere, opened, written


def test_times_are_written_as_the_project_writes_them() -> None:
    at = datetime(2026, 3, 1, 14, 31, 5, tzinfo=UTC)

    assert until(Rest.HOUR, at) == "2026-03-01T15:31:05Z"
    assert until(Rest.WEEK, at) == "2026-03-08T14:31:05Z"


def test_the_next_scan_is_one_that_nobody_has_open(
    control: ProjectControl,
    project: Project,
) -> None:
    queue = QueueControl(control)
    queue.refresh()
    order = [entry.case for entry in queue.line.entries]
    assert queue.next.case == order[0]
    held_elsewhere(project, order[0])
    control.refresh()
    assert queue.next.case == order[1]
    opened(control, order[1])

    assert queue.next is None
    assert queue.held_by(order[1]) == HERE


def test_skipped_scans_come_last_and_snoozed_ones_not_at_all(
    control: ProjectControl,
    project: Project,
) -> None:
    queue = QueueControl(control)
    queue.refresh()
    first, second = (entry.case for entry in queue.line.entries)
    queue.skip(first)
    assert [entry.case for entry in queue.line.entries] == [second, first]
    queue.snooze(second, Rest.DAY)
    assert [entry.case for entry in queue.line.entries] == [first]
    assert set(queue.line.put_off) == {first, second}
    queue.wake_all()

    assert [entry.case for entry in line_of(project).entries] == [first, second]
    assert queue.line.put_off == ()


def test_a_submitted_scan_leaves_the_queue(
    control: ProjectControl,
    project: Project,
) -> None:
    queue = QueueControl(control)
    case = opened(control)
    accept_all(case)
    control.submit(WHOLE)

    assert [entry.case for entry in queue.line.entries] == ["case-0002"]


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch, load: Callable[..., Loaded]) -> Callable[..., Loaded]:
    """A loader for walks ahead whose oracle answers from the scan."""
    from napari_vertseg.ui import queue_ahead

    prepare = queue_ahead.prepare

    def prepared(scan: Scan, card: Any, predict: Any) -> Any:
        made = prepare(scan, card, predict, search_min_hu=None, min_confidence=0.0)
        return replace(made, predict=OraclePredictor(made.image.voxels))

    monkeypatch.setattr(queue_ahead, "prepare", prepared)
    weights = ModelRecord(name="m", weights_sha256="ab")
    return lambda request, tell: replace(load(request, tell), record=weights)


def test_scans_without_a_proposal_are_walked_ahead(
    control: ProjectControl, project: Project, ahead: Callable[..., Loaded]
) -> None:
    queue = QueueControl(control, ahead)
    said: list[str] = []
    control.said.connect(said.append)
    queue.propose_ahead()
    walked = project.case("case-0002")

    assert walked.status is Status.PROPOSED
    assert walked.prediction.model.name == "m"
    assert set(np.unique(project.prediction(walked))) == {0, 1, 2}
    assert "case-0002 is proposed: 2 vertebrae." in said
    assert len(project.case("case-0001").predictions) == 1
    assert not queue.is_ahead
    assert control.rows[1].status is Status.PROPOSED


def test_a_case_that_cannot_be_walked_ahead_does_not_stop_the_others(
    control: ProjectControl, project: Project, ahead: Callable[..., Loaded], tmp_path: Path
) -> None:
    file, _ = written(tmp_path, "third", 4, with_mask=False)
    import_scan(project, file, annotator="Ann", patient="3")
    held_elsewhere(project, "case-0002")
    steps = list(walk_ahead(project, ahead, "Ann", lambda: False))

    assert any("Bob" in step.words for step in steps)
    assert [step.case for step in steps if step.is_proposed] == ["case-0003"]


def test_walking_ahead_waits_while_a_person_walks(
    project: Project, ahead: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_vertseg.ui.queue_ahead._NAP_S", 0.0)
    is_walking = [True]
    steps = walk_ahead(project, ahead, "Ann", lambda: is_walking[0])
    for _ in range(10):
        next(steps)
    assert project.case("case-0002").status is Status.NEW
    is_walking[0] = False
    deque(steps, maxlen=0)

    assert project.case("case-0002").status is Status.PROPOSED
