"""A drawn scan: vertebrae numbered along the spine, no loss where the truth is unknown (P28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vertseg_trainer.drawn import DrawnScan, drawn_scan

Blocks = Callable[..., NDArray[np.uint8]]


def test_labels_are_numbered_from_head_to_foot_with_t13_in_its_place() -> None:
    labels = np.zeros((10, 2, 2), dtype=np.uint8)
    for z, value in enumerate((7, 8, 19, 28, 20, 25, 26)):
        labels[z] = value
    scan = drawn_scan(np.zeros(labels.shape, np.int16), labels, {})

    assert scan.labels[:, 0, 0].tolist() == [1, 2, 3, 4, 5, 6, 0, 0, 0, 0]
    assert scan.count == 6
    assert scan.sacrum_center == (6.0, 0.5, 0.5)
    np.testing.assert_array_equal(scan.full_voxels, [0, 4, 4, 4, 4, 4, 4])


def unlabelled(blocks: Blocks, **changes: Any) -> DrawnScan:
    """Seven bright blocks of which only the middle ones have labels."""
    bright = blocks((1, 1, 1, 1, 1, 1), (70, 24, 24)) > 0
    labels = blocks((0, 21, 0, 23, 24, 0), (70, 24, 24))
    labels |= changes.pop("more", np.zeros_like(labels))
    image = np.where(bright, 500, 40).astype(np.int16)
    return drawn_scan(image, labels, {}, **changes)


def test_bone_beyond_the_labels_carries_no_loss(blocks: Blocks) -> None:
    no_loss = unlabelled(blocks, is_exhaustive=False).no_loss

    assert no_loss[3:11, 7:17, 7:17].all()  # above the first label
    assert no_loss[53:61, 7:17, 7:17].all()  # below the last
    assert not no_loss[23:31, 8:16, 8:16].any()  # between two: a vertebra forgotten is none
    assert not no_loss[:, :5, :5].any()  # soft tissue
    assert not no_loss[blocks((0, 21, 0, 23, 24, 0), (70, 24, 24)) > 0].any()


def test_exhaustive_labels_leave_nothing_out(blocks: Blocks) -> None:
    assert not unlabelled(blocks, is_exhaustive=True).no_loss.any()


def test_below_a_labelled_sacrum_nothing_is_missing(blocks: Blocks) -> None:
    sacrum = np.zeros((70, 24, 24), dtype=np.uint8)
    sacrum[62:69, 7:17, 7:17] = 26
    no_loss = unlabelled(blocks, is_exhaustive=False, more=sacrum).no_loss

    assert no_loss[3:11, 7:17, 7:17].all()
    assert not no_loss[50:].any()
