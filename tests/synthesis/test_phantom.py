"""Phantoms: exact labels, exact completeness, nothing outside the committed ranges."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.synthesis import (
    DEFAULT_RANGES,
    FieldOfView,
    Phantom,
    PhantomParameters,
    PhantomRanges,
    Tissue,
    build_phantom_anatomy,
    draw_phantom,
    make_phantom,
    random_anatomy,
)

SPACING = (2.0, 2.0, 2.0)


def plain(seed: int, **changes: object) -> PhantomParameters:
    """An upright adult without fractures, seen from T9 to L2 unless asked otherwise."""
    drawn = draw_phantom(np.random.default_rng(seed))
    upright = replace(drawn.curvature, scoliosis_deg=0.0, lean_deg=0.0, roll_deg=0.0, yaw_deg=0.0)
    parameters = replace(
        drawn,
        levels=tuple(Level(v) for v in range(1, 25)),
        disc_factors=(0.9,) * 24,
        fractures=(),
        scale=1.0,
        curvature=replace(upright, cervical=1.0, thoracic=1.0, lumbar=1.0),
        field_of_view=FieldOfView(15.2, 190.0, 60.0, 100.0, 70.0, 70.0),
    )
    return replace(parameters, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return make_phantom(plain(1), spacing_mm=SPACING)


def test_the_same_seed_makes_the_same_phantom() -> None:
    one, two = (make_phantom(plain(5), spacing_mm=(4.0, 3.0, 3.0)) for _ in range(2))
    assert np.array_equal(one.scan.voxels, two.scan.voxels)
    assert np.array_equal(one.labels, two.labels)
    assert one.parameters == two.parameters


def test_another_seed_makes_another_phantom() -> None:
    assert draw_phantom(np.random.default_rng(0)) != draw_phantom(np.random.default_rng(1))


def test_labels_and_scan_share_a_grid(phantom: Phantom) -> None:
    assert phantom.labels.shape == phantom.scan.voxels.shape == tuple(phantom.scan.grid.shape)
    assert phantom.labels.dtype == np.uint8
    assert tuple(phantom.scan.grid.spacing_mm) == pytest.approx(SPACING)


def test_vertebrae_follow_each_other_head_to_foot(phantom: Phantom) -> None:
    heights = [np.argwhere(phantom.labels == level)[:, 0].mean() for level in phantom.levels]
    assert len(heights) >= 6
    assert np.all(np.diff(heights) > 0)
    assert list(phantom.levels) == sorted(phantom.levels)


def test_every_vertebra_is_one_piece_of_believable_size(phantom: Phantom) -> None:
    from scipy import ndimage

    for level in phantom.levels:
        if phantom.is_complete[level]:
            mask = phantom.labels == level
            assert ndimage.label(mask, np.ones((3, 3, 3)))[1] == 1
            volume_cm3 = mask.sum() * phantom.scan.grid.voxel_mm3 / 1000
            assert 12 < volume_cm3 < 90, level


def test_bodies_are_parted_by_discs(phantom: Phantom) -> None:
    """Down the line through two neighbouring body centres runs a stretch of neither."""
    inner = [level for level in phantom.levels if phantom.is_complete[level]]
    for above, below in itertools.pairwise(inner):
        first, second = (body_center(phantom, level) for level in (above, below))
        line = np.rint(np.linspace(first, second, 60)).astype(int)
        seen = phantom.labels[tuple(line.T)]
        assert set(seen.tolist()) <= {0, int(above), int(below)}
        assert np.count_nonzero(seen == 0) >= 3


def body_center(phantom: Phantom, level: Level) -> np.ndarray:
    """Deepest voxel of the vertebra: only the body is thick."""
    from scipy import ndimage

    depth = ndimage.distance_transform_edt(phantom.labels == level)
    return np.array(np.unravel_index(depth.argmax(), depth.shape), dtype=float)


def test_the_canal_is_open_all_the_way(phantom: Phantom) -> None:
    """Behind every body lies a hole that the arch closes at the back."""
    for level in (Level.T11, Level.T12, Level.L1):
        mask = phantom.labels == level
        z, y, x = body_center(phantom, level).astype(int)
        profile = mask[max(z - 4, 0) : z + 12, y:, x].any(axis=0)
        gap = np.flatnonzero(~profile)[0]
        assert profile[gap:].any(), level
        assert 8 <= 2.0 * np.argmax(profile[gap:]) <= 30, level


def test_visible_share_is_exact_against_an_uncut_view() -> None:
    """What a cut view reports equals the voxel ratio to the same phantom seen whole."""
    cut = build_phantom_anatomy(plain(2), SPACING)
    wide_view = FieldOfView(13.2, 330.0, 60.0, 100.0, 70.0, 70.0)
    whole = build_phantom_anatomy(plain(2, field_of_view=wide_view), SPACING)
    for value, share in cut.visible_share.items():
        seen = np.count_nonzero(cut.anatomy.vertebrae == value)
        full = np.count_nonzero(whole.anatomy.vertebrae == value)
        assert whole.visible_share[value] == 1.0
        # The lattices differ by a fraction of a voxel.
        assert share == pytest.approx(seen / full, abs=0.04), value


def test_vertebrae_cut_by_the_border_are_incomplete(phantom: Phantom) -> None:
    first, last = phantom.levels[0], phantom.levels[-1]
    assert (phantom.labels[0] == first).any()
    assert not phantom.is_complete[first]
    assert not phantom.is_complete[last]
    assert all(phantom.is_complete[level] for level in (Level.T11, Level.T12))
    for value, share in phantom.visible_share.items():
        assert 0 < share <= 1
        assert phantom.is_complete[value] == (share >= phantom.parameters.complete_share)


def test_a_view_too_narrow_for_the_processes_cuts_the_vertebra() -> None:
    narrow = FieldOfView(15.2, 190.0, 60.0, 100.0, 12.0, 70.0)
    made = build_phantom_anatomy(plain(1, field_of_view=narrow), SPACING)
    assert not any(made.anatomy.is_complete.values())


def test_labelled_vertebrae_are_bone_and_nothing_else(phantom: Phantom) -> None:
    anatomy = build_phantom_anatomy(plain(1), SPACING).anatomy
    labelled = anatomy.vertebrae > 0
    assert set(np.unique(anatomy.structures[labelled]).tolist()) <= {
        int(Tissue.VERTEBRA),
        int(Tissue.SACRUM),
    }
    assert not np.isin(
        anatomy.structures[~labelled], [int(Tissue.VERTEBRA), int(Tissue.SACRUM)]
    ).any()


def test_the_sacrum_is_labelled_26_below_the_last_lumbar_vertebra() -> None:
    view = FieldOfView(22.0, 200.0, 90.0, 120.0, 80.0, 80.0)
    anatomy = build_phantom_anatomy(plain(3, field_of_view=view), SPACING).anatomy
    sacrum = np.argwhere(anatomy.vertebrae == Level.S1)
    last = np.argwhere(anatomy.vertebrae == Level.L5)
    assert len(sacrum) > len(last)
    assert sacrum[:, 0].mean() > last[:, 0].mean()


def test_the_neck_has_a_ring_and_a_tooth_within_it() -> None:
    view = FieldOfView(-1.0, 120.0, 60.0, 90.0, 70.0, 70.0)
    anatomy = build_phantom_anatomy(plain(4, field_of_view=view), (1.0, 1.0, 1.0)).anatomy
    ring = np.argwhere(anatomy.vertebrae == Level.C1)
    axis = np.argwhere(anatomy.vertebrae == Level.C2)
    assert axis[:, 0].min() < ring[:, 0].max(), "the tooth reaches up into the ring"
    tooth = axis[axis[:, 0] <= ring[:, 0].mean()]
    assert len(tooth) > 0
    assert ring[:, 1].min() < tooth[:, 1].min()
    assert ring[:, 1].max() > tooth[:, 1].max()


@pytest.mark.parametrize("kind", ["wedge", "biconcave", "crush"])
def test_a_fracture_takes_height(kind: str) -> None:
    from napari_vertseg.synthesis import Fracture

    whole = build_phantom_anatomy(plain(6), SPACING).anatomy.vertebrae
    broken = build_phantom_anatomy(
        plain(6, fractures=(Fracture(Level.T12, kind, 0.5),)), SPACING
    ).anatomy.vertebrae
    before, after = (np.count_nonzero(v == Level.T12) for v in (whole, broken))
    assert after < 0.93 * before


def test_thick_slices_keep_labels_and_average_bone() -> None:
    """The middle of a thick slice carries the labels; its values lie in between."""
    thick = make_phantom(plain(1), spacing_mm=(5.0, 2.0, 2.0))
    assert thick.scan.grid.spacing_mm.z == pytest.approx(5.0)
    assert set(thick.levels) >= {Level.T11, Level.T12, Level.L1}


def test_averaging_thin_slices_keeps_the_noise_of_thick_ones() -> None:
    """Rendered finely and averaged, a thick slice is as noisy as it should be."""
    parameters = plain(1)
    noisy = replace(parameters.appearance, noise_hu=60.0, noise_mm=(0.3, 0.3), sharpening=0.0)
    quiet = replace(noisy, noise_hu=0.0)
    scans = [
        make_phantom(replace(parameters, appearance=a), spacing_mm=(4.0, 2.0, 2.0)).scan.voxels
        for a in (noisy, quiet)
    ]
    inside = scans[1] > -900
    difference = (scans[0].astype(float) - scans[1])[inside]
    assert difference.std() == pytest.approx(60.0 / np.sqrt(4.0), rel=0.15)


def test_ranges_are_the_committed_ones() -> None:
    """They may grow, never shrink: whoever narrows one must answer to this test."""
    at_least = {
        "scale": (0.75, 1.2),
        "bone_density": (0.0, 1.0),
        "scoliosis_deg": (4.0, 26.0),
        "thoracic_kyphosis": (0.3, 2.0),
        "lumbar_lordosis": (0.1, 1.5),
        "cervical_lordosis": (-0.6, 1.8),
        "fracture_loss": (0.15, 0.6),
        "noise_hu": (5.0, 120.0),
        "slice_mm": (0.6, 5.0),
        "pixel_mm": (0.5, 2.0),
        "height_mm": (70.0, 750.0),
        "side_mm": (38.0, 230.0),
        "front_mm": (28.0, 230.0),
        "back_mm": (62.0, 160.0),
    }
    for name, (low, high) in at_least.items():
        value = getattr(DEFAULT_RANGES, name)
        assert value[0] <= low, name
        assert value[1] >= high, name
    assert DEFAULT_RANGES.fracture_share >= 0.35
    assert DEFAULT_RANGES.scoliosis_share >= 0.3
    assert DEFAULT_RANGES.metal_share >= 0.08
    assert DEFAULT_RANGES.osteoporosis_share >= 0.25
    assert {f.name for f in fields(PhantomRanges)} >= set(at_least)


def test_draws_stay_within_the_ranges_and_reach_their_ends() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_phantom(rng) for _ in range(400)]
    for values, limits in (
        ([p.scale for p in drawn], DEFAULT_RANGES.scale),
        ([p.bone_density for p in drawn], DEFAULT_RANGES.bone_density),
        ([p.spacing_mm.z for p in drawn], DEFAULT_RANGES.slice_mm),
        ([p.spacing_mm.x for p in drawn], DEFAULT_RANGES.pixel_mm),
        ([p.appearance.noise_hu for p in drawn], DEFAULT_RANGES.noise_hu),
        ([p.field_of_view.left_mm for p in drawn], DEFAULT_RANGES.side_mm),
        ([p.field_of_view.height_mm for p in drawn], DEFAULT_RANGES.height_mm),
    ):
        low, high = limits
        assert min(values) >= low
        assert max(values) <= high
        assert min(values) < low + 0.15 * (high - low)
        assert max(values) > high - 0.25 * (high - low)
    share = np.mean([bool(p.fractures) for p in drawn])
    assert share == pytest.approx(DEFAULT_RANGES.fracture_share, abs=0.08)
    assert any(p.appearance.screws for p in drawn)
    assert any(Level.L6 in p.levels for p in drawn)
    assert any(Level.L5 not in p.levels for p in drawn)


def test_random_anatomy_honours_the_voxel_limit() -> None:
    rng = np.random.default_rng(3)
    for _ in range(6):
        anatomy = random_anatomy(rng, 4.0, max_voxels=150_000).anatomy
        assert anatomy.vertebrae.size < 1.1 * 150_000
        assert set(anatomy.is_complete) == set(np.unique(anatomy.vertebrae).tolist()) - {0}


def test_training_sees_phantoms_as_their_own_scanner_does() -> None:
    """Appearances drawn apart from the anatomy never had pixels above 1.1 mm."""
    rng = np.random.default_rng(5)
    seen = [random_anatomy(rng, 8.0, max_voxels=40_000).appearance for _ in range(60)]

    coarse = np.mean([appearance.pixel_mm > 1.1 for appearance in seen])
    assert coarse > 0.25
    assert max(appearance.slice_mm for appearance in seen) > 4.0
