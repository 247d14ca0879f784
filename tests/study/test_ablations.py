"""One change at a time, two seeds, equal steps, and a table that says what exceeds chance."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.strict_json import from_jsonable, to_jsonable
from napari_vertseg.study import ablations
from napari_vertseg.study.ablation_arms import BASE, Arm, arms
from napari_vertseg.study.ablation_form import AblationForm
from napari_vertseg.study.ablation_table import read_results, write_table
from napari_vertseg.study.ablations import run_ablations
from napari_vertseg.study.study_settings import study_config
from napari_vertseg.study.subject import Subject
from napari_vertseg.training import TrainingConfig

SHORT = AblationForm.short()


def _nothing(line: str) -> None:
    return None


def test_every_arm_changes_one_thing_and_no_step() -> None:
    base = study_config("small", 4000)
    seen = set()
    for arm in arms():
        changed = arm.change(base)
        assert changed.steps == base.steps
        assert (changed == base) is (arm.name == BASE)
        seen.add(json.dumps(str(changed)))
    assert len(seen) == len(arms())


@pytest.mark.parametrize("arm", arms(), ids=lambda arm: arm.name)
def test_the_trainer_reads_every_arm_as_it_was_meant(arm: Arm) -> None:
    changed = arm.change(study_config("small", 4000))
    assert from_jsonable(TrainingConfig, to_jsonable(changed)) == changed


def test_a_network_of_one_direction_is_trained_downwards() -> None:
    (arm,) = [a for a in arms() if a.name == "down only"]
    assert arm.change(study_config("tiny", 5)).augment.upward_share == 0.0


def test_two_seeds_of_each_become_a_table(
    tmp_path: Path, trainer: Any, soap: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablations, "_subject", lambda form, seed: soap)
    only = [BASE, "down only"]
    table = run_ablations(SHORT, tmp_path, trainer, _nothing, only=only)
    assert table is not None
    assert [c.seed for c in trainer.configs] == [1, 2, 1, 2]
    assert {c.steps for c in trainer.configs} == {20}
    text = table.read_text(encoding="utf-8")
    assert "UNDERTRAINED" in text
    assert "Research use only, not a medical device" in text
    assert text.count("| down only") == 1
    assert "| nearest | below 200 HU |" in text
    down = json.loads((tmp_path / "results" / "down-only-1.json").read_text())
    assert {row["direction"] for row in down["rows"]} == {"down"}
    run_ablations(SHORT, tmp_path, trainer, _nothing, only=only)
    assert len(trainer.configs) == 4


def test_it_goes_on_where_the_time_was_up(
    tmp_path: Path, trainer: Any, soap: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ablations, "_subject", lambda form, seed: soap)
    trainer.reaches = 7
    assert run_ablations(SHORT, tmp_path, trainer, _nothing, only=[BASE]) is None
    trainer.reaches = None
    assert run_ablations(SHORT, tmp_path, trainer, _nothing, only=[BASE]) is not None


def test_an_unknown_arm_is_refused(tmp_path: Path, trainer: Any) -> None:
    with pytest.raises(CaseIncomplete, match="there is no ablation 'nonsense'"):
        run_ablations(SHORT, tmp_path, trainer, _nothing, only=["nonsense"])


def test_a_gap_counts_where_it_exceeds_the_spread_of_the_seeds(tmp_path: Path) -> None:
    _write(tmp_path, BASE, [0.80, 0.84])
    _write(tmp_path, "within", [0.78, 0.80])
    _write(tmp_path, "beyond", [0.70, 0.72])
    base, *others = read_results(tmp_path)
    assert base.name == BASE
    assert {r.name: r.is_beyond_seeds(base) for r in others} == {"within": False, "beyond": True}
    write_table(tmp_path, AblationForm(steps=40_000))
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["beyond_gap"] == pytest.approx(-0.11)
    assert summary["is_undertrained"] is False


def _write(folder: Path, name: str, dice: Sequence[float]) -> None:
    (folder / "results").mkdir(exist_ok=True)
    for seed, value in enumerate(dice, start=1):
        row = {
            "direction": "down",
            "vertebrae": 1,
            "found": 1,
            "merged": 0,
            "false": 0,
            "dice": [value],
            "ended": True,
        }
        result = {"arm": name, "says": "", "seed": seed, "rows": [row]}
        (folder / "results" / f"{name}-{seed}.json").write_text(json.dumps(result))
