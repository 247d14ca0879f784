"""The oracle walks real spines: facets and spinous processes reach across their neighbours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from napari_vertseg.traversal import (
    OraclePredictor,
    TraversalConfig,
    VertebraFound,
    traverse,
    traverse_from,
)
from napari_vertseg.volume import Grid, Orientation, Zyx, ZyxFloat, resample_nearest

CONFIG = TraversalConfig(spacing_mm=3.0, patch_shape=Zyx(44, 44, 44), search_min_hu=0.0)


@pytest.fixture(scope="module", params=["verse009", "gl003"])
def real_spine(request, shared_data: Path):
    """T2 to L5, and C1 to T5, on a 3 mm grid."""
    image = nib.load(shared_data / "labels-only" / request.param / "vertebrae.nii.gz")
    stored = Grid(Zyx(*image.shape), image.affine)
    turn = Orientation.of(image.affine)
    grid = turn.apply_to_grid(stored)
    labels = turn.apply(np.asarray(image.dataobj).astype(np.int16))
    return resample_nearest(labels, grid, grid.resized(ZyxFloat(3.0, 3.0, 3.0)))


@pytest.mark.parametrize("direction", ["down", "up"])
def test_every_vertebra_is_found_in_order(real_spine, drain, true_labels, direction):
    config = replace(CONFIG, direction=direction)
    _, state = drain(traverse(real_spine, OraclePredictor(real_spine), config))
    expected = [int(v) for v in np.unique(real_spine) if v]

    assert true_labels(real_spine, state) == expected[:: 1 if direction == "down" else -1]
    assert not any(v.is_jump for v in state.found)
    assert state.step <= 3.5 * len(expected)


@pytest.mark.parametrize("direction", ["down", "up"])
def test_starts_anywhere_return_the_vertebra_they_lie_in(real_spine, direction):
    rng = np.random.default_rng(0)
    config = replace(CONFIG, direction=direction)
    right = []
    for label in np.unique(real_spine)[1:]:
        inside = np.argwhere(real_spine == label)
        for voxel in inside[rng.choice(len(inside), 3, replace=False)]:
            walk = traverse_from(
                real_spine, OraclePredictor(real_spine), config, Zyx(*map(int, voxel))
            )
            first = next(e.vertebra for e in walk if isinstance(e, VertebraFound))
            right.append(bool((real_spine[first.slices][first.mask] == label).all()))

    assert np.mean(right) >= 0.95


def test_both_ways_from_any_vertebra_finds_all_of_them(real_spine, drain, true_labels):
    expected = [int(v) for v in np.unique(real_spine) if v]
    for label in expected[::3]:
        inside = np.argwhere(real_spine == label)
        start = Zyx(*map(int, inside[len(inside) // 2]))
        _, state = drain(traverse_from(real_spine, OraclePredictor(real_spine), CONFIG, start))

        assert sorted(true_labels(real_spine, state)) == expected
