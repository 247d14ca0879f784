"""The report says what the parts say."""

from __future__ import annotations

import json
from pathlib import Path

from napari_vertseg.study.starter_report import write_report


def _row(name: str, dice: list[float], right: int) -> dict[str, object]:
    return {
        "name": name,
        "vertebrae": len(dice),
        "found": sum(d >= 0.5 for d in dice),
        "missed": sum(d < 0.5 for d in dice),
        "merged": 0,
        "false": 1,
        "dice": dice,
        "completeness_right": right,
        "completeness_known": len(dice),
    }


def test_pooled_figures_and_the_hardest_quarter(tmp_path: Path) -> None:
    rows = [_row(f"phantom-{n}", [0.9, 0.8], 2) for n in range(3)] + [_row("worst", [0.1, 0.3], 1)]
    (tmp_path / "phantoms.json").write_text(json.dumps(rows), encoding="utf-8")
    text = write_report(tmp_path, "starter").read_text(encoding="utf-8")
    assert "| all | 6/8 | 0 | 4 | 0.688 | 7/8 (0.88) |" in text
    assert "| hardest quarter | 0/2 | 0 | 1 | 0.200 | 1/2 (0.50) |" in text


def test_syntheses_are_told_by_label_map_and_one_by_one(tmp_path: Path) -> None:
    rows = [_row(f"verse008 synthesis {n}", [0.9, 0.7], 2) for n in range(2)]
    rows.append(_row("abdomen-3mm synthesis 2", [0.2], 0))
    (tmp_path / "syntheses.json").write_text(json.dumps(rows), encoding="utf-8")
    text = write_report(tmp_path, "starter").read_text(encoding="utf-8")
    assert "## 3 syntheses of validation label maps" in text
    assert "| verse008 | 4/4 | 0 | 2 | 0.800 | 4/4 (1.00) |" in text
    assert "| together | 4/5 | 0 | 3 | 0.680 | 4/5 (0.80) |" in text
    assert "| abdomen-3mm synthesis 2 | 0/1 | 0 | 1 | 0.200 | 0/1 (0.00) |" in text


def test_starts_are_counted_together(tmp_path: Path) -> None:
    rows = [
        {"name": "a", "starts": 6, "right": 6, "from_top": [1, 2], "both_ways": [1, 2]},
        {"name": "b", "starts": 4, "right": 3, "from_top": [1, 2], "both_ways": [2]},
    ]
    (tmp_path / "starts.json").write_text(json.dumps(rows), encoding="utf-8")
    text = write_report(tmp_path, "starter").read_text(encoding="utf-8")
    assert "Together 9/10 (90.0%)." in text
    assert "| a | 6/6 | yes |" in text
    assert "| b | 3/4 | no |" in text
