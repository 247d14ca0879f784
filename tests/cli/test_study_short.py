"""The studies in their short form, whole: scans, a trainer of its own process, walks, a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_vertseg.cli import main

ON_CPU = ["--short", "--device", "cpu", "--threads", "1"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("study", "networks"), [("spine-ct", 1), ("chest-ct", 2)])
def test_an_experiment_of_the_paper(
    study: str, networks: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", study, "-o", str(tmp_path / "out"), *ON_CPU]) == 0
    assert "report: report.html in report" in capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / "report" / "summary.json").read_text())
    assert summary["steps_trained"] == 20
    assert summary["is_undertrained"] is True
    assert summary["vertebrae"] > 0
    assert len(list((tmp_path / "out" / "models").iterdir())) == networks
    page = (tmp_path / "out" / "report" / "report.html").read_text(encoding="utf-8")
    assert "UNDERTRAINED" in page
    assert str(tmp_path) not in page


def test_ablations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arms = ["--only", "as it is", "--only", "down only"]
    assert main(["study", "ablations", "-o", str(tmp_path / "out"), *ON_CPU, *arms]) == 0
    assert "report: ablations.md in out" in capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["arms"] == 2
    assert "down_only_gap" in summary
    # What an arm changes has reached the trainer, and nothing else.
    base, down = (
        _settings(tmp_path / "out" / "runs" / f"{n}-1") for n in ("as-it-is", "down-only")
    )
    assert down["augment"].pop("upward_share") == 0.0 < base["augment"].pop("upward_share")
    assert down == base
    table = (tmp_path / "out" / "ablations.md").read_text(encoding="utf-8")
    assert table.count("\n| nearest |") == table.count("\n| probability |") == 2


def _settings(run: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return settings
