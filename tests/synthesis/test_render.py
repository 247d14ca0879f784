"""Rendering: HU per tissue, shell around spongy bone, scanner effects, slabs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.synthesis import AnatomyMap, Appearance, Tissue, draw_appearance, render
from napari_vertseg.synthesis import render as render_function
from napari_vertseg.synthesis.acquisition import slice_matrix
from napari_vertseg.volume import Grid


@pytest.fixture
def appearance() -> Appearance:
    """Ordinary and quiet: no noise, no metal, no lesions, thin slices."""
    return replace(
        draw_appearance(np.random.default_rng(0)),
        cortical_hu=900.0,
        cortical_mm=0.8,
        surface_mm=0.0,
        endplate_gain=1.0,
        posterior_gain=1.5,
        shell_variation=0.0,
        rim_hu=0.0,
        trabecular_hu=150.0,
        trabecular_sd_hu=0.0,
        level_sd_hu=0.0,
        marrow_sd_hu=0.0,
        sclerotic_lesions=0,
        lytic_lesions=0,
        muscle_fat=0.0,
        soft_sd_hu=0.0,
        fat_strands=0.0,
        disc_gas=0.0,
        bowel_gas=0.0,
        lung_vessels=0.0,
        screws=0,
        metal_spots=0,
        plaque=0.0,
        heart_wall=0.0,
        disc_calcium=0.0,
        psf_mm=(0.5, 0.5, 0.5),
        sharpening=0.0,
        pixel_mm=1.0,
        slice_mm=1.0,
        slice_thickness_mm=1.0,
        noise_hu=0.0,
        bias_hu=0.0,
        shift_hu=0.0,
        is_field_round=False,
    )


def block(spacing: tuple[float, float, float] = (1.5, 1.5, 1.5)) -> AnatomyMap:
    """A bone cube of 45 mm in muscle, with a plate of 4.5 mm behind it."""
    structures = np.full((50, 60, 50), int(Tissue.MUSCLE), dtype=np.uint8)
    vertebrae = np.zeros_like(structures)
    vertebrae[10:40, 8:38, 10:40] = 20
    vertebrae[15:35, 45:48, 15:35] = 20
    structures[vertebrae > 0] = Tissue.VERTEBRA
    return AnatomyMap(Grid.canonical(structures.shape, spacing), structures, vertebrae)


def test_the_same_seed_renders_the_same_scan(appearance: Appearance) -> None:
    noisy = replace(appearance, noise_hu=20.0, soft_sd_hu=10.0, sclerotic_lesions=2)
    one, two = (render(block(), noisy, np.random.default_rng(4)) for _ in range(2))
    other = render(block(), noisy, np.random.default_rng(5))
    assert one.dtype == np.int16
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    "tissue", [t for t in Tissue if t not in (19, 20, 21, 22, 23, Tissue.METAL)]
)
def test_soft_tissues_get_their_mean(tissue: Tissue, appearance: Appearance) -> None:
    structures = np.full((12, 12, 12), int(tissue), dtype=np.uint8)
    anatomy = AnatomyMap(
        Grid.canonical(structures.shape, (2, 2, 2)), structures, np.zeros_like(structures)
    )
    voxels = render(anatomy, appearance, np.random.default_rng(0))
    assert voxels.mean() == pytest.approx(max(appearance.tissue_hu[tissue], -1024), abs=1.0)


def test_bone_has_a_bright_shell_around_a_darker_interior(appearance: Appearance) -> None:
    voxels = render(block(), appearance, np.random.default_rng(0)).astype(float)
    core = voxels[20:30, 18:28, 20:30].mean()
    # Partial volume: a shell of 0.8 mm in voxels of 1.5 mm.
    shell = voxels[10, 18:28, 20:30].mean()
    outside = voxels[5, 18:28, 20:30].mean()
    assert core == pytest.approx(150.0, abs=5)
    assert 300 < shell < 700
    assert outside == pytest.approx(appearance.tissue_hu[Tissue.MUSCLE], abs=5)


def test_thin_bone_is_denser_than_the_core_of_thick_bone(appearance: Appearance) -> None:
    voxels = render(block(), appearance, np.random.default_rng(0)).astype(float)
    plate = voxels[18:32, 45:48, 18:32].mean()
    assert plate > voxels[20:30, 18:28, 20:30].mean() + 100


def test_denser_shells_and_interiors_render_brighter(appearance: Appearance) -> None:
    dense = replace(appearance, trabecular_hu=300.0, cortical_hu=1200.0)
    weak, strong = (
        render(block(), a, np.random.default_rng(0)).astype(float) for a in (appearance, dense)
    )
    assert strong[25, 23, 25] == pytest.approx(300, abs=5)
    assert strong[10, 18:28, 20:30].mean() > weak[10, 18:28, 20:30].mean() + 80


def test_joints_between_two_vertebrae_stay_visible(appearance: Appearance) -> None:
    """Two labels that touch are parted by shells and a gap, not one block."""
    anatomy = block()
    vertebrae = anatomy.vertebrae.copy()
    vertebrae[25:][vertebrae[25:] == 20] = 21
    touching = replace(anatomy, vertebrae=vertebrae)
    whole, parted = (
        render(a, appearance, np.random.default_rng(0)).astype(float) for a in (anatomy, touching)
    )
    line = np.abs(parted - whole)[:, 20:26, 20:30].mean(axis=(1, 2))
    assert line[23:27].max() > 60
    assert line[14:18].max() < 5


def test_noise_is_as_strong_as_asked_on_the_scanners_own_grid(appearance: Appearance) -> None:
    noisy = replace(appearance, noise_hu=40.0, slice_mm=1.5, pixel_mm=1.5)
    # Slices of 1.5 mm collect half as many photons again as those of 1 mm.
    quiet = replace(noisy, noise_hu=0.0)
    difference = render(block(), noisy, np.random.default_rng(1)).astype(float) - render(
        block(), quiet, np.random.default_rng(1)
    )
    assert difference.std() == pytest.approx(40.0 / np.sqrt(1.5), rel=0.1)


def test_coarser_grids_see_less_of_the_noise(appearance: Appearance) -> None:
    noisy = replace(appearance, noise_hu=60.0, pixel_mm=0.5, slice_mm=0.6, noise_mm=(0.3, 0.3))
    structures = np.full((30, 40, 40), int(Tissue.MUSCLE), dtype=np.uint8)

    def noise_at(spacing: float) -> float:
        grid = Grid.canonical(structures.shape, (spacing,) * 3)
        anatomy = AnatomyMap(grid, structures, np.zeros_like(structures))
        return float(render(anatomy, noisy, np.random.default_rng(0)).std())

    assert noise_at(2.0) < 0.5 * noise_at(0.6)


def test_thick_slices_smear_along_z_only(appearance: Appearance) -> None:
    thick = replace(appearance, slice_mm=5.0, slice_thickness_mm=5.0)
    thin_voxels, thick_voxels = (
        render(block(), a, np.random.default_rng(0)).astype(float) for a in (appearance, thick)
    )
    across_z = [np.abs(np.diff(v[:, 23, 25])).max() for v in (thin_voxels, thick_voxels)]
    assert across_z[1] < 0.7 * across_z[0]
    in_plane = [np.abs(np.diff(v[25, 23, :])).max() for v in (thin_voxels, thick_voxels)]
    assert in_plane[1] == pytest.approx(in_plane[0], rel=0.1)


def test_slice_matrices_average_and_interpolate() -> None:
    matrices = slice_matrix(60, 2.0, slice_mm=5.0, thickness_mm=5.0, phase=0.3)
    assert matrices is not None
    seen, back = matrices
    assert seen.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert back.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    ramp = np.arange(60, dtype=float)
    again = back @ (seen @ ramp)
    assert again[6:-6] == pytest.approx(ramp[6:-6], abs=0.3)
    assert slice_matrix(60, 2.0, slice_mm=1.0, thickness_mm=1.0, phase=0.0) is None


def test_metal_is_the_brightest_and_throws_streaks(appearance: Appearance) -> None:
    screwed = replace(appearance, screws=1, streak_hu=200.0)
    plain, metal = (
        render(block(), a, np.random.default_rng(2)).astype(float) for a in (appearance, screwed)
    )
    assert metal.max() > 1200
    rows = np.flatnonzero((metal > 1200).any(axis=(1, 2)))
    away = np.abs(metal - plain)[rows][:, :, :5]
    assert away.mean() > 2


def test_a_volume_in_slabs_shows_no_seams(
    appearance: Appearance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without noise and grain a slab-wise rendering equals the whole one."""
    import sys

    soft = replace(appearance, soft_sd_hu=10.0, muscle_fat=0.2, fat_strands=0.2, bias_hu=10.0)
    whole = render(block(), soft, np.random.default_rng(3))
    module = sys.modules[render_function.__module__]
    monkeypatch.setattr(module, "_SLAB_VOXELS", 12 * 60 * 50)
    slabs = render(block(), soft, np.random.default_rng(3))
    assert np.abs(whole.astype(int) - slabs).max() <= 1


def test_nothing_leaves_the_range_of_a_scanner() -> None:
    rng = np.random.default_rng(11)
    for _ in range(6):
        voxels: NDArray[np.int16] = render(block(), draw_appearance(rng), rng)
        assert voxels.min() >= -1024
        assert voxels.max() <= 3071


def test_an_anatomy_without_bone_renders() -> None:
    structures = np.full((6, 7, 8), int(Tissue.FAT), dtype=np.uint8)
    anatomy = AnatomyMap(
        Grid.canonical((6, 7, 8), (2, 2, 2)), structures, np.zeros_like(structures)
    )
    rng = np.random.default_rng(0)
    assert render(anatomy, draw_appearance(rng), rng).shape == (6, 7, 8)


def test_appearances_cover_what_scans_look_like() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_appearance(rng) for _ in range(500)]
    core = [a.trabecular_hu for a in drawn]
    assert min(core) < 40 < 250 < max(core)
    assert any(a.screws for a in drawn)
    assert any(a.tissue_hu[Tissue.ARTERY] > 300 for a in drawn)
    assert any(a.tissue_hu[Tissue.ARTERY] < 60 for a in drawn)
    assert min(a.slice_mm for a in drawn) < 1.0
    assert max(a.slice_mm for a in drawn) > 4.5
    assert all(a.cortical_hu > a.trabecular_hu for a in drawn)
