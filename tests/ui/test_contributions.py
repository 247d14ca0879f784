"""What the manifest promises to napari."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_vertseg.errors import OutputRefused, ScanUnreadable
from napari_vertseg.io import read_labels, write_labels, write_scan
from napari_vertseg.ui.chain import Chain
from napari_vertseg.ui.contributions import (
    get_reader,
    read_layers,
    sample_phantom_with_truth,
    write_vertebrae,
)
from napari_vertseg.ui.marks import KEY, Role
from napari_vertseg.ui.scan_layer import scan_of
from napari_vertseg.volume import Grid, Orientation, Scan, Zyx

MANIFEST = Path(import_module("napari_vertseg").__file__).with_name("napari.yaml")


@pytest.fixture
def manifest() -> Any:
    npe2 = pytest.importorskip("npe2")
    return npe2.PluginManifest.from_file(MANIFEST)


@pytest.fixture
def ct() -> Scan:
    """A scan whose file has another order than ours: feet first, left to right."""
    rng = np.random.default_rng(0)
    affine = np.diag([0.8, 0.9, 2.0, 1.0])
    stored = Grid(Zyx(10, 12, 8), affine)
    turn = Orientation.of(affine)
    voxels = turn.apply(rng.integers(-800, 1200, stored.shape).astype(np.int16))
    return Scan(voxels, turn.apply_to_grid(stored), stored, turn, name="ct")


class Layer:
    """A layer as far as its metadata go."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.metadata = settings["metadata"]


def test_every_command_leads_to_a_function_that_qt_free_ones_find_without_qt(
    manifest: Any,
) -> None:
    names = [command.python_name for command in manifest.contributions.commands]
    free = [name for name in names if "contributions" in name]

    assert len(free) == 4
    for name in free:
        module, function = name.split(":")
        assert callable(getattr(import_module(module), function))


def test_every_panel_is_offered_as_a_widget(manifest: Any) -> None:
    assert {w.display_name for w in manifest.contributions.widgets} == {
        "Compare",
        "Models",
        "Project",
        "Queue",
        "Effort",
        "Retrain",
        "Scan",
        "Walk",
        "Replay",
        "Correct",
        "Vertebrae",
    }


def test_a_scan_arrives_upright_with_scale_only(ct: Scan, tmp_path: Path) -> None:
    write_scan(tmp_path / "ct.nii.gz", ct)
    ((voxels, settings, kind),) = read_layers(str(tmp_path / "ct.nii.gz"))

    assert kind == "image"
    assert np.array_equal(voxels, ct.voxels)
    assert np.allclose(settings["scale"], ct.grid.spacing_mm)
    assert settings["units"] == ("mm", "mm", "mm")
    assert not {"affine", "rotate", "shear", "translate"} & set(settings)
    assert scan_of(Layer(settings)).stored_grid.is_same(ct.stored_grid)


def test_a_mask_arrives_as_labels(ct: Scan, tmp_path: Path) -> None:
    mask = (ct.voxels > 600).astype(np.uint8) * 3
    write_labels(tmp_path / "mask.nii.gz", mask, ct)
    ((labels, settings, kind),) = read_layers([str(tmp_path / "mask.nii.gz")])

    assert kind == "labels"
    assert np.array_equal(labels, mask)
    assert settings["metadata"][KEY]["grid"].is_same(ct.grid)


def test_what_is_neither_says_why_it_is_no_scan(tmp_path: Path) -> None:
    (tmp_path / "notes.nii.gz").write_bytes(b"shopping list")

    with pytest.raises(ScanUnreadable, match="known format"):
        read_layers(str(tmp_path / "notes.nii.gz"))


def test_several_files_are_only_taken_as_a_dicom_series() -> None:
    assert get_reader("scan.nii.gz") is not None
    assert get_reader(["1.dcm", "2.dcm"]) is not None
    assert get_reader(["a.nii.gz", "b.nii.gz"]) is None


def test_a_labels_layer_is_written_on_the_grid_of_its_scan(ct: Scan, tmp_path: Path) -> None:
    labels = (ct.voxels > 600).astype(np.uint8)
    metadata = {KEY: {"scan": ct}}
    (written,) = write_vertebrae(str(tmp_path / "v.nii.gz"), labels, {"metadata": metadata})
    back, grid = read_labels(written, like=ct)

    assert np.array_equal(back, labels)
    assert grid.is_same(ct.grid)


def test_ids_are_written_as_numbers_from_the_top(ct: Scan, tmp_path: Path) -> None:
    from napari_vertseg.ui.proposals import instances_of
    from napari_vertseg.ui.records import VertebraRecord

    labels = np.zeros(ct.grid.shape, np.uint8)
    labels[1:3], labels[5:7] = 9, 4
    chain = Chain(ct.grid)
    for value, instance, measures in instances_of(labels, ct, first_id=1):
        object.__setattr__(instance, "id", value)
        chain.add(VertebraRecord(instance=instance, measures=measures))
    metadata = {KEY: {"scan": ct, "chain": chain}}
    (written,) = write_vertebrae(str(tmp_path / "v.mha"), labels, {"metadata": metadata})

    assert list(read_labels(written, like=ct)[0][:, 0, 0]) == [0, 1, 1, 0, 0, 2, 2, 0]


def test_a_layer_of_no_scan_is_not_written_without_its_place(tmp_path: Path) -> None:
    with pytest.raises(OutputRefused, match="belongs to no scan"):
        write_vertebrae(str(tmp_path / "v.nii.gz"), np.ones((3, 3, 3), np.uint8), {"name": "x"})


def test_the_sample_is_a_spine_with_its_truth() -> None:
    (image, settings, _), (truth, _, kind) = sample_phantom_with_truth()
    scan = scan_of(Layer(settings))

    assert kind == "labels"
    assert image.shape == truth.shape
    assert len(np.unique(truth)) > 6
    assert 26 not in truth
    assert scan.voxels[truth > 0].mean() > scan.voxels[truth == 0].mean() + 150
    assert settings["metadata"][KEY]["mark"].role is Role.SCAN
