from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.metrics import count_shared_voxels
from napari_vertseg.metrics.contingency import foreground_box, label_boxes


@pytest.mark.parametrize("shift", [0, 1, 4, 10])
def test_dice_and_iou_of_shifted_boxes_follow_from_the_shift(draw, shift):
    reference = draw((40, 30, 30), {3: ((5, 15), (5, 25), (5, 25))})
    prediction = draw((40, 30, 30), {7: ((5 + shift, 15 + shift), (5, 25), (5, 25))})
    table = count_shared_voxels(prediction, reference)
    assert (table.predictions, table.references) == ((7,), (3,))
    assert table.dice[0, 0] == pytest.approx((10 - shift) / 10)
    assert table.iou[0, 0] == pytest.approx((10 - shift) / (10 + shift))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int64, np.uint64])
def test_counts_equal_those_of_a_plain_comparison(dtype, monkeypatch):
    # Small slabs, so that the counts of several are summed.
    monkeypatch.setattr("napari_vertseg.metrics.contingency._SLAB_VOXELS", 200)
    rng = np.random.default_rng(5)
    prediction, reference = rng.choice([0, 0, 0, 1, 4, 9], (2, 11, 12, 13)).astype(dtype)
    table = count_shared_voxels(prediction, reference)
    assert table.predictions == table.references == (1, 4, 9)
    for row, p in enumerate(table.predictions):
        assert table.prediction_voxels[row] == (prediction == p).sum()
        for column, r in enumerate(table.references):
            assert table.reference_voxels[column] == (reference == r).sum()
            shared = ((prediction == p) & (reference == r)).sum()
            assert table.shared[row, column] == shared


def test_empty_maps_share_nothing(draw):
    empty = draw((5, 6, 7), {})
    table = count_shared_voxels(empty, empty)
    assert (table.predictions, table.references, table.shared.size) == ((), (), 0)


@pytest.mark.parametrize(
    ("prediction", "complaint"),
    [
        (np.zeros((4, 4, 4)), "integers"),
        (np.full((4, 4, 4), -1), "lie in 0"),
        (np.full((4, 4, 4), 5000), "5000"),
        (np.zeros((4, 4, 5), dtype=int), "one grid"),
    ],
)
def test_what_is_no_label_map_is_refused(prediction, complaint):
    with pytest.raises(ValueError, match=complaint):
        count_shared_voxels(prediction, np.ones((4, 4, 4), dtype=np.uint8))


def test_boxes_are_those_of_the_whole_volume(draw):
    labels = draw((20, 20, 20), {2: ((3, 6), (0, 5), (7, 20)), 9: ((10, 11), (2, 3), (4, 5))})
    assert label_boxes(labels) == {
        2: (slice(3, 6), slice(0, 5), slice(7, 20)),
        9: (slice(10, 11), slice(2, 3), slice(4, 5)),
    }
    assert foreground_box(labels) == (slice(3, 11), slice(0, 5), slice(4, 20))
    assert label_boxes(np.zeros_like(labels)) == {}
