from __future__ import annotations

import pytest

from napari_vertseg.metrics import flat, score_scan, summarise
from napari_vertseg.volume import ZyxFloat

MM = ZyxFloat(1.0, 1.0, 1.0)


@pytest.fixture
def perfect(spine):
    return score_scan(
        spine({1: 0}),
        spine({20: 0}),
        MM,
        predicted_complete={1: True},
        reference_complete={20: True},
        steps=10,
    )


@pytest.fixture
def poor(spine):
    """One of three found, at Dice 0.8; its class is wrong; a false one below."""
    return score_scan(
        spine({1: 0, 2: 4}, shift=2),
        spine({20: 0, 21: 1, 22: 2}),
        MM,
        predicted_complete={1: False, 2: True},
        reference_complete={20: True},
        steps=20,
    )


def test_means_over_scans_and_over_vertebrae_weigh_differently(perfect, poor):
    figures = summarise([perfect, poor])
    poor_dice = sum(v.dice for v in poor.vertebrae) / 3
    assert figures["dice_mean"].value == pytest.approx((1 + poor_dice) / 2)
    assert figures["dice_pooled"].value == pytest.approx((1 + 3 * poor_dice) / 4)
    assert (figures["dice_mean"].count, figures["dice_pooled"].count) == (2, 4)
    assert figures["dice_found_pooled"].value == pytest.approx(0.9)
    assert figures["found_rate"].value == pytest.approx(0.5)


def test_counts_are_totals(perfect, poor):
    figures = summarise([perfect, poor])
    counts = {name: figures[name].value for name in ("scans", "vertebrae", "found", "missed")}
    assert counts == {"scans": 2, "vertebrae": 4, "found": 2, "missed": 2}
    assert (figures["false"].value, figures["merged"].value) == (1, 0)
    assert figures["completeness_accuracy"].value == 0.5
    assert figures["completeness_fn_per_scan"].value == 0.5
    assert figures["steps_mean"].value == 15


def test_a_surplus_in_one_scan_does_not_hide_a_gap_in_another(spine):
    more = score_scan(spine({1: 0, 2: 1}), spine({20: 0}), MM)
    less = score_scan(spine({1: 0}), spine({20: 0, 21: 1}), MM)
    assert (more.count_error, less.count_error) == (1, -1)
    assert summarise([more, less])["count_error"].value == 2


def test_intervals_are_those_of_drawing_scans(perfect, poor):
    figure = summarise([perfect, poor])["dice_mean"]
    # Of two scans one draws twice the worse or twice the better a quarter of the time each.
    assert (figure.low, figure.high) == pytest.approx((poor.dice_mean, 1.0))


def test_intervals_shrink_with_more_scans(perfect, poor):
    few, many = (summarise([perfect, poor] * n)["dice_pooled"] for n in (3, 40))
    assert few.value == pytest.approx(many.value)
    assert many.high - many.low < (few.high - few.low) / 2
    assert many.low < many.value < many.high


def test_equal_seeds_give_equal_intervals(perfect, poor):
    scores = [perfect, poor, poor, perfect, poor]
    assert summarise(scores, seed=4) == summarise(scores, seed=4)
    lows = {summarise(scores, seed=s, resamples=20)["dice_pooled"].low for s in range(5)}
    assert len(lows) > 1


def test_a_cohort_without_scans_has_counts_but_no_means():
    figures = summarise([])
    assert (figures["scans"].value, figures["found"].value) == (0, 0)
    assert figures["dice_mean"].value is figures["dice_median"].value is None


def test_flat_names_carry_value_and_interval(perfect, poor):
    row = flat(summarise([perfect, poor]))
    assert row["found"] == 2
    assert row["dice_mean_low"] <= row["dice_mean"] <= row["dice_mean_high"]
    assert row["identification_rate"] is None
    assert "identification_rate_low" not in row
