"""A round runs in a process of its own: started, joined, killed, resumed, done again."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.launch import RunState
from napari_vertseg.rounds.ledger import read_round, read_rounds
from napari_vertseg.rounds.starting import (
    CheckRun,
    join_round,
    resume_round,
    running_rounds,
    start_round,
)
from napari_vertseg.training import TrainingRequest

OPTIONS = ("--device", "cpu", "--threads", "1", "--loaders", "0")
REQUEST = TrainingRequest(
    base=None,
    preset="tiny",
    minutes=None,
    steps=100_000,
    replay_share=0.0,
    validations=1000,
    patience=None,
    has_gate_phantoms=False,
)


def wait_for(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="kills with SIGKILL")
def test_a_killed_round_is_told_joined_resumed_and_stopped_with_its_best(
    spine_project: Callable[..., Project],
) -> None:
    """The whole life of a training, with the real trainer."""
    project = spine_project("train", "validation")
    started = start_round(project, REQUEST, options=OPTIONS, who="Ann")
    try:
        wait_for(lambda: any(e.kind == "step" for e in started.run.poll()))
        assert [r.number for r in running_rounds(project)] == [1]

        started.run.kill()
        wait_for(lambda: not started.run.is_alive())
        assert started.run.state() is RunState.LOST
        assert "press Resume to go on" in started.run.sentence()
        assert running_rounds(project) == []
        assert project.cases()[0].submitted is not None

        resumed = resume_round(project, 1, options=OPTIONS, who="Ann")
        wait_for(lambda: any(e.kind == "step" for e in resumed.run.poll()))
        joined = join_round(project, 1)
        joined.run.stop_and_keep_best()
        wait_for(lambda: joined.run.state() is not RunState.RUNNING)

        assert joined.run.state() is RunState.FINISHED
        assert "The candidate round-1 is ready: it was asked to stop" in joined.run.sentence()
        record = read_round(project, 1)
        assert record.model is not None
        assert (project.folder.models / record.model.name / "weights.safetensors").is_file()
    finally:
        started.run.kill()
        join_round(project, 1).run.kill()


def test_a_check_runs_beside_and_leaves_nothing(spine_project: Callable[..., Project]) -> None:
    project = spine_project("train")
    checking = CheckRun(project, REQUEST, options=OPTIONS)
    try:
        wait_for(checking.is_done)
        said = {(f.severity, f.topic) for f in checking.findings()}
    finally:
        checking.close()

    assert said == {("warning", "roles"), *(("fact", t) for t in ("memory", "time", "cases"))}
    assert read_rounds(project) == []


def test_a_check_that_cannot_run_is_a_blocker(spine_project: Callable[..., Project]) -> None:
    project = spine_project("validation")
    checking = CheckRun(project, REQUEST, options=(*OPTIONS, "--device", "no-such-device"))
    try:
        wait_for(checking.is_done)
        found = checking.findings()
    finally:
        checking.close()

    assert [f.severity for f in found] == ["blocker"]
    assert "there is no corrected case to train on" in found[0].sentence
