"""Two models on the same scans: paired differences with intervals over scans."""

from __future__ import annotations

import pytest

from napari_vertseg.metrics import differences, score_scan
from napari_vertseg.volume import ZyxFloat

MM = ZyxFloat(1.0, 1.0, 1.0)


def _scores(spine, shifts):
    reference = spine({20: 0, 21: 1})
    return [
        score_scan(spine({1: 0, 2: 1}, shift=shift), reference, MM, name=f"s{number}")
        for number, shift in enumerate(shifts)
    ]


def test_a_difference_is_taken_scan_by_scan(spine):
    good, bad = _scores(spine, [0, 0, 0]), _scores(spine, [2, 2, 2])
    figures = differences(good, bad)
    # A shift by 2 of a side of 10 leaves 8 of 10 in common.
    assert figures["dice_mean"].value == pytest.approx(0.2)
    assert (figures["dice_mean"].low, figures["dice_mean"].high) == pytest.approx((0.2, 0.2))
    assert figures["asd_mm_mean"].value < 0
    assert differences(bad, good)["dice_mean"].value == pytest.approx(-0.2)


def test_what_is_hard_for_both_cancels_out(spine):
    ours, theirs = _scores(spine, [0, 1, 2, 3]), _scores(spine, [1, 2, 3, 4])
    figure = differences(ours, theirs)["dice_mean"]
    assert figure.value == pytest.approx(0.1)
    assert figure.low == pytest.approx(0.1)


def test_an_interval_that_holds_zero_is_told(spine):
    ours, theirs = _scores(spine, [0, 2, 0, 2]), _scores(spine, [2, 0, 2, 0])
    figure = differences(ours, theirs)["dice_mean"]
    assert figure.value == pytest.approx(0.0)
    assert figure.low < 0 < figure.high


def test_what_one_of_them_cannot_say_is_left_out(spine):
    ours, theirs = _scores(spine, [0, 0]), _scores(spine, [0, 12 * 3])
    figures = differences(ours, theirs)
    assert theirs[1].asd_mm_mean is None
    assert figures["asd_mm_mean"].count == 1
    assert figures["missed"].value == pytest.approx(-1.0)
    assert figures["identification_rate"].value is None


def test_other_scans_cannot_be_compared(spine):
    with pytest.raises(ValueError, match="same scans"):
        differences(_scores(spine, [0, 0]), _scores(spine, [0]))
