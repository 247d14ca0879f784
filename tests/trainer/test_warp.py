"""A pose moves anatomy without inventing any, and knows what it pushes off the grid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.training import AugmentConfig
from napari_vertseg.volume import Grid
from vertseg_trainer.warp import Warp, draw_warp

STILL = AugmentConfig(warp_share=0.0)
MOVED = AugmentConfig(warp_share=1.0)


def offsets_mm(count: int, spacing_mm: float) -> NDArray[np.float64]:
    """Of voxel centres from the middle of an axis."""
    return (np.arange(count) - (count - 1) / 2) * spacing_mm


def warp_of(seed: int, config: AugmentConfig, grid: Grid, spacing_mm: float = 2.0) -> Warp:
    return draw_warp(np.random.default_rng(seed), grid, spacing_mm, config)


@pytest.fixture
def grid() -> Grid:
    return Grid.canonical((30, 24, 20), (1.0, 1.5, 2.5))


@pytest.mark.parametrize("seed", range(4))
def test_without_a_pose_it_is_plain_resampling(grid: Grid, seed: int) -> None:
    """A ramp in millimetres comes back as the same ramp, centred on the same place."""
    warp = warp_of(seed, STILL, grid)
    axes = [offsets_mm(n, s) for n, s in zip(grid.shape, grid.spacing_mm, strict=True)]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    reach = [axis[-1] for axis in axes]
    ramp = (2 * z + 3 * y - x).astype(np.float32)

    sampled = warp.intensity(ramp, outside=999.0)

    z, y, x = np.meshgrid(*[offsets_mm(n, 2.0) for n in sampled.shape], indexing="ij")
    well_inside = (abs(z) <= reach[0]) & (abs(y) <= reach[1]) & (abs(x) <= reach[2])
    assert well_inside.sum() > 500
    np.testing.assert_allclose(sampled[well_inside], (2 * z + 3 * y - x)[well_inside], atol=1e-3)
    assert set(sampled[~warp.inside].tolist()) <= {999.0}
    assert warp.scale == 1.0
    assert warp.grid.spacing_mm == (2.0, 2.0, 2.0)
    assert sampled.shape == tuple(warp.grid.shape)


def test_the_whole_case_lies_on_the_grid(grid: Grid) -> None:
    labels = np.ones(grid.shape, dtype=np.uint8)
    for seed in range(5):
        warp = warp_of(seed, STILL, grid)
        extent = np.array(warp.grid.shape) * 2.0 - np.array([30.0, 36.0, 50.0])
        assert ((extent >= 0) & (extent < 4.0)).all()
        assert warp.counts(labels)[1] == warp.labels(labels).sum() == warp.inside.sum()


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_never_interpolated(grid: Grid, seed: int) -> None:
    labels = np.random.default_rng(0).choice([0, 3, 200], grid.shape).astype(np.uint8)

    warped = warp_of(seed, MOVED, grid).labels(labels)

    assert warped.dtype == np.uint8
    assert set(np.unique(warped)) == {0, 3, 200}


def test_half_way_positions_do_not_repeat_voxels() -> None:
    """On a grid of the same spacing, half a voxel aside, each plane is taken once."""
    grid = Grid.canonical((12, 12, 12), (2.0, 2.0, 2.0))
    planes = np.broadcast_to(np.arange(1, 13, dtype=np.uint8)[:, None, None], (12, 12, 12))
    shifted = next(
        warp
        for warp in (warp_of(seed, STILL, grid) for seed in range(20))
        if warp.grid.shape.z == 13
    )

    column = shifted.labels(planes)[:, 6, 6]

    assert sorted(set(column.tolist()) - {0}) == list(range(1, 13))


def test_beyond_the_case_there_is_nothing() -> None:
    grid = Grid.canonical((20, 20, 20), (2.0, 2.0, 2.0))
    turned = replace(MOVED, rotation_degrees=80.0, elastic_mm=0.0)
    warp = warp_of(1, turned, grid)

    assert not warp.inside.all()
    assert not warp.labels(np.ones(grid.shape, np.uint8))[~warp.inside].any()
    assert (warp.intensity(np.ones(grid.shape, np.int16), -5.0)[~warp.inside] == -5.0).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_rotation_alone_keeps_volumes(seed: int) -> None:
    grid = Grid.canonical((50, 40, 40), (1.0, 1.0, 1.0))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[15:35, 12:28, 12:28] = 7
    config = replace(MOVED, elastic_mm=0.0, scale=(1.0, 1.0), rotation_degrees=40.0)

    counts = warp_of(seed, config, grid, spacing_mm=1.0).counts(labels)

    assert counts[7] == pytest.approx((labels == 7).sum(), rel=0.03)


def test_scale_grows_the_anatomy(grid: Grid) -> None:
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[8:22, 6:18, 5:15] = 7
    config = replace(MOVED, elastic_mm=0.0, rotation_degrees=0.0, scale=(1.2, 1.2 + 1e-9))

    warp = warp_of(0, config, grid, spacing_mm=1.0)

    assert warp.scale == pytest.approx(1.2)
    volume = (labels == 7).sum() * grid.voxel_mm3
    assert warp.counts(labels)[7] == pytest.approx(volume * 1.2**3, rel=0.05)


def test_what_a_pose_pushes_off_the_grid_still_counts() -> None:
    """Else a vertebra cut by the edge of the grid would pass for a complete one (P19)."""
    grid = Grid.canonical((80, 20, 20), (2.0, 2.0, 2.0))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[:6] = 20
    labels[37:43] = 22
    config = replace(MOVED, elastic_mm=0.0, scale=(1.0, 1.0), rotation_degrees=50.0)

    cut = 0
    for seed in range(8):
        warp = warp_of(seed, config, grid)
        left, all_of_it = (
            np.bincount(warp.labels(labels).ravel(), minlength=256),
            warp.counts(labels),
        )
        assert all_of_it[20] == pytest.approx((labels == 20).sum(), rel=0.05)
        assert left[22] > 0.9 * all_of_it[22]
        cut += int(left[20] < 0.9 * all_of_it[20])
    assert cut >= 4


def test_the_same_seed_gives_the_same_pose_and_another_another(grid: Grid) -> None:
    first, again, other = (warp_of(seed, MOVED, grid) for seed in (3, 3, 4))

    np.testing.assert_array_equal(first.coordinates, again.coordinates)
    assert first.coordinates.shape != other.coordinates.shape or not np.array_equal(
        first.coordinates, other.coordinates
    )


def test_poses_are_drawn_as_often_as_asked(grid: Grid) -> None:
    config = replace(MOVED, warp_share=0.3)
    posed = [warp_of(seed, config, grid).scale != 1.0 for seed in range(100)]

    assert 0.15 < np.mean(posed) < 0.45
