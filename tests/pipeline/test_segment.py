"""One call does the whole way; preparing refuses what cannot be walked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import napari_vertseg
from napari_vertseg.errors import ModelIncompatible, SegmentationFailed
from napari_vertseg.io import write_scan
from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import PRESETS
from napari_vertseg.network.model import DEFAULT_MODEL, Model, ModelCard
from napari_vertseg.pipeline import prepare, segment
from napari_vertseg.traversal import Event, Finished
from napari_vertseg.volume import Grid, Scan

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model: it answers nonsense, but it answers."""
    preset = PRESETS["tiny"]
    card = ModelCard(
        name="tiny",
        network=preset.network,
        spacing_mm=preset.spacing_mm,
        window_hu=(-200.0, 1000.0),
    )
    folder = tmp_path_factory.mktemp("models") / "tiny"
    Model(card=card, network=IterativeFcn(preset.network)).save(folder)
    return folder


@pytest.fixture(scope="module")
def noise() -> Scan:
    voxels = np.random.default_rng(1).normal(100, 300, (60, 40, 40)).astype(np.int16)
    return Scan.from_canonical(voxels.clip(-1000, 3000), Grid.canonical((60, 40, 40), (4, 3, 3)))


def test_a_path_and_a_scan_give_the_same(tiny: Path, noise: Scan, tmp_path: Path) -> None:
    write_scan(tmp_path / "noise.nii.gz", noise)
    heard: list[Event] = []
    from_path = napari_vertseg.segment(
        tmp_path / "noise.nii.gz", model=tiny, listen=heard.append, max_steps=15
    )
    from_scan = napari_vertseg.segment(noise, model=str(tiny), device="cpu", max_steps=15)

    np.testing.assert_array_equal(
        from_path.label_map(keep_incomplete=True), from_scan.label_map(keep_incomplete=True)
    )
    assert isinstance(heard[-1], Finished)
    assert heard[-1].vertebrae >= len(from_path.instances)


def test_settings_of_the_walk_are_passed_on(tiny: Path, noise: Scan) -> None:
    heard: list[Event] = []
    segment(noise, model=tiny, listen=heard.append, direction="up", max_steps=2)

    assert heard[-1].step == 2
    assert {event.direction for event in heard} == {"up"}


def test_a_model_that_does_not_exist_is_refused(noise: Scan) -> None:
    with pytest.raises(ModelIncompatible, match="no model 'nonesuch'"):
        segment(noise, model="nonesuch")


def test_the_default_is_the_networks_default() -> None:
    assert segment.__kwdefaults__["model"] == DEFAULT_MODEL


@pytest.mark.parametrize("voxel", [(-1, 5, 5), (0, 0, 45), (200, 5, 5)])
def test_a_start_outside_the_scan_is_refused(
    spine: Make, card: Make, oracle: Make, voxel: tuple[int, int, int]
) -> None:
    walk = prepare(spine().scan, card(), oracle(spine()))

    with pytest.raises(
        SegmentationFailed, match=r"lies outside the scan, which has \(93, 48, 45\)"
    ):
        walk.events(start=voxel)


def test_both_ways_need_a_start(spine: Make, card: Make, oracle: Make) -> None:
    walk = prepare(spine().scan, card(), oracle(spine()))

    with pytest.raises(SegmentationFailed, match="a start is needed"):
        walk.events(both=True)


def test_a_model_is_walked_only_the_way_it_was_trained(
    spine: Make, card: Make, oracle: Make
) -> None:
    down_only = card(directions=("down",))

    prepare(spine().scan, down_only, oracle(spine()))
    with pytest.raises(ModelIncompatible, match="trained to walk down only, not up"):
        prepare(spine().scan, down_only, oracle(spine()), direction="up")


def test_only_a_model_of_both_ways_looks_back_and_starts_again(
    spine: Make, card: Make, oracle: Make
) -> None:
    ways = {
        directions: prepare(spine().scan, card(directions=directions), oracle(spine())).config
        for directions in (("down",), ("down", "up"))
    }
    turns = [(config.looks_back, config.starts_again) for config in ways.values()]

    assert turns == [(False, False), (True, True)]


def test_the_papers_preset_brings_the_papers_way_back(
    spine: Make, card: Make, oracle: Make
) -> None:
    paper = PRESETS["paper"]
    like_paper = card(resampling=paper.resampling, refine_below_hu=paper.refine_below_hu)
    walk = prepare(spine().scan, like_paper, oracle(spine()))

    assert (walk.way_back.resampling, walk.way_back.refine_below_hu) == ("nearest", 200.0)


def test_importing_the_pipeline_loads_no_torch() -> None:
    code = (
        "import sys, napari_vertseg as n\n"
        "n.segment, n.read_scan\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
