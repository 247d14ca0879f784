"""The predictor adds nothing to the network but the way in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.predictor import NetworkPredictor, normalise
from napari_vertseg.volume import AIR_HU, OUTSIDE_HU

WINDOW = (-200.0, 1000.0)
MakeNetwork = Callable[..., IterativeFcn]


def test_hu_become_zero_to_one_over_the_window() -> None:
    hu = torch.tensor([-1024, -200, 100, 400, 1000, 3000], dtype=torch.int16)

    assert normalise(hu, WINDOW).tolist() == pytest.approx([0.0, 0.0, 0.25, 0.5, 1.0, 1.0])


def test_beyond_the_scan_is_a_value_that_nothing_inside_has() -> None:
    hu = torch.tensor([OUTSIDE_HU, AIR_HU - 1, AIR_HU], dtype=torch.int16)

    assert normalise(hu, WINDOW).tolist() == [-0.5, -0.5, 0.0]


@pytest.mark.parametrize("norm", ["batch_statistics", "instance", "batch"])
def test_a_prediction_is_a_plain_forward_pass(
    network: MakeNetwork, patch: Callable[..., Any], norm: str
) -> None:
    made = network(norm=norm, dropout=0.3).train()
    image, memory = patch(made.config.patch_shape)
    inside = np.clip((image.astype(np.float64) + 200) / 1200, 0, 1)
    channels = np.stack([np.where(image == -2048, -0.5, inside), memory]).astype(np.float32)

    prediction = NetworkPredictor(made, WINDOW)(image, memory)
    with torch.inference_mode():
        voxels, completeness = made.eval()(torch.from_numpy(channels)[None])

    assert prediction.probability.dtype == np.float32
    assert prediction.probability.flags.c_contiguous
    np.testing.assert_allclose(prediction.probability, voxels[0, 0].sigmoid(), atol=1e-5)
    assert prediction.completeness == pytest.approx(float(completeness.sigmoid()), abs=1e-5)
    assert prediction.level is None


def test_patches_may_be_views_and_stay_as_they_are(
    network: MakeNetwork, patch: Callable[..., Any]
) -> None:
    """An upward walk flips its patches along z."""
    predict = NetworkPredictor(network(), WINDOW)
    image, memory = patch((8, 12, 16))
    kept = image.copy(), memory.copy()

    flipped = predict(image[::-1], memory[::-1])
    copied = predict(image[::-1].copy(), memory[::-1].copy())

    np.testing.assert_array_equal(flipped.probability, copied.probability)
    np.testing.assert_array_equal(image, kept[0])
    np.testing.assert_array_equal(memory, kept[1])


def test_the_same_patch_gets_the_same_answer(
    network: MakeNetwork, patch: Callable[..., Any]
) -> None:
    predict = NetworkPredictor(network(dropout=0.5), WINDOW)
    image, memory = patch((8, 12, 16))

    first, second = predict(image, memory), predict(image, memory)

    np.testing.assert_array_equal(first.probability, second.probability)
    assert first.completeness == second.completeness


def test_a_patch_of_another_shape_is_named(
    network: MakeNetwork, patch: Callable[..., Any]
) -> None:
    predict = NetworkPredictor(network(), WINDOW)
    image, memory = patch((8, 12, 16))

    with pytest.raises(ValueError, match=r"a patch is \(8, 12, 8\), the network takes"):
        predict(image, memory[:, :, :8])
