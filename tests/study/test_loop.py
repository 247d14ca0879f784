"""The loop's study runs from end to end, goes on where it stopped, and counts rightly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from napari_vertseg.cases import Case, ModelRef, Project, Role, Verdict
from napari_vertseg.errors import CaseIncomplete, TrainingFailed
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.rounds.compare import read_comparison
from napari_vertseg.rounds.ledger import read_rounds
from napari_vertseg.rounds.truth import truth_of
from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.study import loop, loop_measure, loop_rounds
from napari_vertseg.study.case_folders import keep_case
from napari_vertseg.study.loop_annotator import annotate
from napari_vertseg.study.loop_domains import draw_thick
from napari_vertseg.study.loop_form import ARMS, LoopForm, LoopPlace, Selection
from napari_vertseg.study.loop_measure import measure
from napari_vertseg.study.loop_project import forget_orphans
from napari_vertseg.study.subject import Outcome, Subject
from napari_vertseg.study.suspicion import true_segmentation
from napari_vertseg.volume import Zyx


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    torch.manual_seed(5)
    network = IterativeFcn(PRESETS["tiny"].network)
    card = ModelCard(
        name="tiny", network=network.config, spacing_mm=8.0, window_hu=(-200.0, 1000.0)
    )
    Model(card=card, network=network).save(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_the_annotator_leaves_the_truth_behind(spine_project: Callable[..., Project]) -> None:
    """One good mask is kept as it is, one bad replaced, a missing one added, a false deleted."""
    project = spine_project("train")
    truth = truth_of(project, "case-0001", 2)
    scan = project.scan(project.case("case-0001"))
    subject = Subject(scan, truth.labels, dict.fromkeys(range(20, 25), True), True)
    good = truth.labels == 20
    bad = np.zeros_like(good)
    bad[15:17, 8:12, 8:12] = True
    false = np.zeros_like(good)
    false[:6, :4, :4] = True
    proposal = Segmentation(
        scan.grid, tuple(instance(n, m) for n, m in enumerate((false, good, bad), start=1))
    )

    took = annotate(
        project, "case-0001", subject, proposal, ModelRef(name="m", weights_sha256="0")
    )

    case = project.case("case-0001")
    after = truth_of(project, case.id, len(case.versions))
    np.testing.assert_array_equal(after.labels, truth.labels)
    assert (took.replaced, took.added, took.deleted) == (1, 3, 1)
    assert all(v.verdict is Verdict.ACCEPTED for v in case.vertebrae)
    kept = next(v for v in case.vertebrae if v.level == "L1")
    assert kept.id in {v.id for v in case_at_proposal(project, case)}


def case_at_proposal(project: Project, case: Case) -> list[Any]:
    """Rows with the ids of the newest proposal."""
    ids = set(np.unique(project.prediction(case)).tolist()) - {0}
    return [v for v in case.vertebrae if v.id in ids]


def instance(number: int, mask: Any) -> VertebraInstance:
    return VertebraInstance(
        id=number,
        start=Zyx(0, 0, 0),
        mask=mask,
        completeness=0.9,
        is_complete=True,
        confidence=0.9,
        entropy=0.1,
        last_overlap=1.0,
        steps=2,
        is_cut_by_patch=False,
        direction="down",
    )


def _perfect(subject: Subject, model: Any, **settings: Any) -> Outcome:
    return Outcome(true_segmentation(subject), SimpleNamespace(step=3), 0.1)  # type: ignore[arg-type]


TINY = LoopForm(
    domains=("thick",),
    arms=ARMS[:1],
    seeds=(0,),
    sizes=(1,),
    pool=1,
    validation=0,
    fresh=1,
    earlier=1,
    height_mm=90.0,
    steps=2,
    max_steps=4,
    options=("--device", "cpu", "--threads", "1", "--loaders", "0"),
)


@pytest.mark.slow
def test_the_study_runs_and_goes_on_where_it_stopped(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One domain, one arm, one round with a network that learns nothing."""
    said: list[str] = []
    out = tmp_path / "out"

    def pull_the_plug(*arguments: Any, **keywords: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(loop, "train", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            loop.run_study(str(tiny_model), None, out, TINY, said.append)
    assert (out / "thick" / "seed-0" / "before.json").is_file()
    corrected = [line for line in said if "corrected" in line]

    report = loop.run_study(str(tiny_model), None, out, TINY, said.append)

    assert [line for line in said if "corrected" in line] == corrected, "nothing is done twice"
    assert any(line.startswith("1 of 1 rounds") for line in said)
    page = report.read_text(encoding="utf-8")
    assert "SHORT FORM" in page
    assert (out / "curves.png").stat().st_size > 1000
    summary = json.loads((out / "summary.json").read_text())
    names = {"effort_reduction", "worst_earlier_loss", "dice_before", "dice_after"}
    assert names <= set(summary["thick"])
    assert names <= set(summary["thick"]["arms"]["replay"])
    project = Project.open(out / "thick" / "seed-0" / "replay" / "project")
    assert [c.role for c in project.cases()] == [Role.TRAIN]
    assert [r.model.name for r in read_rounds(project) if r.model] == ["replay-1"]
    assert project.record.active_model == "replay-1"
    assert read_comparison(project, 1) is None, "the study walks its own scans"

    def refuse(*arguments: Any, **keywords: Any) -> Any:
        raise AssertionError("nothing is walked twice")

    monkeypatch.setattr(loop_measure, "walk", refuse)
    monkeypatch.setattr(loop_rounds, "walk", refuse)
    again = loop.run_study(str(tiny_model), None, out, TINY, said.append)
    assert again.read_text(encoding="utf-8") == page
    with pytest.raises(CaseIncomplete, match=r"study.json differs in form"):
        loop.run_study(str(tiny_model), None, out, replace(TINY, steps=3), said.append)


def _study_of(monkeypatch: pytest.MonkeyPatch, rounds: Callable[[LoopPlace], None]) -> None:
    """The study without its work: ``rounds`` in place of an arm."""
    monkeypatch.setattr(loop._Study, "_rounds", lambda self, place, arm: rounds(place))


@pytest.mark.parametrize("error", [TrainingFailed("no room."), OSError("no room."), MemoryError()])
def test_an_arm_that_breaks_off_does_not_take_the_others_along(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    form = replace(TINY, seeds=(0, 1))
    begun: list[int] = []

    def break_off(place: LoopPlace) -> None:
        begun.append(place.seed)
        if place.seed == 0:
            raise error

    _study_of(monkeypatch, break_off)
    with pytest.raises(TrainingFailed, match="thick 0 replay: "):
        loop.run_study(str(tiny_model), None, tmp_path / "out", form, lambda line: None)
    assert begun[:2] == [0, 1]
    assert (tmp_path / "out" / "report.md").is_file()


def test_an_arm_that_breaks_off_is_tried_once_more(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is there at night to give the command again."""
    tries: list[int] = []

    def at_first(place: LoopPlace) -> None:
        tries.append(place.seed)
        if len(tries) == 1:
            raise TrainingFailed("the process was killed.")
        _pretend(place, (0, 1))

    _study_of(monkeypatch, at_first)
    loop.run_study(str(tiny_model), None, tmp_path / "out", TINY, lambda line: None)
    assert tries == [0, 0]


def test_two_commands_never_work_on_one_arm(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one, begun in the middle of the first, takes what the first has not."""
    form, out = replace(TINY, seeds=(0, 1)), tmp_path / "out"
    done: list[tuple[str, int]] = []
    said: list[str] = []

    def second(place: LoopPlace) -> None:
        done.append(("second", place.seed))
        _pretend(place, (0, 1))

    def first(place: LoopPlace) -> None:
        done.append(("first", place.seed))
        if place.seed == 0:
            _study_of(monkeypatch, second)
            loop.run_study(str(tiny_model), None, out, form, said.append)
        _pretend(place, (0, 1))

    _study_of(monkeypatch, first)
    report = loop.run_study(str(tiny_model), None, out, form, lambda line: None)

    assert done == [("first", 0), ("second", 1)]
    assert "thick 0 replay is in the hands of another process" in said
    assert "All 2 rounds are measured." in report.read_text(encoding="utf-8")


def test_a_command_does_the_part_that_it_is_asked_for(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = replace(TINY, seeds=(0, 1, 2), domains=("thick", "metal"), arms=ARMS)
    part = Selection(domains=("metal",), seeds=(1, 2), arms=("replay", "random-order"))
    done: list[str] = []

    def note(place: LoopPlace) -> None:
        done.append(str(place))
        _pretend(place, (0, 1))

    _study_of(monkeypatch, note)
    out = tmp_path / "out"
    report = loop.run_study(str(tiny_model), None, out, form, lambda line: None, part)

    assert done == [
        "metal 1 replay",
        "metal 2 replay",
        "metal 1 random-order",
        "metal 2 random-order",
    ]
    assert "**4 of 18 rounds are measured.**" in report.read_text(encoding="utf-8")


def test_more_seeds_go_on_in_the_same_folder(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def note(place: LoopPlace) -> None:
        done.append(place.seed)
        _pretend(place, (0, 1))

    _study_of(monkeypatch, note)
    for seeds in ((0,), (0, 1, 2)):
        form = replace(TINY, seeds=seeds)
        loop.run_study(str(tiny_model), None, tmp_path / "out", form, lambda line: None)
    assert done == [0, 1, 2]


def test_measurements_without_their_project_count_only_where_the_arm_was_whole(
    tmp_path: Path,
) -> None:
    """Measurements travel between machines, the models that the next round goes on from do not."""
    form = replace(TINY, sizes=(1, 2))
    here, elsewhere = (LoopPlace(tmp_path, "thick", seed, "replay") for seed in (0, 1))
    for place in (here, elsewhere):
        _pretend(place, (0, 1))
    here.project.mkdir()

    for place in (here, elsewhere):
        forget_orphans(place, form)

    assert here.stage(1).exists()
    assert not elsewhere.stage(1).exists(), "round 2 would begin with the model of no round"
    assert elsewhere.stage(0).exists(), "the shipped model is the same everywhere"


def _pretend(place: LoopPlace, sizes: Iterable[int]) -> None:
    """As if all had been measured."""
    row = {"dice": 0.5, "voxels": 10, "touched": 2, "slivers": 0}
    for size in sizes:
        place.stage(size).parent.mkdir(parents=True, exist_ok=True)
        place.stage(size).write_text(json.dumps({"fresh": {"a": row}, "earlier": {"b": row}}))


def test_a_random_order_does_not_hang_on_interruptions(
    spine_project: Callable[..., Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = spine_project("train", "train", "train", "train")
    place, arm = LoopPlace(tmp_path, "thick", 3, "random-order"), ARMS[2]
    taken: set[str] = set()
    monkeypatch.setattr(loop_rounds, "_is_open", lambda case: case.id not in taken)

    order = []
    for _ in range(4):
        order.append(loop_rounds._next(project, place, arm, Role.TRAIN))
        taken.add(order[-1])

    assert sorted(order) == ["case-0001", "case-0002", "case-0003", "case-0004"]
    taken.difference_update(order[2:])
    assert loop_rounds._next(project, place, arm, Role.TRAIN) == order[2]


def test_the_osteoporotic_domain_is_osteoporosis_and_no_water() -> None:
    """Trabecular bone of 20 HU in 45 HU of noise is what no person could correct either."""
    rng = np.random.default_rng(0)
    drawn = [draw_thick(rng).appearance for _ in range(60)]
    bone = [a.trabecular_hu for a in drawn]
    noise = [a.noise_hu / np.sqrt(5.0) for a in drawn]
    assert np.percentile(bone, 10) > 35
    assert np.percentile(bone, 90) < 110
    assert min(noise) >= 20
    assert max(noise) <= 41


def test_every_measurement_is_written_whole(
    tmp_path: Path, tiny_model: Path, soap: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = LoopPlace(tmp_path, "thick", 0, "replay")
    keep_case(place.scans / "fresh" / "a", lambda: soap)
    monkeypatch.setattr(loop_measure, "walk", _perfect)
    measure(place, 1, tiny_model, TINY, lambda line: None)
    row = json.loads(place.stage(1).read_text())["fresh"]["a"]
    assert (row["dice"], row["touched"], row["voxels"]) == (1.0, 0, 0)


def test_the_short_form_is_short_and_the_long_one_has_three_seeds() -> None:
    long, short = LoopForm(), LoopForm.short()
    assert len(long.seeds) == 3
    assert long.sizes == (1, 2, 4)
    assert {arm.replay_share for arm in long.arms} == {0.0, 0.5}
    assert {arm.by_queue for arm in long.arms} == {True, False}
    places = list(long.places(Path(), long.domains))
    assert len(places) == 3 * (4 + 4 + 3)
    assert [arm.name for _, arm in places[:12]] == ["replay"] * 12, "the most telling ones first"
    assert short.height_mm is not None
    assert replace(short, seeds=(0, 1)).request(ARMS[0], seed=1, name="m").steps == 15
    assert replace(short, learning_rate=1e-3).request(ARMS[0], seed=1, name="m").learning_rate
    assert replace(short, learning_rate=1e-3).decisive() != short.decisive()
