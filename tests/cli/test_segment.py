"""``vertseg segment``: scans in, labels, records and pictures out, or one clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import tifffile

from napari_vertseg.io import read_labels, read_scan, write_scan
from napari_vertseg.recording import mask_of, read_header, scan_sha256
from napari_vertseg.results import read_record
from napari_vertseg.volume import Scan

Vertseg = Callable[..., int]
FILES = ["patient_overview.png", "patient_vertebrae.json", "patient_vertebrae.nii.gz"]


def names(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error."""
    (line,) = capsys.readouterr().err.splitlines()
    return line


def labels_in(folder: Path) -> Any:
    return read_labels(folder / "patient_vertebrae.nii.gz")[0]


def test_a_scan_gets_labels_a_record_and_a_picture(
    vertseg: Vertseg, scan_file: Path, out: Path, bones: np.ndarray, capsys: Any
) -> None:
    assert vertseg(scan_file, "--keep-incomplete") == 0

    assert names(out) == FILES
    stored, given = nibabel.load(out / FILES[2]), nibabel.load(scan_file)
    np.testing.assert_allclose(stored.affine, given.affine)
    labels = labels_in(out)
    overlap = [(labels == v) & (bones == v) for v in range(1, 5)]
    assert min(o.sum() / (bones == v).sum() for v, o in enumerate(overlap, start=1)) > 0.85
    assert (out / FILES[0]).read_bytes().startswith(b"\x89PNG")
    text = capsys.readouterr().out
    assert text.startswith("patient: 4 vertebrae, 1 incomplete\n")
    assert all(name in text for name in FILES)


def test_the_record_agrees_with_the_label_file(
    vertseg: Vertseg, scan_file: Path, out: Path
) -> None:
    assert vertseg(scan_file, "--keep-incomplete") == 0
    record, scan = read_record(out / FILES[1]), read_scan(scan_file)
    labels, grid = read_labels(out / FILES[2], scan)

    assert [v.number for v in record.vertebrae] == [1, 2, 3, 4]
    for vertebra in record.vertebrae:
        inside = np.argwhere(labels == vertebra.number)
        center = inside.mean(axis=0)
        assert vertebra.volume_mm3 == pytest.approx(len(inside) * grid.voxel_mm3, abs=0.1)
        np.testing.assert_allclose(vertebra.centroid_voxel, center, atol=0.01)
        np.testing.assert_allclose(vertebra.centroid_mm, grid.to_world(center), atol=0.01)
        hu = scan.voxels[labels == vertebra.number].mean()
        assert vertebra.mean_hu == pytest.approx(hu, abs=0.1)
        assert vertebra.components == 1
        assert vertebra.level is None
    assert [v.is_complete for v in record.vertebrae] == [False, True, True, True]
    assert [v.touches_border for v in record.vertebrae] == [True, False, False, False]
    assert record.scan.voxels_sha256 == scan_sha256(scan.voxels)
    assert record.grid.shape == tuple(scan.grid.shape)
    np.testing.assert_allclose(record.grid.affine, scan.grid.affine)
    assert record.notice == "Research use only, not a medical device"
    assert record.legend == "1 = topmost"
    assert (record.model.name, len(record.model.weights_sha256)) == ("tiny", 64)
    assert record.walk.end == "end of spine"
    assert record.settings.device == "cpu"


def test_incomplete_vertebrae_are_left_out_but_numbers_stay(
    vertseg: Vertseg, scan_file: Path, out: Path, capsys: Any
) -> None:
    assert vertseg(scan_file) == 0

    assert list(np.unique(labels_in(out))) == [0, 2, 3, 4]
    exported = [v.exported for v in read_record(out / FILES[1]).vertebrae]
    assert exported == [False, True, True, True]
    assert "1 incomplete (not in the labels; see --keep-incomplete)" in capsys.readouterr().out


def test_up_both_ways_and_down_write_the_same_labels(
    vertseg: Vertseg, scan_file: Path, out: Path
) -> None:
    written = []
    for words in ([], ["--direction", "up"], ["--start", "19,12,14", "--both"]):
        assert vertseg(scan_file, "--overwrite", *words) == 0
        written.append(labels_in(out))

    record = read_record(out / FILES[1])
    np.testing.assert_array_equal(written[1], written[0])
    np.testing.assert_array_equal(written[2], written[0])
    assert (record.settings.start, record.settings.both) == ((19, 12, 14), True)
    assert [v.direction for v in record.vertebrae] == ["up", "up", "down", "down"]


def test_a_start_walks_on_from_there_only(vertseg: Vertseg, scan_file: Path, out: Path) -> None:
    assert vertseg(scan_file, "--start", "19,12,14") == 0

    centers = [v.centroid_voxel[0] for v in read_record(out / FILES[1]).vertebrae]
    assert [round(z) for z in centers] == [18, 28]  # nothing above, where counting begins


def test_the_recorded_walk_replays_without_a_model(
    vertseg: Vertseg, scan_file: Path, out: Path, tmp_path: Path
) -> None:
    events = tmp_path / "walk.jsonl"
    assert vertseg(scan_file, "--keep-incomplete", "--events", events) == 0

    header = read_header(events)
    mask = mask_of(events)
    assert list(np.unique(mask)) == [0, 1, 2, 3, 4]
    assert header.model_sha256 == read_record(out / FILES[1]).model.weights_sha256
    assert header.scan_sha256 == scan_sha256(read_scan(scan_file).voxels)
    assert mask.shape == tuple(header.shape)


def test_off_a_terminal_there_is_a_line_per_vertebra_and_none_per_step(
    vertseg: Vertseg, scan_file: Path, capsys: Any
) -> None:
    assert vertseg(scan_file) == 0

    first, *rest = capsys.readouterr().err.splitlines()
    assert first == "patient · 40 × 30 × 28 voxels of 4 × 3 × 3 mm (z, y, x)"
    assert [line.split(" · ")[:2] for line in rest] == [
        ["vertebra 1", "incomplete 0.10"],
        ["vertebra 2", "complete 0.90"],
        ["vertebra 3", "complete 0.90"],
        ["vertebra 4", "complete 0.90"],
    ]
    steps, volume = rest[2].split(" · ")[2:]
    assert steps.endswith(" steps")
    assert 22 <= int(volume.removesuffix(" cm³")) <= 30


def test_nothing_is_written_over_and_nothing_is_walked_in_vain(
    vertseg: Vertseg, model: Any, scan_file: Path, out: Path, capsys: Any
) -> None:
    out.mkdir()
    (out / FILES[0]).write_text("mine")

    assert vertseg(scan_file) == 2
    assert "patient_overview.png exists already" in sentence(capsys)
    assert (names(out), (out / FILES[0]).read_text()) == ([FILES[0]], "mine")
    assert model.calls == 0

    assert vertseg(scan_file, "--overwrite") == 0
    assert names(out) == FILES


def test_a_taken_events_file_is_seen_before_the_walk(
    vertseg: Vertseg, model: Any, scan_file: Path, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "walk.jsonl").write_text("mine")

    assert vertseg(scan_file, "--events", tmp_path / "walk.jsonl") == 2
    assert "walk.jsonl exists already" in sentence(capsys)
    assert model.calls == 0


def test_an_output_that_is_no_folder_is_refused(
    vertseg: Vertseg, model: Any, scan_file: Path, out: Path, capsys: Any
) -> None:
    out.write_text("a file")

    assert vertseg(scan_file) == 2
    assert "Nothing can be written to the folder 'out'" in sentence(capsys)
    assert model.calls == 0


@pytest.mark.parametrize("twin", ["patient.nii", "PATIENT.nii.gz"])
def test_two_scans_of_one_name_are_refused_before_anything_runs(
    vertseg: Vertseg, model: Any, scan_file: Path, ct: Any, out: Path, twin: str, capsys: Any
) -> None:
    other = scan_file.parent / "b" / twin
    other.parent.mkdir()
    write_scan(other, ct())

    assert vertseg(scan_file, other) == 2
    assert "Two scans are called" in sentence(capsys)
    assert model.calls == 0
    assert names(out) == []


def test_one_bad_scan_does_not_stop_the_others(
    vertseg: Vertseg, scan_file: Path, ct: Any, out: Path, capsys: Any
) -> None:
    bad, other = scan_file.parent / "bad.nii.gz", scan_file.parent / "other.nii.gz"
    bad.write_bytes(scan_file.read_bytes()[:2000])
    write_scan(other, ct())

    assert vertseg(bad, scan_file, other, scan_file.parent / "gone.nii.gz") == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "2 of 4 scans segmented; failed: bad, gone"
    assert sum(line.startswith("vertseg: ") for line in said.err.splitlines()) == 2
    stems = {name.partition("_")[0] for name in names(out)}
    assert stems == {"patient", "other"}


def test_several_good_scans_end_well(
    vertseg: Vertseg, scan_file: Path, ct: Any, capsys: Any
) -> None:
    write_scan(scan_file.parent / "other.nii.gz", ct())

    assert vertseg(scan_file, scan_file.parent / "other.nii.gz") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "all 2 scans segmented"


@pytest.mark.parametrize(
    ("content", "words", "reason"),
    [
        (None, [], "patient.nii.gz was not found"),
        (b"", [], "is empty (0 bytes)"),
        (b"hello", [], "no volume in a known format"),
    ],
)
def test_a_bad_scan_is_told_in_one_sentence(
    vertseg: Vertseg,
    scan_file: Path,
    out: Path,
    content: Any,
    words: Any,
    reason: str,
    capsys: Any,
) -> None:
    scan_file.unlink()
    if content is not None:
        scan_file.write_bytes(content)

    assert vertseg(scan_file, *words) == 2
    line = sentence(capsys)
    assert line.startswith("vertseg: ")
    assert reason in line
    assert names(out) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--both"], "--both needs a place to begin at"),
        (["--spacing", "1,1,1"], "leave out the spacing option"),
        (["--series", "2"], "leave out the series option"),
        (["--device", "abacus"], "there is no device 'abacus'"),
        (["--start", "90,5,5"], "lies outside the scan"),
        (["--direction", "up", "--model", "nonesuch"], "there is no model 'nonesuch'"),
    ],
)
def test_what_cannot_be_done_as_asked_is_refused(
    vertseg: Vertseg, model: Any, scan_file: Path, out: Path, words: Any, reason: str, capsys: Any
) -> None:
    if "nonesuch" in words:
        model.folder = "nonesuch"

    assert vertseg(scan_file, *words) == 2
    assert reason in capsys.readouterr().err
    assert names(out) == []


@pytest.mark.parametrize("option", [["--start", "1,2,3"], ["--events", "walk.jsonl"]])
def test_what_belongs_to_one_scan_is_refused_for_two(
    vertseg: Vertseg, scan_file: Path, option: list[str], capsys: Any
) -> None:
    assert vertseg(scan_file, "other.nii.gz", *option) == 2
    assert f"{option[0]} belongs to one scan" in sentence(capsys)


@pytest.mark.parametrize(
    "words",
    [
        ["--start", "1,2"],
        ["--start", "1,2,-3"],
        ["--start", "a,b,c"],
        ["--spacing", "0,1,1"],
        ["--spacing", "nan,1,1"],
        ["--threads", "0"],
        ["--direction", "sideways"],
    ],
)
def test_malformed_options_are_refused(
    vertseg: Vertseg, scan_file: Path, words: list[str], capsys: Any
) -> None:
    with pytest.raises(SystemExit, match="2"):
        vertseg(scan_file, *words)
    assert f"argument {words[0]}" in capsys.readouterr().err


def test_a_scan_without_vertebrae_is_a_result_with_a_warning(
    vertseg: Vertseg, ct: Any, tmp_path: Path, out: Path, capsys: Any
) -> None:
    path = tmp_path / "patient.nii.gz"
    write_scan(path, ct(has_bones=False))

    assert vertseg(path) == 0
    said = capsys.readouterr()
    assert names(out) == FILES
    assert not labels_in(out).any()
    assert said.out.startswith("patient: no vertebra found\n")
    assert "vertseg: No vertebra was found in patient" in said.err
    assert read_record(out / FILES[1]).remarks[0].startswith("No vertebra was found")


def test_a_tiff_stack_needs_its_spacing(
    vertseg: Vertseg, ct: Any, tmp_path: Path, out: Path, capsys: Any
) -> None:
    scan: Scan = ct()
    path = tmp_path / "patient.tif"
    tifffile.imwrite(path, scan.voxels)

    assert vertseg(path) == 2
    assert "--spacing" in sentence(capsys)
    assert vertseg(path, "--spacing", "4,3,3") == 0
    assert [v.number for v in read_record(out / FILES[1]).vertebrae] == [1, 2, 3, 4]


def test_paths_with_any_character_work_and_no_output_names_one(
    vertseg: Vertseg, scan_file: Path, out: Path, tmp_path: Path, capsys: Any
) -> None:
    odd = tmp_path / "Wirbelsäule 脊椎" / "μ β.nii.gz"
    odd.parent.mkdir()
    scan_file.rename(odd)

    assert vertseg(odd, "--events", out / "walk.jsonl") == 0
    assert names(out) == sorted(
        ["walk.jsonl", *(name.replace("patient", "μ β") for name in FILES)]
    )
    said = capsys.readouterr()
    written = b"".join(file.read_bytes() for file in out.iterdir())
    for text in (said.out.encode(), said.err.encode(), written):
        assert tmp_path.name.encode() not in text
        assert "脊椎".encode() not in text
