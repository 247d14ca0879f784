"""Real label maps made whole: labels untouched, plausible tissues around them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from napari_vertseg.synthesis import (
    TOTAL_SEGMENTATOR,
    AnatomyMap,
    FieldOfView,
    Tissue,
    build_phantom_anatomy,
    complete_anatomy,
    draw_phantom,
    tissue_of,
    tissues_of_structures,
)
from napari_vertseg.volume import Grid, Orientation, Zyx, ZyxFloat, resample_nearest


@pytest.fixture(scope="module")
def bare() -> AnatomyMap:
    """Vertebrae of a phantom, tightly cropped like the real label maps."""
    drawn = draw_phantom(np.random.default_rng(0))
    view = FieldOfView(18.0, 190.0, 50.0, 100.0, 60.0, 60.0)
    parameters = replace(drawn, field_of_view=view, fractures=())
    anatomy = build_phantom_anatomy(parameters, (3.0, 3.0, 3.0)).anatomy
    kept = np.where(np.isin(anatomy.vertebrae, [19, 20, 21, 22]), anatomy.vertebrae, 0)
    place = np.argwhere(kept)
    box = tuple(slice(a, b + 1) for a, b in zip(place.min(0), place.max(0), strict=True))
    labels = np.ascontiguousarray(kept[box]).astype(np.uint8)
    grid = Grid.canonical(labels.shape, (3.0, 3.0, 3.0))
    return AnatomyMap(grid, np.zeros_like(labels), labels)


def completed(bare: AnatomyMap, seed: int, *, pad: bool = True) -> AnatomyMap:
    return complete_anatomy(np.random.default_rng(seed), bare.vertebrae, None, bare.grid, pad=pad)


def test_the_same_seed_completes_the_same_way(bare: AnatomyMap) -> None:
    one, two = completed(bare, 1), completed(bare, 1)
    assert np.array_equal(one.structures, two.structures)
    assert np.array_equal(one.vertebrae, two.vertebrae)


def test_labels_keep_their_place_in_the_world(bare: AnatomyMap) -> None:
    """Padding moves the first voxel, never a vertebra."""
    for seed in range(4):
        made = completed(bare, seed)
        for value in (19, 22):
            before = bare.grid.to_world(np.argwhere(bare.vertebrae == value)).mean(axis=0)
            after = made.grid.to_world(np.argwhere(made.vertebrae == value)).mean(axis=0)
            assert after == pytest.approx(before, abs=1e-6)


def test_the_view_never_grows_along_z(bare: AnatomyMap) -> None:
    shapes = [completed(bare, seed).grid.shape for seed in range(8)]
    assert {shape.z for shape in shapes} == {bare.grid.shape.z}
    assert max(shape.x for shape in shapes) > bare.grid.shape.x


def test_without_padding_the_grid_stays(bare: AnatomyMap) -> None:
    assert completed(bare, 0, pad=False).grid.is_same(bare.grid)


def test_discs_lie_between_bodies_and_the_canal_behind(bare: AnatomyMap) -> None:
    made = completed(bare, 2)
    discs = np.argwhere(made.structures == Tissue.DISC)
    canal = np.argwhere(made.structures == Tissue.CANAL)
    assert len(discs) > 30
    assert len(canal) > 30
    assert canal[:, 1].mean() > discs[:, 1].mean()


def test_a_body_lies_around_the_spine(bare: AnatomyMap) -> None:
    made = completed(bare, 3)
    near = made.structures[:, :, made.grid.shape.x // 2]
    assert np.mean(near != Tissue.AIR) > 0.5
    assert (made.structures == Tissue.MUSCLE).any()


def test_completeness_comes_from_the_record(bare: AnatomyMap) -> None:
    made = complete_anatomy(
        np.random.default_rng(0), bare.vertebrae, None, bare.grid, is_complete={19: False}
    )
    assert made.is_complete == {19: False, 20: True, 21: True, 22: True}


def test_an_empty_label_map_is_completed_without_bone() -> None:
    grid = Grid.canonical((8, 9, 10), (3, 3, 3))
    made = complete_anatomy(np.random.default_rng(0), np.zeros((8, 9, 10), np.uint8), None, grid)
    assert not made.vertebrae.any()
    assert made.is_complete == {}


def test_every_structure_name_has_a_sensible_tissue() -> None:
    assert tissue_of("vertebrae_L3") is Tissue.VERTEBRA
    assert tissue_of("vertebrae_S1") is Tissue.SACRUM
    assert tissue_of("rib_left_7") is Tissue.RIB
    assert tissue_of("kidney_cyst_left") is Tissue.BLADDER
    assert tissue_of("kidney_left") is Tissue.KIDNEY
    assert tissue_of("pancreas") is Tissue.ORGAN
    table = tissues_of_structures(np.arange(len(TOTAL_SEGMENTATOR), dtype=np.uint8))
    assert table[0] == Tissue.AIR
    assert np.all(table[1:] != Tissue.AIR)


def test_structure_values_are_those_of_the_shared_data(shared_data: Path) -> None:
    names = json.loads((shared_data / "structures.json").read_text(encoding="utf-8"))
    assert {int(v): n for v, n in names.items()} == dict(enumerate(TOTAL_SEGMENTATOR[1:], start=1))


def canonical(path: Path) -> tuple[np.ndarray, Grid]:
    image = nib.load(path)
    stored = np.asarray(image.dataobj).astype(np.uint8)
    turn = Orientation.of(image.affine)
    grid = turn.apply_to_grid(Grid(Zyx(*stored.shape), image.affine))
    return np.ascontiguousarray(turn.apply(stored)), grid


def test_a_real_torso_keeps_its_organs_and_gains_a_body(shared_data: Path) -> None:
    folder = shared_data / "labels-only" / "torso327"
    labels, grid = canonical(folder / "vertebrae.nii.gz")
    organs, _ = canonical(folder / "structures.nii.gz")
    coarse = grid.resized(ZyxFloat(4.0, 4.0, 4.0))
    labels, organs = (resample_nearest(a, grid, coarse) for a in (labels, organs))
    made = complete_anatomy(np.random.default_rng(0), labels, organs, coarse)
    assert made.grid.is_same(coarse)
    assert np.array_equal(made.vertebrae, labels)
    liver = organs == TOTAL_SEGMENTATOR.index("liver")
    assert np.mean(made.structures[liver & (labels == 0)] == Tissue.LIVER) > 0.99
    named = (organs > 0).sum()
    assert (made.structures != Tissue.AIR).sum() > 1.3 * named
