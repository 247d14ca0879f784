"""A plausible row is counted; gaps, giants and crowds break it."""

from __future__ import annotations

from napari_vertseg.study.chain import THORACIC, longest_row

VOLUME_MM3 = 9200.0


def test_every_vertebra_of_an_even_row_counts() -> None:
    assert longest_row(_chain([0, 24, 48, 72]), THORACIC) == 4


def test_a_gap_begins_a_new_row() -> None:
    assert longest_row(_chain([0, 24, 80, 104, 128]), THORACIC) == 3


def test_two_masks_on_one_place_are_no_row() -> None:
    assert longest_row(_chain([0, 4, 28]), THORACIC) == 2


def test_a_giant_ends_the_row() -> None:
    giant = (128_000.0, (0.0, 0.0, -72.0))
    assert longest_row([*_chain([0, 24, 48]), giant, *_chain([96, 120])], THORACIC) == 3


def test_nothing_is_no_row() -> None:
    assert longest_row([], THORACIC) == 0


def _chain(downs_mm: list[int]) -> list[tuple[float, tuple[float, float, float]]]:
    return [(VOLUME_MM3, (3.0, -5.0, -float(down))) for down in downs_mm]
