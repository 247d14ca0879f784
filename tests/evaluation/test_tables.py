from __future__ import annotations

import csv
import json

import pytest

from napari_vertseg.errors import OutputRefused
from napari_vertseg.evaluation import write_cohort
from napari_vertseg.evaluation.tables import FILES


def _rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_vertebra_instance_and_scan_has_its_row(scores, tmp_path):
    folder = write_cohort(scores, tmp_path / "new" / "out")
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    vertebrae = _rows(folder / "vertebrae.csv")
    assert [(row["scan"], row["reference"]) for row in vertebrae] == [
        ("good", "20"),
        ("good", "21"),
        ("bad", "20"),
        ("bad", "21"),
    ]
    assert float(vertebrae[2]["dice"]) == pytest.approx(0.8)
    assert (vertebrae[3]["prediction"], vertebrae[3]["asd_mm"]) == ("", "")
    instances = _rows(folder / "instances.csv")
    assert [row["verdict"] for row in instances] == ["on reference"] * 3 + ["false"]
    assert [row["scan"] for row in _rows(folder / "scans.csv")] == ["good", "bad"]


def test_the_summary_has_flat_names(scores, tmp_path):
    summary = json.loads((write_cohort(scores, tmp_path) / "summary.json").read_text())
    assert (summary["scans"], summary["vertebrae"]) == (2, 4)
    assert (summary["found"], summary["missed"], summary["merged"], summary["false"]) == (
        3,
        1,
        0,
        1,
    )
    assert summary["dice_mean"] == pytest.approx((1.0 + 0.4) / 2)
    assert summary["dice_mean_low"] <= summary["dice_mean"] <= summary["dice_mean_high"]
    assert summary["completeness_accuracy"] == pytest.approx(2 / 3)
    assert summary["asd_mm_mean"] > 0
    assert summary["seconds_mean"] == 3.0
    assert summary["identification_rate"] is None


def test_scans_are_the_same_in_both_formats(scores, tmp_path):
    folder = write_cohort(scores, tmp_path)
    as_json = json.loads((folder / "scans.json").read_text())
    as_csv = _rows(folder / "scans.csv")
    assert [list(row) for row in as_json] == [list(row) for row in as_csv]
    for json_row, csv_row in zip(as_json, as_csv, strict=True):
        assert {k: "" if v is None else str(v) for k, v in json_row.items()} == csv_row
    assert (as_json[0]["steps"], as_json[1]["count_error"]) == (7, 0)


def test_an_empty_cohort_keeps_its_columns(tmp_path, scores):
    empty, full = write_cohort([], tmp_path / "a"), write_cohort(scores, tmp_path / "b")
    for name in ("vertebrae.csv", "instances.csv", "scans.csv"):
        header = (full / name).read_text().splitlines()[0]
        assert (empty / name).read_text().splitlines() == [header]


def test_older_tables_are_kept_unless_asked(scores, tmp_path):
    (tmp_path / "summary.json").write_text("mine")
    with pytest.raises(OutputRefused, match=r"summary\.json"):
        write_cohort(scores, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]
    write_cohort(scores, tmp_path, overwrite=True)
    assert json.loads((tmp_path / "summary.json").read_text())["scans"] == 2


def test_equal_cohorts_make_equal_files(scores, tmp_path):
    first, second = (write_cohort(scores, tmp_path / name) for name in "ab")
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in FILES)
