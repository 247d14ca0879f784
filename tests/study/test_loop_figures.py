"""The loop's study says what it found, how sure that is, and how much is still missing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.study.loop_figures import curve, summarise_domain
from napari_vertseg.study.loop_form import ARMS, LoopForm, LoopPlace
from napari_vertseg.study.loop_report import write_report

FORM = LoopForm(domains=("thick",), arms=ARMS[:2])


def stage(dice: float, voxels: float, touched: float, earlier: float) -> dict[str, Any]:
    fresh = {"dice": dice, "voxels": voxels, "touched": touched, "slivers": 1}
    old, older = (fresh | {"dice": value} for value in (earlier, 0.9))
    return {"model": "m", "fresh": {"a": fresh}, "earlier": {"old": old, "older": older}}


BEFORE, AFTER = stage(0.5, 100, 4, 0.9), stage(0.9, 20, 1, 0.89)


def test_the_summary_says_what_fell_and_what_was_lost() -> None:
    found = {
        0: {0: stage(0.5, 100, 4, 0.9), 1: stage(0.7, 100, 4, 0.9)},
        4: {0: stage(0.9, 20, 2, 0.85), 1: stage(0.9, 20, 1, 0.95)},
    }

    summary = summarise_domain(found)

    assert summary is not None
    assert summary.dice_before == pytest.approx(0.6)
    assert summary.dice_after == pytest.approx(0.9)
    assert summary.effort_reduction_voxels == pytest.approx(0.8)
    assert summary.effort_reduction_vertebrae == pytest.approx(0.625)
    assert summary.effort_reduction == pytest.approx(0.625)
    # Of the smaller one: 0.5 and 0.75, with the t of one degree of freedom.
    reach = 12.706 * 0.125
    among = pytest.approx((0.625 - reach, 0.625 + reach), abs=1e-3)
    assert summary.effort_reduction_interval == among
    assert summary.worst_earlier_loss == pytest.approx(0.05)
    assert summary.mean_earlier_loss == pytest.approx(0.0)
    assert (summary.scans_corrected, summary.seeds) == (4, 2)


def test_a_seed_that_has_not_come_so_far_takes_no_part_before_or_after() -> None:
    """Else the means of before and after would be of different scans."""
    easy = stage(0.9, 10, 1, 0.9)
    found = {
        0: {0: easy, 1: BEFORE, 2: easy},
        1: {0: easy, 1: stage(0.6, 90, 4, 0.9)},
        2: {1: stage(0.9, 50, 3, 0.9)},
    }

    summary = summarise_domain(found)

    assert summary is not None
    assert (summary.scans_corrected, summary.seeds) == (2, 1)
    assert summary.dice_before == pytest.approx(0.5)
    assert summary.effort_reduction == pytest.approx(0.25)
    assert [point.mean for point in curve(found, "fresh", "touched")] == [4, 4, 3]


def test_a_finely_sampled_scan_does_not_speak_for_all() -> None:
    before, after = stage(0.5, 100, 4, 0.9), stage(0.6, 90, 4, 0.9)
    before["fresh"]["fine"] = before["fresh"]["a"] | {"voxels": 900}
    after["fresh"]["fine"] = after["fresh"]["a"] | {"voxels": 270}
    for row in (before, after):
        row["fresh"]["good"] = row["fresh"]["a"] | {"voxels": 0}

    summary = summarise_domain({0: {0: before}, 4: {0: after}})

    assert summary is not None
    assert summary.effort_reduction_voxels == pytest.approx(0.64)
    assert summary.effort_reduction_voxels_per_scan == pytest.approx((0.1 + 0.7) / 2)


def test_before_the_first_round_there_is_a_start_and_no_summary() -> None:
    found = {0: {0: BEFORE, 1: stage(0.7, 100, 4, 0.9)}}
    assert summarise_domain(found) is None
    assert [point.mean for point in curve(found, "fresh", "dice")] == [pytest.approx(0.6)]


def write(root: Path, seed: int, arm: str, rows: dict[int, dict[str, Any]]) -> None:
    for size, row in rows.items():
        path = LoopPlace(root, "thick", seed, arm).stage(size)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(row))


def page_of(root: Path, form: LoopForm = FORM) -> str:
    return write_report(root, form, form.domains).read_text(encoding="utf-8")


def test_a_report_in_the_middle_says_how_much_is_done(tmp_path: Path) -> None:
    write(tmp_path, 0, "replay", {0: BEFORE, 1: AFTER, 2: AFTER, 4: AFTER})
    write(tmp_path, 1, "replay", {0: BEFORE, 1: BEFORE})

    page = page_of(tmp_path)

    assert "**4 of 18 rounds are measured.**" in page
    row = "| 5 mm slices, low dose, osteoporotic | replay | 0: 0, 1, 2, 4; 1: 0, 1; 2: nothing yet"
    assert row in page
    assert "After 4 of 4 corrected scans (1 of 3 seeds) Dice goes from 0.500 to 0.900" in page
    assert "effort falls by at least 50 %: **reached so far**" in page
    assert "no earlier scan loses more than 0.02: **reached so far**" in page
    assert "of one seed nobody knows" in page
    assert "1.0 vertebrae of a fresh scan are less than 1 cm³" in page
    assert json.loads((tmp_path / "summary.json").read_text())["thick"]["seeds"] == 1


def test_an_empty_study_says_that_nothing_is_measured(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    assert "**0 of 18 rounds are measured.**" in page
    assert "Nothing is measured yet." in page
    assert json.loads((tmp_path / "summary.json").read_text()) == {}
    assert not (tmp_path / "curves.png").exists()


def test_a_whole_study_judges_and_compares_the_ways(tmp_path: Path) -> None:
    for seed in range(3):
        before = dict.fromkeys((0, 1, 2), BEFORE)
        write(tmp_path, seed, "replay", before | {4: stage(0.9, 60, 3, 0.86)})
        write(tmp_path, seed, "without-replay", before | {4: stage(0.9, 20, 2, 0.7)})

    page = page_of(tmp_path)

    assert "All 18 rounds are measured." in page
    assert "effort falls by at least 50 %: **not reached**" in page
    assert "no earlier scan loses more than 0.02: **not reached**" in page
    assert "Dice of earlier scans changes by -0.020 in the mean, and by -0.040 at worst." in page
    said = (
        "*replay* less *without-replay*, after 4 scans, 3 seeds in common: vertebrae touched +1.0"
    )
    assert said in page
    assert "voxels changed +40 (+40 to +40), Dice of the earlier domain +0.080" in page


def test_scans_that_the_model_has_seen_are_named(tmp_path: Path) -> None:
    write(tmp_path, 0, "replay", {0: BEFORE | {"seen": ["verse005"]}})
    assert "was trained on verse005 already" in page_of(tmp_path)


def test_rounds_that_changed_nothing_are_told(tmp_path: Path) -> None:
    """Else nobody would know whether training did no good, or was not taken."""
    rows = {0: "a", 1: "a", 2: "b", 4: "b"}
    write(tmp_path, 0, "replay", {n: BEFORE | {"weights_sha256": w} for n, w in rows.items()})
    assert "In 2 of 3 rounds no walk of the scans that judge was better" in page_of(tmp_path)


def test_what_other_commands_measured_is_in_the_report(tmp_path: Path) -> None:
    """A command for one seed must not write a report that forgets the other ones."""
    write(tmp_path, 2, "replay", {0: BEFORE, 4: AFTER})
    page = page_of(tmp_path, replace(FORM, seeds=(0,)))
    assert "2: 0, 4" in page
    assert "(1 of 2 seeds)" in page
    assert "**reached so far**" in page
