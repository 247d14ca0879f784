from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.pictures.drawn import drawn_from_labels, drawn_from_segmentation
from napari_vertseg.pictures.planes import SpinePlanes
from napari_vertseg.volume import Grid, Zyx


@pytest.mark.parametrize("view", ["sagittal", "coronal"])
def test_a_bent_spine_stays_in_both_planes(segmentation, grid, view):
    vertebrae = drawn_from_segmentation(segmentation())
    planes = SpinePlanes.through(vertebrae, grid)
    shown = [planes.cut_crop(v.mask, v.start, view).sum() for v in vertebrae]
    assert min(shown) > 100
    if view == "sagittal":
        flat = [v.start.x <= grid.shape.x // 2 < v.start.x + v.mask.shape[2] for v in vertebrae]
        assert not all(flat), "a flat plane would have done: the test proves nothing"


def test_the_coronal_plane_passes_the_bodies_not_the_canal(segmentation, grid):
    vertebrae = drawn_from_segmentation(segmentation())
    planes = SpinePlanes.through(vertebrae, grid)
    for vertebra in vertebrae:
        # Rows 20 to 35 are body, 36 to 41 the canal, the centroid lies near its front.
        assert 22 <= planes.y[round(vertebra.body.z)] <= 33
        assert vertebra.centroid.y > vertebra.body.y


def test_a_cut_body_keeps_its_middle_in_the_body(grid):
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[:3, 20:50, 30:70] = 1  # the lower end of a body, six millimetres of it
    labels[:8, 60:70, 45:55] = 1  # its spinous process
    (vertebra,) = drawn_from_labels(labels, grid.spacing_mm)
    assert 28 <= vertebra.body.y <= 41
    assert vertebra.body.z < 3


def test_between_and_beyond_vertebrae_the_plane_goes_straight_on():
    grid = Grid.canonical((60, 30, 60), (1.0, 1.0, 1.0))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    labels[10:13, 10:13, 9:12] = 1
    labels[40:43, 10:13, 39:42] = 2
    planes = SpinePlanes.through(drawn_from_labels(labels, grid.spacing_mm), grid)
    assert planes.x[11] == 10
    assert planes.x[41] == 40
    assert planes.x[26] == 25
    assert set(planes.x[:11]) == {10}
    assert set(planes.x[42:]) == {40}


def test_without_vertebrae_the_planes_are_the_middle(grid):
    planes = SpinePlanes.through([], grid)
    assert set(planes.x) == {50}
    assert set(planes.y) == {40}


def test_a_cut_shows_the_voxels_it_passes():
    grid = Grid.canonical((4, 5, 6), (1.0, 1.0, 1.0))
    volume = np.arange(120).reshape(grid.shape)
    planes = SpinePlanes(y=np.array([0, 1, 2, 4]), x=np.array([5, 0, 1, 2]))
    assert np.array_equal(planes.cut(volume, "sagittal")[1], volume[1, :, 0])
    assert np.array_equal(planes.cut(volume, "coronal")[3], volume[3, 4, :])
    crop = np.ones((2, 2, 2), dtype=bool)
    hit = planes.cut_crop(crop, Zyx(1, 1, 0), "sagittal")
    assert hit.tolist() == [[True, True], [True, True]]
    missed = planes.cut_crop(crop, Zyx(2, 1, 2), "sagittal")
    assert missed.tolist() == [[False, False], [True, True]]
