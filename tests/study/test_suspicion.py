"""The study of suspicion: planted errors are errors, and its figures are right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import Model, ModelCard
from napari_vertseg.segmentation import Segmentation
from napari_vertseg.study import suspicion as study
from napari_vertseg.study.auc import auc_of, roc_of
from napari_vertseg.study.planting import hesitated, plant
from napari_vertseg.study.subject import Subject
from napari_vertseg.volume import Grid, Scan

GRID = Grid.canonical((150, 50, 50), (2.0, 2.0, 2.0))


@pytest.fixture(scope="module")
def subject() -> Subject:
    """Ten vertebrae of soap: a body and a process each, bright in a dark scan."""
    z, y, x = np.ogrid[:150, :50, :50]
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    for place in range(10):
        middle = 9 + 14 * place
        body = ((z - middle) / 5.2) ** 4 + ((y - 18) / 9) ** 4 + ((x - 25) / 10) ** 4 <= 1
        process = (abs(z - middle - 2) <= 3) & (y > 24) & (y < 42) & (abs(x - 25) <= 4)
        labels[(body | process) & (labels == 0)] = 10 + place
    voxels = np.where(labels > 0, 300, 40).astype(np.int16)
    scan = Scan.from_canonical(voxels, GRID, name="soap")
    return Subject(scan, labels, {10 + p: True for p in range(10)}, is_exhaustive=True)


@pytest.fixture(scope="module")
def truth(subject: Subject) -> Segmentation:
    return study.true_segmentation(subject)


def test_the_truth_as_a_segmentation_is_the_reference(
    subject: Subject, truth: Segmentation
) -> None:
    assert np.array_equal(truth.label_map() > 0, subject.labels > 0)
    rows = study.rows_of(subject, truth, {}, "walked")
    assert [row.dice for row in rows] == [1.0] * 10
    assert [row.score for row in rows] == [0.0] * 10


def test_planting_changes_what_it_says_and_nothing_else(truth: Segmentation) -> None:
    kinds: set[str] = set()
    for seed in range(12):
        planted = plant(truth, np.random.default_rng(seed), share=0.4)
        kinds |= set(planted.kinds.values())
        before = {instance.id: instance for instance in truth.instances}
        for instance in planted.segmentation.instances:
            same = instance.mask.shape == before[instance.id].mask.shape and np.array_equal(
                instance.mask, before[instance.id].mask
            )
            # An untouched one may have lost voxels to a neighbour that grew.
            assert (
                same
                or instance.id in planted.kinds
                or instance.mask.sum() < before[instance.id].mask.sum()
            )
        voxels = sum(int(i.mask.sum()) for i in planted.segmentation.instances)
        labels = planted.segmentation.label_map(keep_incomplete=True)
        assert voxels == np.count_nonzero(labels)  # no two share a voxel
    assert kinds == {
        "merge", "shared", "cut", "half", "erosion", "swelling", "leak", "crumbled",
    }  # fmt: skip


def test_planting_is_repeatable(truth: Segmentation) -> None:
    first, again = (plant(truth, np.random.default_rng(5)) for _ in range(2))
    assert first.kinds == again.kinds
    assert np.array_equal(first.segmentation.label_map(), again.segmentation.label_map())


def test_nothing_planted_is_nothing_changed(truth: Segmentation) -> None:
    planted = plant(truth, np.random.default_rng(0), share=0.0)
    assert not planted.kinds
    assert np.array_equal(planted.segmentation.label_map(), truth.label_map())


def test_assumed_hesitation_follows_the_errors(truth: Segmentation) -> None:
    rng = np.random.default_rng(1)
    entropies: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(20):
        planted = hesitated(plant(truth, rng, share=0.5), rng)
        for instance in planted.segmentation.instances:
            entropies[instance.id in planted.kinds].append(instance.entropy)
    assert np.mean(entropies[True]) > 1.5 * np.mean(entropies[False])


def test_planted_errors_are_more_suspicious_than_the_rest(
    subject: Subject, truth: Segmentation
) -> None:
    rows = [r for seed in range(8) for r in study.planted_rows(subject, truth, "planted", seed)]
    bad = [row.dice < study.BAD_DICE for row in rows]
    auc = auc_of([row.score_of_mask for row in rows], bad)
    assert sum(bad) >= 5
    assert auc is not None
    assert auc > 0.9


def test_a_mask_beyond_the_labelled_range_is_left_out(
    subject: Subject, truth: Segmentation
) -> None:
    labels = subject.labels.copy()
    labels[labels == 19] = 0
    known = Subject(subject.scan, labels, {}, is_exhaustive=False)
    assert len(study.rows_of(known, truth, {}, "walked")) == 9
    known = Subject(subject.scan, labels, {}, is_exhaustive=True)
    assert [r.dice for r in study.rows_of(known, truth, {}, "walked")] == [1.0] * 9 + [0.0]


@pytest.mark.parametrize(
    ("scores", "bad", "expected"),
    [
        ([0.1, 0.2, 0.9], [False, False, True], 1.0),
        ([0.9, 0.8, 0.1], [False, False, True], 0.0),
        ([0.5, 0.5, 0.5], [False, True, True], 0.5),
        ([0.1, 0.4, 0.35, 0.8], [False, False, True, True], 0.75),
        ([0.1, 0.2], [False, False], None),
    ],
)
def test_auc_is_that_of_the_closed_form(
    scores: list[float], bad: list[bool], expected: float | None
) -> None:
    assert auc_of(scores, bad) == expected


def test_the_curve_encloses_the_auc() -> None:
    rng = np.random.default_rng(3)
    bad = rng.random(200) < 0.3
    scores = np.round(rng.random(200) + 0.4 * bad, 1)
    good_share, bad_share = roc_of(scores, bad)
    assert (good_share[0], bad_share[0], good_share[-1], bad_share[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(bad_share, good_share) == pytest.approx(auc_of(scores, bad))


def test_the_study_writes_rows_page_and_plot(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(study, "tall_phantom", lambda seed: subject)
    monkeypatch.setattr(study, "_TALL_PHANTOMS", range(3))
    told: list[str] = []
    page = study.run_study(None, None, tmp_path / "out", told.append)
    rows = json.loads((tmp_path / "out" / "suspicion.json").read_text(encoding="utf-8"))
    text = page.read_text(encoding="utf-8")
    assert len(told) == 3
    assert {row["source"] for row in rows} == {"planted"}
    bad = [row["dice"] < 0.8 for row in rows]
    auc = auc_of([row["score"] for row in rows], bad)
    assert f"| planted | {len(rows)} | {sum(bad)} | {auc:.3f} |" in text
    assert "no model" in text
    assert "Research use only, not a medical device" in text
    assert imread(tmp_path / "out" / "suspicion.png").std() > 0


def test_the_same_command_goes_on_and_another_study_is_refused(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[int] = []

    def interrupted(seed: int) -> Subject:
        made.append(seed)
        if len(made) == 2:
            raise KeyboardInterrupt
        return subject

    monkeypatch.setattr(study, "tall_phantom", interrupted)
    monkeypatch.setattr(study, "_TALL_PHANTOMS", range(3))
    with pytest.raises(KeyboardInterrupt):
        study.run_study(None, None, tmp_path, lambda line: None)
    study.run_study(None, None, tmp_path, lambda line: None)
    resumed = (tmp_path / "suspicion.json").read_bytes()
    study.run_study(None, None, tmp_path, lambda line: None)

    assert made == [0, 1, 1, 2]
    assert (tmp_path / "suspicion.json").read_bytes() == resumed
    with pytest.raises(CaseIncomplete, match="other settings"):
        study.run_study(None, None, tmp_path, lambda line: None, weights="of another model")


def test_the_short_form_makes_two_of_each(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(study, "tall_phantom", lambda seed: subject)
    told: list[str] = []
    study.run_study(None, None, tmp_path, told.append, is_short=True)

    assert len(told) == 2


def test_with_a_model_what_it_finds_is_studied_too(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An untrained model's walk is replaced by the truth: the study is about what comes after."""
    preset = PRESETS["tiny"]
    card = ModelCard(
        name="tiny",
        network=preset.network,
        spacing_mm=preset.spacing_mm,
        window_hu=(-200.0, 1000.0),
    )
    model = Model(card=card, network=IterativeFcn(preset.network))
    monkeypatch.setattr(study, "tall_phantom", lambda seed: subject)
    monkeypatch.setattr(study, "phantom_subject", lambda seed: subject)
    monkeypatch.setattr(study, "_TALL_PHANTOMS", range(1))
    monkeypatch.setattr(study, "_WALKED_PHANTOMS", range(1))

    class Walked:
        segmentation = study.true_segmentation(subject)

    monkeypatch.setattr(study, "walk", lambda subject, model, **settings: Walked())
    page = study.run_study(model, None, tmp_path, lambda line: None)
    rows = json.loads((tmp_path / "suspicion.json").read_text(encoding="utf-8"))
    assert {row["source"] for row in rows} == {"planted", "walked", "walked + planted"}
    assert "walked with the model `tiny`" in page.read_text(encoding="utf-8")
