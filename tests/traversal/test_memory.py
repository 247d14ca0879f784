from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.traversal import HalfSpace, InstanceMemory
from napari_vertseg.traversal.memory import plane_behind
from napari_vertseg.volume import Window, Zyx

WINDOW = Window(Zyx(5, 5, 5), Zyx(4, 4, 4))


def block(start, stop, shape=(4, 4, 4)):
    mask = np.zeros(shape, dtype=bool)
    mask[start:stop] = True
    return mask


def test_what_is_remembered_is_seen_through_any_window():
    memory = InstanceMemory.empty((10, 10, 10))
    memory.remember(WINDOW, block(0, 2), 1)
    moved = Window(Zyx(4, 5, 5), Zyx(4, 4, 4))

    assert np.array_equal(memory.occupied(WINDOW), block(0, 2))
    assert np.array_equal(memory.occupied(moved), block(1, 3))


def test_an_older_instance_keeps_its_voxels():
    memory = InstanceMemory.empty((10, 10, 10))
    memory.remember(WINDOW, block(0, 2), 1)
    added = memory.remember(WINDOW, block(1, 4), 2)

    assert added == 32
    assert [np.count_nonzero(memory.labels == i) for i in (1, 2)] == [32, 32]


def test_a_forgotten_instance_is_free_again_and_others_stay():
    memory = InstanceMemory.empty((10, 10, 10))
    memory.remember(WINDOW, block(0, 2), 1)
    memory.remember(WINDOW, block(2, 4), 2)
    memory.forget(1)

    assert np.array_equal(memory.occupied(WINDOW), block(2, 4))


def test_what_overhangs_the_scan_is_free_and_cannot_be_remembered():
    memory = InstanceMemory.empty((10, 10, 10))
    corner = Window(Zyx(0, 5, 5), Zyx(4, 4, 4))
    memory.remember(corner, np.ones((4, 4, 4), dtype=bool), 1)

    assert np.array_equal(memory.occupied(corner), block(2, 4))


@pytest.mark.parametrize(("direction", "done"), [("down", [0, 1]), ("up", [3])])
def test_a_half_space_covers_all_slices_behind_it(direction, done):
    memory = InstanceMemory.empty((10, 10, 10))
    memory.seed_half_space(5, direction)
    slices = np.flatnonzero(memory.occupied(WINDOW).all(axis=(1, 2)))

    assert list(slices) == done
    assert not memory.segmented(WINDOW).any()
    assert not memory.labels.any()


def test_a_half_space_goes_on_beyond_the_scan():
    """As training draws it: all voxels of the patch before the plane."""
    memory = InstanceMemory.empty((10, 10, 10))
    memory.seed_half_space(1, "down")
    corner = Window(Zyx(0, 0, 0), Zyx(4, 4, 4))

    assert np.array_equal(memory.occupied(corner), block(0, 3))


def test_turning_the_memory_turns_instances_and_half_space():
    memory = InstanceMemory.empty((10, 8, 8))
    memory.remember(WINDOW, block(0, 1), 3)
    memory.seed_half_space(2, "down")
    turned = memory.turned()
    everything = Window(Zyx(5, 4, 4), Zyx(10, 8, 8))

    assert np.array_equal(turned.occupied(everything), memory.occupied(everything)[::-1])
    assert turned.turned().half_space == HalfSpace(2, "down")
    turned.remember(everything, np.ones((10, 8, 8), dtype=bool), 4)
    assert (memory.labels > 0).all()


def test_any_label_map_becomes_a_memory_of_its_own():
    labels = np.zeros((4, 4, 4), dtype=np.int64)
    labels[1] = 300
    memory = InstanceMemory.from_labels(labels)
    labels[:] = 0

    assert (memory.labels[1] == 300).all()


@pytest.mark.parametrize(
    "labels", [np.zeros((3, 3)), np.full((2, 2, 2), -1), np.full((2, 2, 2), 70000)]
)
def test_what_is_no_label_map_is_refused(labels):
    with pytest.raises(ValueError, match="label"):
        InstanceMemory.from_labels(labels)


def test_the_label_map_cannot_be_changed_past_the_memory():
    with pytest.raises(ValueError, match="read-only"):
        InstanceMemory.empty((2, 2, 2)).labels[0] = 1


def test_a_quarter_of_the_vertebra_lies_behind_its_plane():
    mask = np.zeros((12, 5, 5), dtype=bool)
    mask[2:10] = True

    assert plane_behind(mask) == 3
    assert np.count_nonzero(mask[: plane_behind(mask) + 1]) / np.count_nonzero(mask) == 0.25
