"""A record can be read again, and says what deserves a look."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.pipeline import Walk, WayBack, WorkingImage
from napari_vertseg.recording import scan_sha256
from napari_vertseg.results import (
    ModelRecord,
    ResultFiles,
    ResultRecord,
    WalkTally,
    describe,
    read_record,
    remarks,
    write_results,
)
from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.traversal import Finished, FinishReason, TraversalConfig, Withdrawn
from napari_vertseg.volume import Grid, Scan, Window, Zyx


@pytest.fixture
def walk() -> Walk:
    """A scan of two cuboids; nobody walks it here."""
    grid = Grid.canonical((20, 12, 10), (2.0, 1.0, 1.5))
    voxels = np.random.default_rng(0).integers(-100, 900, grid.shape).astype(np.int16)
    scan = Scan.from_canonical(voxels, grid, "cuboids")
    return Walk(
        scan=scan,
        image=WorkingImage(voxels, grid),
        predict=lambda image, memory: pytest.fail("nobody walks"),
        config=TraversalConfig(spacing_mm=2.0, patch_shape=Zyx(16, 16, 16)),
        way_back=WayBack(refine_below_hu=200.0),
    )


@pytest.fixture
def segmentation(walk: Walk) -> Segmentation:
    first = VertebraInstance(
        id=7,
        start=Zyx(2, 3, 4),
        mask=np.ones((4, 5, 3), dtype=bool),
        completeness=0.987654321,
        is_complete=True,
        confidence=0.9,
        entropy=0.1,
        last_overlap=1.0,
        steps=3,
        is_cut_by_patch=False,
        direction="down",
        is_refined=True,
    )
    second = replace(first, id=3, start=Zyx(12, 3, 4), is_complete=False, is_refined=False)
    return Segmentation(walk.scan.grid, (first, second))


@pytest.fixture
def tally() -> WalkTally:
    return ended(FinishReason.END_OF_SPINE)


def ended(reason: FinishReason) -> WalkTally:
    tally = WalkTally()
    window = Window(Zyx(0, 0, 0), Zyx(16, 16, 16))
    tally(
        Finished(
            step=9, window=window, seconds=1.256, direction="down", reason=reason, vertebrae=2
        )
    )
    return tally


@pytest.fixture
def record(walk: Walk, segmentation: Segmentation, tally: WalkTally) -> ResultRecord:
    model = ModelRecord(name="m", weights_sha256="0" * 64)
    return describe(walk, segmentation, tally, model=model, start=(1, 2, 3), both=True)


def test_a_written_record_reads_as_it_was(
    tmp_path: Path, walk: Walk, segmentation: Segmentation, record: ResultRecord
) -> None:
    files = ResultFiles.of(tmp_path, "cuboids")
    write_results(files, walk.scan, segmentation, record)

    assert read_record(files.record) == record


def test_figures_are_those_of_the_masks(walk: Walk, record: ResultRecord) -> None:
    first, second = record.vertebrae
    assert first.volume_mm3 == 4 * 5 * 3 * 3.0
    assert first.centroid_voxel == (3.5, 5.0, 5.0)
    assert first.centroid_mm == (-7.5, -5.0, -7.0)  # x to the left, y to the back, z down
    assert first.mean_hu == pytest.approx(walk.scan.voxels[2:6, 3:8, 4:7].mean(), abs=0.05)
    assert first.completeness == 0.9877
    assert (first.exported, second.exported) == (True, False)
    assert (first.is_refined, second.is_refined) == (True, False)
    assert (record.walk.steps, record.walk.seconds, record.walk.end) == (9, 1.26, "end of spine")
    assert record.scan.voxels_sha256 == scan_sha256(walk.scan.voxels)
    assert (record.settings.start, record.settings.both) == ((1, 2, 3), True)
    assert record.settings.refine_below_hu == 200.0


def test_an_unknown_key_is_named(
    tmp_path: Path, walk: Walk, segmentation: Any, record: Any
) -> None:
    files = ResultFiles.of(tmp_path, "cuboids")
    write_results(files, walk.scan, segmentation, record)
    jsonable = json.loads(files.record.read_text(encoding="utf-8"))
    jsonable["vertebrae"][1]["colour"] = "red"
    files.record.write_text(json.dumps(jsonable), encoding="utf-8")

    with pytest.raises(CaseIncomplete, match=r"vertebrae\.1\.colour: unknown key"):
        read_record(files.record)
    with pytest.raises(CaseIncomplete, match=r"gone\.json"):
        read_record(tmp_path / "gone.json")


def test_remarks_name_gaps_and_untouched_surfaces(
    walk: Walk, segmentation: Segmentation, tally: WalkTally
) -> None:
    tally.jumps.add(3)  # the id of the second one

    gap, surface = remarks(walk.scan, segmentation, tally)
    assert gap.startswith("Vertebra 2: further from the one found before")
    assert surface.startswith("Vertebra 2: the surface was left")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (FinishReason.NO_VERTEBRA, "No vertebra was found in cuboids"),
        (FinishReason.NOTHING_AT_START, "No vertebra was found at the start"),
        (FinishReason.STEP_CAP, "ended after 9 steps"),
    ],
)
def test_remarks_say_how_a_walk_failed(walk: Walk, reason: FinishReason, said: str) -> None:
    nothing = Segmentation(walk.scan.grid, ())

    assert any(said in remark for remark in remarks(walk.scan, nothing, ended(reason)))


def test_a_plain_result_has_no_remarks(walk: Walk, segmentation: Segmentation) -> None:
    plain = Segmentation(walk.scan.grid, segmentation.instances[:1])

    assert remarks(walk.scan, plain, ended(FinishReason.END_OF_SPINE)) == ()


def test_warnings_of_the_scan_come_first(walk: Walk, segmentation: Segmentation) -> None:
    doubtful = replace(walk.scan, warnings=("cuboids has thick slices.",))
    said = remarks(doubtful, segmentation, ended(FinishReason.END_OF_SPINE))

    assert said[0] == "cuboids has thick slices."


def test_incomplete_ones_are_in_the_label_file_only_if_kept(
    tmp_path: Path, walk: Walk, segmentation: Segmentation, record: ResultRecord
) -> None:
    from napari_vertseg.io import read_labels

    kept = replace(record, settings=replace(record.settings, keep_incomplete=True))
    for name, said, values in (("a", record, [0, 1]), ("b", kept, [0, 1, 2])):
        files = ResultFiles.of(tmp_path, name)
        write_results(files, walk.scan, segmentation, said)
        assert np.unique(read_labels(files.labels)[0]).tolist() == values


def test_a_jump_that_was_withdrawn_is_none(tally: WalkTally) -> None:
    tally.jumps.update({1, 2})
    window = Window(Zyx(0, 0, 0), Zyx(16, 16, 16))
    tally(Withdrawn(step=9, window=window, seconds=0.0, direction="down", vertebrae=(2, 5)))
    assert tally.jumps == {1}
