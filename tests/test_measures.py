from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.measures import measure, measure_all
from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.volume import Grid, Scan, Zyx, ZyxFloat

GRID = Grid.canonical((20, 30, 40), (2.0, 0.5, 1.0))


START = Zyx(4, 5, 6)


def _instance(mask, start=START, **known):
    settled = {
        "completeness": 1.0,
        "is_complete": True,
        "confidence": 1.0,
        "entropy": 0.0,
        "last_overlap": 1.0,
        "steps": 2,
        "is_cut_by_patch": False,
        "direction": "down",
    }
    return VertebraInstance(**{"id": 1, "start": start, "mask": mask} | settled | known)


def test_volume_extent_and_place_of_a_box_are_those_of_the_box():
    found = measure(_instance(np.ones((3, 4, 5), dtype=bool)), GRID)
    assert found.volume_mm3 == pytest.approx(3 * 4 * 5 * 1.0)
    assert found.extent_mm == ZyxFloat(6.0, 2.0, 5.0)
    assert found.centroid_voxel == ZyxFloat(5.0, 6.5, 8.0)
    # Canonical axes run down, back and left: all three are negative in RAS.
    assert found.centroid_mm == pytest.approx((-8.0, -3.25, -10.0))
    assert (found.components, found.touches_border, found.mean_hu) == (1, False, None)


def test_centroid_follows_an_oblique_affine():
    affine = np.array([[0, 0.1, 2, 7], [0, -1, 0.2, 8], [-3, 0, 0, 9], [0, 0, 0, 1.0]])
    grid = Grid(Zyx(20, 30, 40), affine)
    found = measure(_instance(np.ones((1, 1, 1), dtype=bool)), grid)
    assert found.centroid_mm == pytest.approx((affine @ [4, 5, 6, 1])[:3])


def test_an_empty_margin_of_the_crop_changes_nothing():
    mask = np.zeros((6, 6, 6), dtype=bool)
    mask[1:4, 1:5, 1:6] = True
    wide = measure(_instance(mask, start=Zyx(3, 4, 5)), GRID)
    assert wide == measure(_instance(np.ones((3, 4, 5), dtype=bool)), GRID)


def test_mean_hu_is_taken_inside_the_mask_only():
    voxels = np.full(GRID.shape, -1000, dtype=np.int16)
    voxels[4:6, 5:7, 6:8] = 300
    voxels[4, 5, 6] = 700
    mask = np.ones((2, 2, 2), dtype=bool)
    assert measure(_instance(mask), GRID, voxels).mean_hu == pytest.approx(350.0)


def test_parts_are_counted_and_corners_connect():
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = mask[4, 4, 4] = True
    assert measure(_instance(mask), GRID).components == 2


@pytest.mark.parametrize(
    ("start", "touches"),
    [
        (Zyx(0, 5, 5), True),
        (Zyx(1, 1, 1), False),
        (Zyx(18, 5, 5), True),
        (Zyx(17, 27, 37), False),
        (Zyx(5, 28, 5), True),
        (Zyx(5, 5, 0), True),
    ],
)
def test_contact_with_each_face_is_seen(start, touches):
    mask = np.ones((2, 2, 2), dtype=bool)
    assert measure(_instance(mask, start=start), GRID).touches_border is touches


def test_all_vertebrae_are_measured_under_the_number_of_the_label_map():
    one = np.ones((2, 2, 2), dtype=bool)
    chain = tuple(
        _instance(one, start=Zyx(z, 5, 5), id=i, level=level)
        for i, (z, level) in enumerate([(2, Level.T12), (8, Level.L1)])
    )
    scan = Scan.from_canonical(np.full(GRID.shape, 120, dtype=np.int16), GRID)
    measured = measure_all(Segmentation(GRID, chain), scan)
    assert [number for number, _ in measured] == [19, 20]
    assert [m.mean_hu for _, m in measured] == [120.0, 120.0]
    assert [m.centroid_voxel.z for _, m in measured] == [2.5, 8.5]


def test_a_scan_on_another_grid_is_refused():
    other = Grid.canonical((20, 30, 40), (2.0, 0.5, 2.0))
    scan = Scan.from_canonical(np.zeros(other.shape, dtype=np.int16), other, name="chest")
    with pytest.raises(ValueError, match="chest"):
        measure_all(Segmentation(GRID, ()), scan)
