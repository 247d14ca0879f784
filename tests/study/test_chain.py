"""A plausible row is counted; gaps, giants and crowds break it."""

from __future__ import annotations

from napari_vertseg.study.chain import THORACIC, longest_row, whole_outside

VOLUME_MM3 = 9200.0


def test_every_vertebra_of_an_even_row_counts() -> None:
    assert longest_row(_chain([0, 24, 48, 72]), THORACIC) == range(4)


def test_a_gap_begins_a_new_row() -> None:
    assert longest_row(_chain([0, 24, 80, 104, 128]), THORACIC) == range(2, 5)


def test_two_masks_on_one_place_are_no_row() -> None:
    assert longest_row(_chain([0, 4, 28]), THORACIC) == range(1, 3)


def test_a_giant_ends_the_row() -> None:
    giant = (128_000.0, (0.0, 0.0, -72.0))
    assert longest_row([*_chain([0, 24, 48]), giant, *_chain([96, 120])], THORACIC) == range(3)


def test_nothing_is_no_row() -> None:
    assert not longest_row([], THORACIC)


def test_a_cut_one_in_the_row_does_not_break_it() -> None:
    assert whole_outside(_chain([0, 24, 48, 72]), [True, False, True, True], THORACIC) == 0


def test_a_whole_one_that_strays_is_counted_and_a_cut_one_is_not() -> None:
    chain = _chain([0, 24, 48, 140, 240])
    assert whole_outside(chain, [True, True, True, False, True], THORACIC) == 1


def _chain(downs_mm: list[int]) -> list[tuple[float, tuple[float, float, float]]]:
    return [(VOLUME_MM3, (3.0, -5.0, -float(down))) for down in downs_mm]
