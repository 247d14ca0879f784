"""``vertseg study loop``: what is asked for is what is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cli import main
from napari_vertseg.study import loop
from napari_vertseg.study.loop_form import LoopForm, Selection


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[LoopForm, Selection]]:
    """What the study was called with."""
    calls: list[tuple[LoopForm, Selection]] = []

    def note(base: str, data: Any, output: Path, form: LoopForm, tell: Any, part: Any) -> Path:
        calls.append((form, part))
        return output / "report.md"

    monkeypatch.setattr(loop, "run_study", note)
    return calls


def test_without_a_word_it_is_the_whole_study(
    tmp_path: Path, asked: list[tuple[LoopForm, Selection]]
) -> None:
    assert main(["study", "loop", "-o", str(tmp_path)]) == 0
    assert asked == [(LoopForm(), Selection())]


def test_parts_do_not_make_another_study(
    tmp_path: Path, asked: list[tuple[LoopForm, Selection]]
) -> None:
    words = [
        "--domain",
        "metal",
        "--seed",
        "2",
        "--seed",
        "1",
        "--arm",
        "random-order",
        "--arm",
        "replay",
    ]
    assert main(["study", "loop", "-o", str(tmp_path), *words]) == 0
    ((form, part),) = asked
    assert form == LoopForm()
    assert part == Selection(domains=("metal",), seeds=(1, 2), arms=("replay", "random-order")), (
        "in the order of the study"
    )


def test_another_budget_is_another_study(
    tmp_path: Path, asked: list[tuple[LoopForm, Selection]]
) -> None:
    words = [
        "--size",
        "4",
        "--learning-rate",
        "0.001",
        "--steps",
        "300",
        "--seeds",
        "5",
        "--device",
        "cpu",
    ]
    assert main(["study", "loop", "-o", str(tmp_path), *words]) == 0
    ((form, _),) = asked
    assert (form.sizes, form.learning_rate, form.steps) == ((4,), 0.001, 300)
    assert form.seeds == (0, 1, 2, 3, 4)
    assert form.options == ("--device", "cpu")
    assert form.decisive() != LoopForm().decisive()


def test_the_short_form_takes_real_scans_when_they_are_asked_for(
    tmp_path: Path, asked: list[tuple[LoopForm, Selection]]
) -> None:
    assert main(["study", "loop", "-o", str(tmp_path), "--short", "--domain", "real"]) == 0
    ((form, part),) = asked
    assert "real" in form.domains
    assert part.domains == ("real",)


def test_a_seed_that_is_not_there_is_refused(
    tmp_path: Path,
    asked: list[tuple[LoopForm, Selection]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["study", "loop", "-o", str(tmp_path), "--seed", "3"]) != 0
    assert "the seed 3 is none of this study (0, 1, 2)" in capsys.readouterr().err
    assert asked == []


def test_a_rate_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["study", "loop", "-o", str(tmp_path), "--learning-rate", "0"])
    assert "'0' is no number above 0" in capsys.readouterr().err
