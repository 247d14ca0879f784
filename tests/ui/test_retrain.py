"""Retraining from the panel, without a window: words, curves, and the way of a round."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cases import Project
from napari_vertseg.launch import LaunchTemplate
from napari_vertseg.rounds.ledger import begin_round, read_rounds, run_folder
from napari_vertseg.training import ACTIVE, TrainingEvent, TrainingRequest
from napari_vertseg.ui.retrain_control import Order, RetrainControl
from napari_vertseg.ui.retrain_curves import Curves
from napari_vertseg.ui.retrain_place import Workplace
from napari_vertseg.ui.retrain_standing import Use, look
from napari_vertseg.ui.retrain_words import (
    Phase,
    project_line,
    reason_against_training,
    time_left,
    title,
)
from napari_vertseg.ui.running import Ended

from .conftest import start_at_once

MakeProject = Callable[..., Project]

TRAINER = Path(__file__).with_name("scripted_trainer.py")
REQUEST = TrainingRequest(base=None, preset="tiny", minutes=None, steps=40)


def event(kind: Any, step: int = 0, **more: Any) -> TrainingEvent:
    return TrainingEvent(kind=kind, step=step, seconds=1.0, **more)


def scripted(*acts: str) -> LaunchTemplate:
    """A trainer that plays acts instead of training, so that every ending can be had."""
    return LaunchTemplate(
        line=f"{{python}} '{TRAINER}' {','.join(acts)} {{arguments}}", python=sys.executable
    )


class Bench:
    """A control with what it said."""

    def __init__(self, project: Project | None) -> None:
        self.place = Workplace(start_at_once)
        self.control = RetrainControl(self.place)
        self.failures: list[Ended] = []
        self.finished: list[int] = []
        self.control.failed.connect(self.failures.append)
        self.control.finished.connect(self.finished.append)
        self.place.show(project)

    def order(self, *acts: str, **changes: Any) -> Order:
        return Order(request=replace(REQUEST, **changes), template=scripted(*acts), options=())

    def until(self, done: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (self.control.phase, self.control.log)
            self.control.tick()
            time.sleep(0.02)

    def until_quiet(self) -> None:
        self.until(lambda: self.control.phase is Phase.QUIET)


@pytest.fixture
def bench(spine_project: MakeProject) -> Iterator[Bench]:
    made = Bench(spine_project("train", "train", "validation"))
    yield made
    for started in (*made.control._past, made.control.round):
        if started is not None:
            started.run.kill()
    made.control.close()


# What the project offers


def test_corrected_scans_are_trained_on_and_validation_scans_judge(
    spine_project: MakeProject,
) -> None:
    standing = look(spine_project("train", "validation", "test"))

    assert list(standing.uses(None).values()) == [Use.CORRECTED, Use.VALIDATION, Use.NONE]
    assert standing.judges == 1
    assert standing.last is None
    assert "1 scan is held out to judge" in project_line(standing)


def test_what_the_model_has_seen_is_replayed_and_what_is_new_is_trained_on(
    spine_project: MakeProject,
) -> None:
    standing = look(spine_project("train", "train"))
    standing = replace(standing, seen={"round-1": {"case-0001": 9}})

    assert list(standing.uses("round-1").values()) == [Use.EARLIER, Use.CORRECTED]
    assert list(standing.uses("starter").values()) == [Use.CORRECTED, Use.CORRECTED]


def test_a_damaged_case_is_named_and_the_others_are_offered(spine_project: MakeProject) -> None:
    project = spine_project("train", "train")
    (project.case_folder("case-0001").path / "case.json").write_text("{")

    first, second = look(project).scans

    assert first.version is None
    assert "case.json" in first.why_not
    assert second.version is not None


# Words


def test_the_button_says_on_how_many_scans() -> None:
    assert title(0) == "Fine-tune"
    assert title(1) == "Fine-tune on 1 corrected scan"
    assert title(7) == "Fine-tune on 7 corrected scans"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (20.0, "less than a minute left"),
        (600.0, "about 10 min left"),
        (9000.0, "about 2.5 hours left"),
    ],
)
def test_time_left_in_words(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_the_button_says_why_it_is_off(spine_project: MakeProject) -> None:
    standing = look(spine_project("train", "validation"))
    empty = look(spine_project(name="empty"))

    assert reason_against_training(standing, Phase.QUIET, 1) is None
    reasons = [
        reason_against_training(None, Phase.QUIET, 0, has_project=False),
        reason_against_training(None, Phase.QUIET, 0),
        reason_against_training(standing, Phase.RUNNING, 1),
        reason_against_training(standing, Phase.QUIET, 0),
        reason_against_training(empty, Phase.QUIET, 0),
    ]
    assert len(set(reasons)) == 5
    assert "submitted" in (reasons[-1] or "")


# Curves


def test_the_start_model_is_the_line_and_the_best_walk_is_marked() -> None:
    curves = Curves()
    curves.add(
        [
            event("started"),
            event("validated", 0, values={"a/dice": 0.7, "dice": 0.7, "score": 0.6}),
            event("step", 10, values={"loss": 2.0}, seconds_left=30.0),
            event("step", 20, values={"loss": 1.0}, seconds_left=20.0),
            event("validated", 20, values={"a/dice": 0.8, "dice": 0.8, "score": 0.8}),
            event("validated", 40, values={"a/dice": 0.75, "dice": 0.75, "score": 0.7}),
        ]
    )

    assert curves.loss == [(10, 2.0), (20, 1.0)]
    assert curves.dice == [(0, 0.7), (20, 0.8), (40, 0.75)]
    assert curves.baseline == 0.7
    assert curves.best_step == 20
    assert curves.seconds_left == 20.0
    assert "Step 20: Dice 0.800, the best so far." in curves.lines


def test_a_resumed_training_draws_what_it_does_again_once() -> None:
    curves = Curves()
    steps = [event("step", step, values={"loss": float(step)}) for step in (10, 20, 30)]
    curves.add([event("started"), *steps, event("started", 20)])
    curves.add([event("step", 30, values={"loss": 7.0})])

    assert curves.loss == [(10, 10.0), (20, 20.0), (30, 7.0)]
    assert "Goes on from step 20." in curves.lines


def test_without_scans_to_walk_there_is_no_second_curve() -> None:
    curves = Curves()
    curves.add([event("started"), event("validated", 0, values={"dice": 0.0, "score": 0.0})])

    assert curves.dice == []
    assert curves.baseline is None
    assert not curves.is_judged_by_scans


# A round


def test_what_would_fail_is_said_before_anything_starts(bench: Bench) -> None:
    bench.control.train(bench.order("blocked"))
    assert bench.control.phase is Phase.CHECKING
    bench.until_quiet()

    assert [f.severity for f in bench.control.findings] == ["warning", "blocker"]
    assert read_rounds(bench.control.project) == []
    assert bench.failures == []


def test_a_check_that_breaks_off_is_a_blocker_of_its_own(bench: Bench) -> None:
    bench.control.train(bench.order("crash"))
    bench.until_quiet()

    assert bench.control.findings[-1].severity == "blocker"
    assert "cannot be checked" in bench.control.findings[-1].sentence
    assert read_rounds(bench.control.project) == []


def test_a_trainer_that_cannot_be_started_is_said_in_a_sentence(bench: Bench) -> None:
    template = LaunchTemplate(line="no-such-program {arguments}")
    bench.control.train(replace(bench.order(), template=template))

    assert bench.control.phase is Phase.QUIET
    with warnings.catch_warnings():
        # A check that never started leaves its empty folder to the collector, which says so.
        warnings.simplefilter("ignore", ResourceWarning)
        said = str(bench.failures.pop().error)
        gc.collect()
    assert "no program 'no-such-program'" in said


def test_a_free_way_starts_a_round_and_its_end_is_told(bench: Bench) -> None:
    bench.control.train(bench.order("free", "finish"))
    bench.until_quiet()

    assert bench.finished == [1]
    assert bench.control.sentence == "The candidate round-1 is ready."
    assert bench.control.curves.loss[-1] == (40, 1.0)
    assert bench.control.standing.last.number == 1
    (record,) = read_rounds(bench.control.project)
    assert record.settings["request"]["preset"] == "tiny"


def test_stop_keeps_the_best_and_cancel_can_be_resumed(bench: Bench) -> None:
    control = bench.control
    control.train(bench.order("free", "obey"))
    bench.until(lambda: control.phase is Phase.RUNNING and bool(control.curves.loss))
    control.cancel()
    assert control.phase is Phase.CANCELLING
    bench.until_quiet()
    assert control.can_resume
    assert bench.finished == []

    control.resume(bench.order("free", "obey"))
    assert control.phase is Phase.RUNNING
    bench.until(lambda: "Goes on from step 10." in control.curves.lines)
    control.stop_and_keep_best()
    assert control.phase is Phase.STOPPING
    bench.until_quiet()

    assert bench.finished == [1]
    assert not control.can_resume


def test_a_trainer_that_does_not_listen_is_ended_by_asking_twice(bench: Bench) -> None:
    control = bench.control
    control.train(bench.order("free", "deaf"))
    bench.until(lambda: control.phase is Phase.RUNNING and bool(control.curves.loss))
    control.cancel()
    control.tick()
    assert control.phase is Phase.CANCELLING
    control.cancel()
    bench.until_quiet()

    assert control.can_resume
    assert "Your corrections and models are as they were" in control.sentence


def test_a_killed_trainer_leaves_a_sentence_and_can_be_resumed(bench: Bench) -> None:
    control = bench.control
    control.train(bench.order("free", "deaf"))
    bench.until(lambda: bool(control.curves.loss))
    control.round.run.kill()
    bench.until_quiet()

    assert "ended without a word" in control.sentence
    assert control.can_resume


def test_a_failure_is_told_in_the_trainers_own_words(bench: Bench) -> None:
    bench.control.train(bench.order("free", "fail"))
    bench.until_quiet()

    assert bench.control.sentence == "The scan of case-0001 is gone."
    assert bench.finished == []


def test_a_training_outlives_its_viewer_and_is_joined_again(bench: Bench) -> None:
    first = bench.control
    first.train(bench.order("free", "obey"))
    bench.until(lambda: first.phase is Phase.RUNNING and bool(first.curves.loss))
    project, run = first.project, first.round.run
    first.close()
    assert run.is_alive()

    again = Bench(project)
    assert again.control.phase is Phase.RUNNING
    again.until(lambda: bool(again.control.curves.loss))
    assert again.control.curves.loss[0][0] == 10
    again.control.stop_and_keep_best()
    again.until_quiet()

    assert again.finished == [1]


def test_a_check_that_is_given_up_ends_its_process(bench: Bench) -> None:
    bench.control.check(bench.order("slow"))
    check = bench.control._check
    assert check is not None
    assert not check.is_done()
    bench.control.give_up_check()

    assert bench.control.phase is Phase.QUIET
    assert check.is_done()


def test_a_round_that_was_only_asked_for_is_no_standing(bench: Bench) -> None:
    begin_round(bench.control.project, REQUEST)

    assert look(bench.control.project).last is None


def test_the_first_look_at_a_long_training_reads_all_of_it(bench: Bench) -> None:
    project = bench.control.project
    number = begin_round(project, REQUEST).number
    folder = run_folder(project, number)
    folder.mkdir(parents=True)
    lines = [_line("started", 0)]
    lines += [_line("step", step, {"loss": 1.0, "x" * 200: 0.0}) for step in range(10, 60_000, 10)]
    lines += [_line("finished", 60_000)]
    (folder / "events.jsonl").write_text("".join(lines))
    again = Bench(project)
    again.until_quiet()

    assert len(again.control.curves.loss) == 5_999
    assert again.control.standing.last.state == "finished"


def _line(kind: str, step: int, values: dict[str, float] | None = None) -> str:
    told = {"schema": 1, "kind": kind, "step": step, "seconds": 1.0, "values": values}
    return json.dumps(told) + "\n"


def test_the_active_model_is_called_so_and_another_is_not(bench: Bench) -> None:
    standing = bench.control.standing

    assert standing.called(standing.active) == f"active model ({standing.active})"
    assert standing.called("other") == "start model (other)"
    assert standing.called("") == ""
    assert ACTIVE not in standing.models


def test_the_plugin_never_loads_the_trainer(spine_project: MakeProject) -> None:
    place = str(spine_project("train").folder.path)

    code = (
        "import sys; import napari_vertseg.ui.retrain_control; "
        "from napari_vertseg.ui.retrain_standing import look; "
        "from napari_vertseg.cases import Project; look(Project.open(sys.argv[1])); "
        "sys.exit('vertseg_trainer' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, place], check=False).returncode == 0
