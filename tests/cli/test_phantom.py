"""``vertseg phantom`` writes a scan with its truth, ``vertseg demo`` goes the whole way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.cli import demo, main
from napari_vertseg.io import read_labels, read_scan
from napari_vertseg.results import read_record

WORDS = ["--seed", "5", "--spacing", "6,4,4"]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_a_phantom_is_a_scan_with_labels_and_truth(tmp_path: Path, capsys: Any) -> None:
    assert main(["phantom", "-o", str(tmp_path / "a"), *WORDS]) == 0

    scan = read_scan(tmp_path / "a" / "phantom_5.nii.gz")
    labels, _ = read_labels(tmp_path / "a" / "phantom_5_labels.nii.gz", scan)
    truth = json.loads((tmp_path / "a" / "phantom_5_truth.json").read_text())
    assert scan.grid.spacing_mm == pytest.approx((6, 4, 4))
    assert {label["value"] for label in truth["labels"]} == set(np.unique(labels).tolist()) - {0}
    assert truth["notice"] == "Research use only, not a medical device"
    for label in truth["labels"]:
        assert label["is_complete"] == (label["visible_share"] >= 0.97)
    levels = [label["level"] for label in truth["labels"] if label["level"] != "S1"]
    assert capsys.readouterr().out.startswith(f"{levels[0]} to {levels[-1]}, ")


def test_the_same_seed_makes_the_same_scan_and_nothing_is_written_over(
    tmp_path: Path, capsys: Any
) -> None:
    for folder in ("a", "b"):
        assert main(["phantom", "-o", str(tmp_path / folder), *WORDS]) == 0
    scans = [read_scan(tmp_path / f / "phantom_5.nii.gz").voxels for f in ("a", "b")]
    np.testing.assert_array_equal(*scans)
    capsys.readouterr()

    assert main(["phantom", "-o", str(tmp_path / "a"), *WORDS]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_demo_goes_the_whole_way_and_can_be_repeated(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(demo, "SPACING_MM", (6.0, 4.0, 4.0))
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert main(["demo", "--seed", "5", "--model", str(model.folder)]) == 0
    text = capsys.readouterr().out

    assert names(tmp_path / "demo-output") == [
        "phantom.nii.gz",
        "phantom_comparison.png",
        "phantom_labels.nii.gz",
        "phantom_overview.png",
        "phantom_truth.json",
        "phantom_vertebrae.json",
        "phantom_vertebrae.nii.gz",
    ]
    truth = json.loads((tmp_path / "demo-output" / "phantom_truth.json").read_text())
    targets = [label["level"] for label in truth["labels"] if label["level"] != "S1"]
    table = text[text.rindex("compared with the truth:") :].splitlines()
    assert [line.split()[0] for line in table[2 : 2 + len(targets)]] == targets
    counts = table[2 + len(targets)].split()
    assert counts[1::2][:4] == ["found,", "missed,", "merged,", "false,"]
    assert int(counts[0]) + int(counts[2]) == len(targets)
    record = read_record(tmp_path / "demo-output" / "phantom_vertebrae.json")
    assert record.settings.keep_incomplete


def test_the_demo_without_a_shipped_model_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("napari_vertseg.network.model.SHIPPED", tmp_path)

    assert main(["demo", "-o", str(tmp_path / "out")]) == 2
    assert "there is no model 'starter'" in capsys.readouterr().err
