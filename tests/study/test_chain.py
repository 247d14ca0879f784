"""A plausible row is counted; gaps, giants and crowds break it."""

from __future__ import annotations

import numpy as np

from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.study.chain import longest_row
from napari_vertseg.volume import Grid, Zyx

GRID = Grid.canonical((200, 30, 30), (2.0, 2.0, 2.0))


def test_every_vertebra_of_an_even_row_counts() -> None:
    assert longest_row(_chain([0, 12, 24, 36])) == 4


def test_a_gap_begins_a_new_row() -> None:
    assert longest_row(_chain([0, 12, 40, 52, 64])) == 3


def test_two_masks_on_one_place_are_no_row() -> None:
    assert longest_row(_chain([0, 2, 14])) == 2


def test_a_giant_ends_the_row() -> None:
    giant = _instance(5, 36, (40, 20, 20))
    small = _chain([0, 12, 24]).instances
    assert longest_row(Segmentation(GRID, (*small, giant))) == 3


def test_nothing_is_no_row() -> None:
    assert longest_row(Segmentation(GRID, ())) == 0


def _chain(tops: list[int]) -> Segmentation:
    return Segmentation(GRID, tuple(_instance(i, z, (8, 12, 12)) for i, z in enumerate(tops, 1)))


def _instance(number: int, top: int, shape: tuple[int, int, int]) -> VertebraInstance:
    """A box; 8 × 12 × 12 voxels of 8 mm³ are 9.2 cm³."""
    return VertebraInstance(
        id=number,
        start=Zyx(top, 5, 5),
        mask=np.ones(shape, dtype=bool),
        completeness=1.0,
        is_complete=True,
        confidence=1.0,
        entropy=0.0,
        last_overlap=1.0,
        steps=2,
        is_cut_by_patch=False,
        direction="down",
    )
