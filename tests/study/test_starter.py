"""A model is measured scan by scan, goes on where it stopped, and hears what it owes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.network.model import ModelCard
from napari_vertseg.prediction import Prediction
from napari_vertseg.results import ModelRecord
from napari_vertseg.study import starter
from napari_vertseg.study.starter import StarterStudy
from napari_vertseg.study.starter_places import StarterPlaces
from napari_vertseg.study.starter_promises import Promise, promises
from napari_vertseg.study.starter_sets import Part, random_crop, scans_of
from napari_vertseg.study.starter_starts import starts_of
from napari_vertseg.study.subject import Subject
from napari_vertseg.study.walked_cases import Walker
from napari_vertseg.traversal import OraclePredictor
from napari_vertseg.volume import Grid, Scan, Zyx

_BRIGHT = 100
"""Labels times this are HU that the search does not take for air."""


def _spine(name: str = "spine", values: tuple[int, ...] = (21, 22, 23)) -> Subject:
    """Blocks of 20 × 32 × 32 mm; the CT says which is which."""
    labels = np.zeros((64, 32, 32), dtype=np.uint8)
    for place, value in enumerate(values):
        labels[4 + 16 * place : 14 + 16 * place, 8:24, 8:24] = value
    grid = Grid.canonical(labels.shape, (2.0, 2.0, 2.0))
    bone = labels.astype(np.int16) * _BRIGHT
    scan = Scan.from_canonical(np.where(bone > 0, bone, -60).astype(np.int16), grid, name)
    return Subject(scan, labels, dict.fromkeys(values, True), is_exhaustive=True)


class _Predictor:
    """Knows the truth, yet is blind to some vertebrae."""

    def __init__(self, subject: Subject, blind: tuple[int, ...] = ()) -> None:
        self._oracle = OraclePredictor(subject.labels.astype(np.int16))
        self._blind = blind

    def __call__(self, image: NDArray[np.int16], memory: NDArray[np.bool_]) -> Prediction:
        seen = np.where(image > 0, image // _BRIGHT, 0).astype(np.int16)
        seen[np.isin(seen, self._blind)] = 0
        return self._oracle(seen, memory)


def _walker(*blind: int, weights: str = "0" * 64) -> Walker:
    network = NetworkConfig(filters=(4, 8), patch_shape=Zyx(56, 56, 56))
    card = ModelCard(name="oracle", network=network, spacing_mm=2.0, window_hu=(-200.0, 1000.0))
    record = ModelRecord(name="oracle", weights_sha256=weights)
    return Walker(card, _Predictor(_spine(), blind), record)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StarterStudy]:
    """A study of small made scans."""
    made: list[str] = []

    def make(name: str) -> Subject:
        made.append(name)
        return _spine(name)

    def scans(part: Part, data: Path | None, first: int) -> dict[str, Callable[[], Subject]]:
        names = {"phantoms": ("a", "b"), "crops": ("verse008-crop-0",), "starts": ("c",)}
        return {n: lambda n=n: make(n) for n in names[part]}  # type: ignore[misc]

    monkeypatch.setattr(starter, "scans_of", scans)

    def build(*parts: Part, walker: Walker | None = None, **settings: object) -> StarterStudy:
        built = StarterStudy(
            walker=walker or _walker(),
            places=StarterPlaces(tmp_path / "out", tmp_path / "scans"),
            data=None,
            parts=parts,
            tell=lambda line: None,
        )
        return replace(built, **settings)  # type: ignore[arg-type]

    build.made = made  # type: ignore[attr-defined]
    return build


def test_walks_starts_and_promises_become_one_page(study: Callable[..., StarterStudy]) -> None:
    report, is_whole = study("crops", "phantoms", "starts").run()
    assert is_whole
    text = report.read_text(encoding="utf-8")
    assert "Research use only, not a medical device" in text
    assert "| phantoms (2 scans): Dice | 1.000 | ≥ 0.94 | yes |" in text
    assert "| crops verse008 (1 scans): completeness accuracy | 1.000 | ≥ 0.95 | yes |" in text
    assert "| real-down verse008 (0 scans): Dice | not measured | ≥ 0.92 | – |" in text
    assert "| c | 3/3 | – | yes |" in text
    assert "## Failures" not in text
    summary = json.loads((report.parent / "summary.json").read_text(encoding="utf-8"))
    assert (summary["phantoms_dice_mean"], summary["starts_share"]) == (1.0, 1.0)
    page = (report.parent / "phantoms" / "report.html").read_text(encoding="utf-8")
    assert "Unseen phantoms: oracle" in page
    assert str(report.parent) not in page + text


def test_failures_are_named_and_pictured(study: Callable[..., StarterStudy]) -> None:
    report, _ = study("phantoms", "starts", walker=_walker(22)).run()
    text = report.read_text(encoding="utf-8")
    assert "| phantoms | a, L3, Dice 0.00, missed |" in text
    assert "| phantoms (2 scans): found | 0.667 | ≥ 0.95 | **no** |" in text
    assert "| c | 2/3 | L3 → L4 |" in text or "| c | 2/3 | L3 → L2 |" in text
    page = (report.parent / "phantoms" / "report.html").read_text(encoding="utf-8")
    assert "a · L3 · Dice 0.00 · missed" in page


def test_it_goes_on_scan_by_scan(study: Callable[..., StarterStudy]) -> None:
    assert study("phantoms", "crops", minutes=0.0).run()[1] is False
    assert study.made == []  # type: ignore[attr-defined]
    first = study("phantoms")
    next(first._pieces())()
    first.run()
    study("phantoms", "crops").run()
    assert study.made == ["a", "b", "verse008-crop-0"]  # type: ignore[attr-defined]
    assert list(study("phantoms", "crops")._pieces()) == []


def test_a_page_follows_its_walks(study: Callable[..., StarterStudy]) -> None:
    half = study("phantoms")
    next(half._pieces())()
    places = half.places
    starter.write_report(places, "oracle", lambda line: None)
    page = places.folder / "phantoms" / "summary.json"
    assert json.loads(page.read_text(encoding="utf-8"))["scans"] == 1
    half.run()
    assert json.loads(page.read_text(encoding="utf-8"))["scans"] == 2


def test_another_model_needs_another_folder(study: Callable[..., StarterStudy]) -> None:
    study("crops").run()
    with pytest.raises(CaseIncomplete, match="weights_sha256"):
        study("crops", walker=_walker(weights="1" * 64)).run()


def test_other_phantoms_need_another_folder(study: Callable[..., StarterStudy]) -> None:
    study("phantoms").run()
    with pytest.raises(CaseIncomplete, match="first_phantom"):
        study("phantoms", first_phantom=7).run()


def test_phantoms_begin_at_the_seed_asked_for() -> None:
    assert list(scans_of("phantoms", None, 7)) == [f"phantom-{seed}" for seed in range(7, 27)]
    assert next(iter(scans_of("phantoms", None))) == "phantom-900000"


def test_a_part_without_its_scans_is_refused() -> None:
    with pytest.raises(CaseIncomplete, match="--data"):
        scans_of("crops", None)


def test_crops_keep_half_to_nine_tenths_of_a_scan() -> None:
    rng = np.random.default_rng(0)
    cut = [random_crop(rng, 200)[0] for _ in range(50)]
    assert all(0 <= c.start < c.stop <= 200 and 100 <= c.stop - c.start <= 180 for c in cut)
    assert len({(c.start, c.stop) for c in cut}) > 40


def test_a_start_that_gives_nothing_is_told() -> None:
    blind = (21, 22, 23)
    row = starts_of(_spine(), _walker(*blind))
    assert row["right"] == 0
    assert row["wrong"] == {"21": None, "22": None, "23": None}


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [
        (Promise("Dice", 0.92, 0.92), "yes"),
        (Promise("Dice", 0.91, 0.92), "**no**"),
        (Promise("false", 1, 1, is_least=False), "yes"),
        (Promise("false", 2, 1, is_least=False), "**no**"),
        (Promise("Dice", None, 0.92), "–"),
    ],
)
def test_a_bound_is_kept_or_not(promise: Promise, verdict: str) -> None:
    assert promise.verdict == verdict


def test_nothing_measured_keeps_no_promise() -> None:
    assert {p.verdict for p in promises({}, [], {})} == {"–"}


def test_a_whole_vertebra_outside_the_row_breaks_the_promise_of_the_thorax() -> None:
    kept, broken = (
        next(
            p for p in promises({}, [], {"thorax-1.5mm": n}) if "outside the longest row" in p.what
        )
        for n in (0, 2)
    )
    assert (kept.verdict, broken.verdict, broken.said) == ("yes", "**no**", "2")
