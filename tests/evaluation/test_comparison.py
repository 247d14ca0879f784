"""What a difference between two models speaks for."""

from __future__ import annotations

import pytest

from napari_vertseg.evaluation.comparison import verdict
from napari_vertseg.metrics import Figure


@pytest.mark.parametrize(
    ("name", "figure", "expected"),
    [
        ("dice_mean", Figure(0.1, 0.05, 0.2, 9), "better"),
        ("dice_mean", Figure(-0.1, -0.2, -0.05, 9), "worse"),
        ("asd_mm_mean", Figure(-0.1, -0.2, -0.05, 9), "better"),
        ("missed", Figure(0.5, 0.1, 1.0, 9), "worse"),
        ("found", Figure(0.5, 0.1, 1.0, 9), "better"),
        ("dice_mean", Figure(0.1, -0.05, 0.2, 9), "within chance"),
        ("dice_mean", Figure(0.1, 0.1, 0.1, 1), "too few scans"),
        ("label_dice_mean", Figure(None), "–"),
    ],
)
def test_a_verdict_needs_an_interval_beside_zero(name: str, figure: Figure, expected: str) -> None:
    assert verdict(name, figure) == expected
