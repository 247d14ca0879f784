"""``vertseg evaluate``: tables, a page that stands alone, and an exit code that tells."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from napari_vertseg.cli import main
from napari_vertseg.results import LEGEND
from napari_vertseg.volume import Grid, Zyx

GRID = Grid.canonical((70, 40, 40), (2.5, 1.0, 1.0))
TOPS = (8, 28, 48)


def _labels(values: tuple[int, ...], shift: int = 0) -> np.ndarray:
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    for value, top in zip(values, TOPS, strict=False):
        labels[top + shift : top + shift + 12, 10:28, 10:30] = value
    return labels


def _save(path: Path, volume: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(volume, GRID.affine), path)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A good scan, a shifted one that lacks its last vertebra, and their references."""
    pred, ref = tmp_path / "secret place" / "pred", tmp_path / "secret place" / "ref"
    truth = _labels((20, 21, 22))
    for name in ("good", "bad"):
        _save(ref / f"{name}.nii.gz", truth)
        _save(ref / f"{name}_ct.nii.gz", np.where(truth > 0, 400, 40).astype(np.int16))
    _save(pred / "good_vertebrae.nii.gz", _labels((1, 2, 3)))
    _save(pred / "bad_vertebrae.nii.gz", _labels((1, 2), shift=3))
    return pred, ref


def _summary(folder: Path) -> dict[str, float]:
    summary: dict[str, float] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return summary


def test_two_folders_become_tables_and_a_page(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pred, ref = folders
    assert main(["evaluate", str(pred), str(ref), "-o", str(tmp_path / "out")]) == 0
    summary = _summary(tmp_path / "out")
    assert (summary["scans"], summary["found"], summary["missed"], summary["false"]) == (
        2,
        5,
        1,
        0,
    )
    # The shifted scan: 9 of 12 slices in common on two of three vertebrae.
    assert summary["dice_mean"] == pytest.approx((1.0 + (0.75 + 0.75 + 0.0) / 3) / 2)
    assert summary["identification_rate"] is None
    out = capsys.readouterr().out
    assert "bad: 2 of 3 found, Dice 0.500, 0 merged, 0 false" in out
    with (tmp_path / "out" / "table1.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["scans", "all", "slices ≥ 2 mm"]
    assert rows[1][2] == "75.0 %"


def test_the_page_stands_alone_and_tells_no_place(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    pred, ref = folders
    main(["evaluate", str(pred), str(ref), "-o", str(tmp_path / "out")])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Research use only, not a medical device" in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert page.count('src="data:image/png;base64,') == 4 + 6  # plots, and every vertebra
    assert "bad · L3 · Dice 0.00 · missed" in page
    for file in (tmp_path / "out").iterdir():
        assert b"secret place" not in file.read_bytes(), file.name


def test_what_has_no_partner_is_listed_and_the_exit_code_says_so(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pred, ref = folders
    (ref / "bad.nii.gz").rename(ref / "other.nii.gz")
    (ref / "bad_ct.nii.gz").unlink()
    assert main(["evaluate", str(pred), str(ref), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "bad: has no reference" in said
    assert "other: has no prediction" in said
    summary = _summary(tmp_path / "out")
    assert summary["scans"] == 1
    assert summary["predictions_without_reference"] == 1
    assert summary["references_without_prediction"] == 1
    assert "no reference and were not scored: bad." in (
        tmp_path / "out" / "report.html"
    ).read_text(encoding="utf-8")


def test_a_pair_that_does_not_fit_is_told_and_the_others_are_scored(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pred, ref = folders
    _save(pred / "bad_vertebrae.nii.gz", np.ones((5, 6, 7), dtype=np.uint8))
    assert main(["evaluate", str(pred), str(ref), "-o", str(tmp_path / "out")]) == 1
    assert "different grids" in capsys.readouterr().err
    assert _summary(tmp_path / "out")["not_scored"] == 1


def test_nothing_in_common_is_refused_and_nothing_written(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pred, _ = folders
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["evaluate", str(pred), str(empty), "-o", str(tmp_path / "out")]) == 2
    assert "predictions: bad, good" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_older_results_are_kept_unless_asked(folders: tuple[Path, Path], tmp_path: Path) -> None:
    words = ["evaluate", *map(str, folders), "-o", str(tmp_path / "out"), "--worst", "1"]
    assert main(words) == 0
    before = (tmp_path / "out" / "report.html").read_bytes()
    assert main(words) == 2
    assert (tmp_path / "out" / "report.html").read_bytes() == before
    assert main([*words, "--overwrite"]) == 0


def test_names_are_judged_where_both_sides_have_them(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    pred, ref = folders
    _save(pred / "good_vertebrae.nii.gz", _labels((20, 21, 22)))
    _save(pred / "bad_vertebrae.nii.gz", _labels((21, 22, 23)))
    assert main(["evaluate", str(pred), str(ref), "-o", str(tmp_path / "out")]) == 0
    summary = _summary(tmp_path / "out")
    assert summary["dice_mean"] == 1.0
    assert summary["label_dice_mean"] == pytest.approx(0.5)
    assert summary["identification_rate"] == pytest.approx(0.5)
    words = ["evaluate", str(pred), str(ref), "-o", str(tmp_path / "numbers")]
    assert main([*words, "--values", "numbers"]) == 0
    assert _summary(tmp_path / "numbers")["identification_rate"] is None


def test_two_files(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pred, ref = folders
    files = [str(pred / "good_vertebrae.nii.gz"), str(ref / "bad.nii.gz")]
    assert main(["evaluate", *files, "-o", str(tmp_path / "out")]) == 0
    assert _summary(tmp_path / "out")["dice_mean"] == 1.0


def test_two_models_in_one_page(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pred, ref = folders
    other = tmp_path / "other"
    for name in ("good", "bad"):
        _save(other / f"{name}_vertebrae.nii.gz", _labels((1, 2, 3), shift=3))
    words = ["evaluate", str(pred), str(ref), "--against", str(other), "-o", str(tmp_path / "out")]
    assert main(words) == 0
    summary = _summary(tmp_path / "out")
    assert summary["compared_scans"] == 2
    assert summary["against_dice_mean"] == pytest.approx(0.75)
    # 0.25 better on the good scan, 0.25 worse on the other.
    assert summary["dice_mean_difference"] == pytest.approx(0.0)
    with (tmp_path / "out" / "comparison.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert float(rows[2]["difference"]) == pytest.approx(-0.75)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "pred (orange) against other (blue)" in page
    assert "<td>other: all</td>" in page
    assert "bad · L3 · Dice 0.00 · the other model 0.75" in page


def test_beyond_a_range_nothing_is_judged(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pred, ref = folders
    _save(ref / "good.nii.gz", _labels((20, 21)))
    words = ["evaluate", str(pred), str(ref)]
    main([*words, "-o", str(tmp_path / "all")])
    main([*words, "-o", str(tmp_path / "range"), "--range-only"])
    assert _summary(tmp_path / "all")["false"] == 1
    assert _summary(tmp_path / "range")["false"] == 0


def test_a_record_tells_classes_steps_and_what_was_left_out(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    pred, ref = folders
    (pred / "bad_vertebrae.nii.gz").unlink()
    (ref / "bad.nii.gz").unlink()
    (ref / "bad_ct.nii.gz").unlink()
    _save(pred / "good_vertebrae.nii.gz", _labels((1, 2)))
    record = _record([(1, True, True), (2, False, True), (3, False, False)])
    (pred / "good_vertebrae.json").write_text(json.dumps(record))
    assert main(["evaluate", str(pred), str(ref), "-o", str(tmp_path / "out")]) == 0
    summary = _summary(tmp_path / "out")
    assert summary["completeness_accuracy"] == pytest.approx(0.5)
    assert (summary["steps_mean"], summary["seconds_mean"]) == (10, 5.0)
    assert summary["seconds_per_step_mean"] == pytest.approx(0.5)
    assert summary["incomplete_left_out"] == 1
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "--keep-incomplete" in page
    assert "segmented with testmodel" in page


def _record(vertebrae: list[tuple[int, bool, bool]]) -> dict[str, object]:
    """As ``vertseg segment`` writes it: number, complete, exported."""
    from napari_vertseg.results import (
        GridRecord,
        ModelRecord,
        ResultRecord,
        ScanRecord,
        SettingsRecord,
        VertebraRecord,
        WalkRecord,
    )
    from napari_vertseg.strict_json import to_jsonable
    from napari_vertseg.traversal import TraversalConfig

    rows = tuple(
        VertebraRecord(
            number=number,
            level=None,
            completeness=0.9 if is_complete else 0.1,
            is_complete=is_complete,
            exported=exported,
            confidence=0.9,
            entropy=0.1,
            last_overlap=0.9,
            steps=2,
            direction="down",
            volume_mm3=1.0,
            mean_hu=None,
            centroid_mm=(0.0, 0.0, 0.0),
            centroid_voxel=(0.0, 0.0, 0.0),
            components=1,
            touches_border=False,
            is_cut_by_patch=False,
            is_refined=None,
        )
        for number, is_complete, exported in vertebrae
    )
    record: dict[str, object] = to_jsonable(
        ResultRecord(
            program="test",
            legend=LEGEND,
            model=ModelRecord(name="testmodel", weights_sha256="0"),
            scan=ScanRecord(name="good", voxels_sha256="0"),
            grid=GridRecord(shape=(70, 40, 40), spacing_mm=(2.5, 1.0, 1.0), affine=()),
            settings=SettingsRecord(
                traversal=TraversalConfig(spacing_mm=2.0, patch_shape=Zyx(16, 16, 16)),
                resampling="probability",
                refine_below_hu=None,
                keep_incomplete=False,
                start=None,
                both=False,
                device="cpu",
            ),
            walk=WalkRecord(steps=10, seconds=5.0, end="done"),
            remarks=(),
            vertebrae=rows,
        )
    )
    return record
