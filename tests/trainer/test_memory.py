"""A memory in training has the flaws of a real one, and no others (P18)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from vertseg_trainer.memory import perturb, remembered

Labels = NDArray[np.uint8]


@pytest.fixture
def labels(blocks: Callable[..., Labels]) -> Labels:
    return blocks((1, 2, 3), (40, 24, 24))


def perturbed(
    memory: NDArray[np.bool_], labels: Labels, count: int = 60
) -> list[NDArray[np.bool_]]:
    return [perturb(np.random.default_rng(s), memory, labels, 2.0) for s in range(count)]


def test_what_is_done_is_remembered_and_nothing_else(labels: Labels) -> None:
    np.testing.assert_array_equal(remembered(labels, (1, 3)), (labels == 1) | (labels == 3))
    assert not remembered(labels, ()).any()


def test_an_empty_memory_stays_empty(labels: Labels) -> None:
    empty = np.zeros(labels.shape, dtype=bool)

    assert not any(found.any() for found in perturbed(empty, labels))


def test_flaws_take_away_add_at_the_surface_or_leak_into_labelled_bone(labels: Labels) -> None:
    memory = labels == 1
    rim = ndimage.binary_dilation(memory)
    kinds = set()
    for found in perturbed(memory, labels):
        added, lost = found & ~memory, memory & ~found
        assert not (added.any() and lost.any())
        if lost.any():
            kinds.add("lost")
        elif added.any() and not (added & ~rim).any() and (labels[added] == 0).any():
            kinds.add("grown")
        elif added.any():
            assert (labels[added] > 0).all()
            kinds.add("leaked")
    assert kinds == {"lost", "grown", "leaked"}


def test_a_whole_vertebra_is_never_forgotten(labels: Labels) -> None:
    for found in perturbed((labels == 1) | (labels == 2), labels):
        for label in (1, 2):
            assert (found & (labels == label)).sum() > 0.3 * (labels == label).sum()


def test_an_arch_may_be_left_over_while_its_body_is_kept(labels: Labels) -> None:
    """What a walk leaves behind that began with the arch of the vertebra before."""
    one = labels == 2
    rows = np.flatnonzero(one.any(axis=(0, 2)))
    front = one.copy()
    front[:, rows[0] + rows.size // 3 :] = False
    left_over = [
        found
        for found in perturbed((labels == 1) | one, labels, 200)
        if not found[:, rows[-1]][one[:, rows[-1]]].any() and (found | ~front).all()
    ]

    assert left_over
    assert all((found | (labels != 1)).all() for found in left_over)


def test_the_face_of_the_patch_is_not_eroded() -> None:
    """The vertebra goes on beyond the patch, and so does the memory of it."""
    memory = np.zeros((12, 12, 12), dtype=bool)
    memory[:6] = True
    eroded = [
        found
        for found in perturbed(memory, np.zeros(memory.shape, np.uint8))
        if not found[5].any()
    ]

    assert eroded
    assert all(found[:5].all() for found in eroded)


def test_the_memory_given_is_left_as_it_is(labels: Labels) -> None:
    memory = labels == 1
    perturbed(memory, labels)

    np.testing.assert_array_equal(memory, labels == 1)


def test_flaws_are_measured_in_millimetres() -> None:
    """A missing piece spans at most 10 mm in radius on any grid."""
    memory = np.ones((41, 41, 41), dtype=bool)
    labels = np.zeros(memory.shape, dtype=np.uint8)
    for spacing_mm in (1.0, 2.0):
        largest = 0
        for seed in range(60):
            lost = ~perturb(np.random.default_rng(seed), memory, labels, spacing_mm)
            largest = max(largest, int(lost.sum()))
        ball_mm3 = 4 / 3 * np.pi * 10**3
        assert 0 < largest * spacing_mm**3 <= 1.1 * ball_mm3
