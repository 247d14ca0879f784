"""The queue of a project in the viewer, without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.ui.models import Loaded
from napari_vertseg.ui.project_control import ProjectControl, control_of
from napari_vertseg.ui.project_rows import HERE
from napari_vertseg.ui.queue_control import QueueControl, Rest, line_of, until
from napari_vertseg.ui.session import Session

from .conftest import start_at_once
from .project_desk import WHOLE, accept_all, held_elsewhere, opened, two_cases


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return two_cases(tmp_path)


@pytest.fixture
def control(project: Project, load: Callable[..., Loaded]) -> Iterator[ProjectControl]:
    viewer = pytest.importorskip("napari").components.ViewerModel()
    session = Session(viewer, start=start_at_once, load=load)
    control = control_of(session)
    control.open_project(project.folder.path)
    yield control
    session.close()


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
