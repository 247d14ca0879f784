"""A training outlives the window that started it, and says how it ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from napari_vertseg.errors import TrainingFailed
from napari_vertseg.launch import LaunchTemplate, RunState, TrainingRun
from napari_vertseg.training import TrainingEvent

FAKE = """
import json, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
def tell(kind, step, message=""):
    with (folder / "events.jsonl").open("a") as lines:
        event = dict(schema=1, kind=kind, step=step, seconds=0.0, message=message)
        lines.write(json.dumps(event) + "\\n")
tell("started", 0)
for step in range(int(sys.argv[2])):
    wish = folder / "wish"
    if wish.exists():
        word = wish.read_text()
        tell("cancelled" if word == "cancel" else "finished", step, f"asked to {word}")
        sys.exit()
    tell("step", step)
    time.sleep(0.02)
print("vertseg-train: nothing to train on.")
if sys.argv[3:] != ["silent"]:
    tell("finished", step, "done")
"""


@pytest.fixture
def template(tmp_path: Path) -> LaunchTemplate:
    (tmp_path / "fake.py").write_text(FAKE)
    return LaunchTemplate(line=f"{{python}} '{tmp_path / 'fake.py'}' {{arguments}}")


@pytest.fixture
def run(tmp_path: Path, template: LaunchTemplate) -> Iterator[Callable[..., TrainingRun]]:
    """Start the fake trainer; whatever still runs at the end is killed."""
    started: list[TrainingRun] = []

    def _run(steps: int = 1_000, *words: str) -> TrainingRun:
        folder = tmp_path / "run"
        started.append(TrainingRun.start([str(folder), str(steps), *words], folder, template))
        return started[-1]

    yield _run
    for one in started:
        one.kill()


def wait_for(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_events_arrive_while_it_runs_and_no_call_waits(run: Callable[..., TrainingRun]) -> None:
    training = run()
    heard: list[TrainingEvent] = []
    slowest = 0.0

    def hear() -> bool:
        nonlocal slowest
        began = time.perf_counter()
        heard.extend(training.poll())
        slowest = max(slowest, time.perf_counter() - began)
        return len(heard) > 5

    wait_for(hear)
    assert [event.step for event in heard[1:]] == list(range(len(heard) - 1))
    assert training.state() is RunState.RUNNING
    assert slowest < 0.1


def test_a_torn_line_waits_until_it_is_whole(tmp_path: Path) -> None:
    event = {"schema": 1, "kind": "step", "step": 3, "seconds": 1.0}
    text = json.dumps(event)
    (tmp_path / "events.jsonl").write_text(text[:20])
    training = TrainingRun.join(tmp_path)

    assert training.poll() == []
    with (tmp_path / "events.jsonl").open("a") as lines:
        lines.write(text[20:] + "\n")
    assert [event.step for event in training.poll()] == [3]
    assert training.poll() == []


@pytest.mark.parametrize(
    ("ask", "state"),
    [
        (TrainingRun.stop_and_keep_best, RunState.FINISHED),
        (TrainingRun.cancel, RunState.CANCELLED),
    ],
)
def test_it_stops_when_asked(
    run: Callable[..., TrainingRun], ask: Callable[[TrainingRun], None], state: RunState
) -> None:
    training = run()
    wait_for(lambda: bool(training.poll()))

    ask(training)

    wait_for(lambda: not training.is_alive())
    assert training.state() is state
    assert training.sentence().startswith("asked to")


def test_a_wish_for_the_last_training_does_not_stop_the_next(
    run: Callable[..., TrainingRun],
) -> None:
    first = run()
    first.cancel()
    wait_for(lambda: not first.is_alive())

    second = run(5)

    wait_for(lambda: not second.is_alive())
    assert second.sentence() == "done"
    assert next(event.kind for event in second.poll()) == "started"


def test_a_training_that_failed_before_runs_again_for_those_who_join(
    run: Callable[..., TrainingRun],
) -> None:
    first = run()
    first.cancel()
    wait_for(lambda: first.state() is RunState.CANCELLED)
    past = time.time() - 60
    os.utime(first.folder / "events.jsonl", (past, past))
    wait_for(lambda: not first.is_alive())

    second = run()
    wait_for(lambda: second.poll() != [])

    assert TrainingRun.join(second.folder).state() is RunState.RUNNING


def test_it_survives_its_parent_and_is_joined_again(
    tmp_path: Path, template: LaunchTemplate
) -> None:
    """The window that started it is a process of its own, and ends."""
    folder = tmp_path / "run"
    code = (
        "from pathlib import Path; from napari_vertseg.launch import *\n"
        f"folder = Path({str(folder)!r})\n"
        f"TrainingRun.start([str(folder), '1000'], folder, LaunchTemplate(line={template.line!r}))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

    training = TrainingRun.join(folder)
    try:
        wait_for(lambda: len(training.poll()) > 0)
        assert training.state() is RunState.RUNNING
        with pytest.raises(TrainingFailed, match="already runs in run; join it"):
            TrainingRun.start([str(folder), "9"], folder, template)
        training.cancel()
        wait_for(lambda: training.state() is RunState.CANCELLED)
    finally:
        training.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL")
def test_a_killed_training_is_told_in_a_sentence(run: Callable[..., TrainingRun]) -> None:
    training = run()
    wait_for(lambda: any(event.step > 3 for event in training.poll()))
    pid = json.loads((training.folder / "launch.json").read_text())["pid"]

    os.kill(pid, signal.SIGKILL)

    wait_for(lambda: not training.is_alive())
    assert training.state() is RunState.LOST
    assert "it was killed, or the computer ran out of memory" in training.sentence()
    assert "press Resume to go on" in training.sentence()


def test_one_that_joins_later_sees_that_it_was_lost(run: Callable[..., TrainingRun]) -> None:
    training = run(3, "silent")
    wait_for(lambda: not training.is_alive())

    joined = TrainingRun.join(training.folder)

    assert joined.state() is RunState.LOST
    assert len(joined.poll()) == 4


def test_a_trainer_that_never_began_is_quoted(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (tmp_path / "refuses.py").write_text("print('vertseg-train: no case is submitted.')")
    template = LaunchTemplate(line=f"{{python}} '{tmp_path / 'refuses.py'}' {{arguments}}")

    training = TrainingRun.start([], folder, template)

    wait_for(lambda: not training.is_alive())
    assert training.state() is RunState.LOST
    assert "It said: no case is submitted." in training.sentence()


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    template = LaunchTemplate(line="no-such-queue --wrap {command}")

    with pytest.raises(TrainingFailed, match="there is no program 'no-such-queue'"):
        TrainingRun.start([], tmp_path / "run", template)


def test_a_folder_without_a_training_cannot_be_joined(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="holds no training"):
        TrainingRun.join(tmp_path)


def test_a_pid_that_another_program_has_now_is_not_the_training(tmp_path: Path) -> None:
    record = {"schema": 1, "pid": os.getpid(), "started": 1.0}
    (tmp_path / "launch.json").write_text(json.dumps(record | {"host": socket.gethostname()}))

    assert TrainingRun.join(tmp_path).state() is RunState.LOST


def test_a_run_of_another_machine_is_alive_while_it_writes(tmp_path: Path) -> None:
    record = {"schema": 1, "pid": 1, "started": 1.0, "host": "another-machine"}
    (tmp_path / "launch.json").write_text(json.dumps(record))
    assert TrainingRun.join(tmp_path).state() is RunState.RUNNING

    os.utime(tmp_path / "launch.json", (1.0, 1.0))

    assert TrainingRun.join(tmp_path).state() is RunState.LOST


def test_launching_loads_neither_the_trainer_nor_torch() -> None:
    code = (
        "import sys, napari_vertseg.launch\n"
        "print([m for m in ('torch', 'vertseg_trainer', 'napari', 'qtpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
