"""Our figures against implementations that others wrote.

MONAI and DeepMind's ``surface-distance`` come with the extra ``test``. panoptica allows only
older versions of numpy and pandas than the tested ones: its test runs where somebody installed it.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from napari_vertseg.metrics import score_scan, surface_distances
from napari_vertseg.volume import ZyxFloat

SPACINGS = [ZyxFloat(1.0, 1.0, 1.0), ZyxFloat(2.0, 0.7, 0.7), ZyxFloat(5.0, 0.5, 0.5)]

pytestmark = [
    # What these packages warn about is theirs.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


def _blobs(seed):
    """Two ragged shapes with holes and islands, off the border of their box."""
    rng = np.random.default_rng(seed)
    first = ndimage.gaussian_filter(rng.random((30, 34, 38)), 4)
    first = first > np.quantile(first, 0.8)
    moved = ndimage.shift(first.astype(float), rng.uniform(-2, 2, 3), order=1) > 0.5
    second = moved ^ (ndimage.gaussian_filter(rng.random(first.shape), 2) > 0.53)
    inside = np.zeros(first.shape, dtype=bool)
    inside[2:-2, 2:-2, 2:-2] = True
    return first & inside, second & inside


def _bodies(spacing_mm, shift_mm):
    """An ellipsoid of a vertebra's size, and a larger one beside it."""
    shape = tuple(int(70 / s) for s in spacing_mm)
    centre = np.array([30.0, 32.0, 34.0])
    at = np.moveaxis(np.indices(shape), 0, -1) * spacing_mm
    first = np.linalg.norm((at - centre) / (14, 18, 22), axis=-1) <= 1
    second = np.linalg.norm((at - centre - shift_mm) / (15, 19, 22), axis=-1) <= 1
    return first, second


def _moved_blocks(seed):
    """Six vertebrae, one of them missed and the others off by some voxels, and a false one."""
    rng = np.random.default_rng(seed)
    reference, prediction = np.zeros((2, 80, 20, 20), dtype=np.uint8)
    for label in range(1, 7):
        top = 12 * (label - 1) + 2
        reference[top : top + 10, 4:14, 4:14] = label
        z, y, x = rng.integers(0, [6, 3, 3])
        if label != 3:
            prediction[top + z : top + 10 + z, 4 + y : 14 + y, 4 + x : 14 + x] = label
    prediction[2:8, 16:19, 16:19] = 9
    return prediction, reference


@pytest.fixture(scope="module")
def monai():
    """Takes seconds to load."""
    import monai.metrics

    return monai.metrics


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("seed", range(4))
def test_surface_distances_equal_those_of_monai(monai, spacing_mm, seed):
    masks = _blobs(seed)
    ours = surface_distances(*masks, spacing_mm)
    first, second = (torch.tensor(mask)[None, None] for mask in masks)
    settings = {"include_background": True, "spacing": tuple(spacing_mm)}
    asd = monai.compute_average_surface_distance(first, second, symmetric=True, **settings)
    hd95 = monai.compute_hausdorff_distance(first, second, percentile=95, **settings)
    # Single precision on their side.
    assert ours.mean_mm == pytest.approx(asd.item(), abs=1e-4)
    assert ours.hausdorff95_mm == pytest.approx(hd95.item(), abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_dice_equals_that_of_monai(monai, seed):
    reference, prediction = (mask.astype(np.uint8) * 20 for mask in _blobs(seed))
    (vertebra,) = score_scan(prediction, reference, SPACINGS[1]).vertebrae
    first, second = (torch.tensor(v > 0)[None, None] for v in (prediction, reference))
    theirs = monai.compute_dice(first, second, include_background=True)
    assert vertebra.dice == pytest.approx(theirs.item(), abs=1e-6)


@pytest.mark.parametrize("spacing_mm", SPACINGS)
@pytest.mark.parametrize("shift_mm", [0.0, 2.0])
def test_surface_distances_are_near_those_weighted_by_area(spacing_mm, shift_mm):
    import surface_distance as deepmind

    first, second = _bodies(spacing_mm, shift_mm)
    ours = surface_distances(first, second, spacing_mm)
    theirs = deepmind.compute_surface_distances(first, second, tuple(spacing_mm))
    there, back = deepmind.compute_average_surface_distance(theirs)
    # Their border is a lattice half a voxel off and about two voxels thick, which
    # shortens every way: against densely sampled true surfaces of these bodies they
    # are 0.25 to 0.35 mm low at 1 and 2 mm, ours is within 0.2 mm.
    assert ours.mean_mm == pytest.approx((there + back) / 2, abs=0.4)
    assert ours.hausdorff95_mm == pytest.approx(
        deepmind.compute_robust_hausdorff(theirs, 95), abs=0.5
    )
    assert ours.dice(1.0) == pytest.approx(
        deepmind.compute_surface_dice_at_tolerance(theirs, 1.0), abs=0.1
    )


@pytest.mark.parametrize("seed", range(3))
def test_panoptic_quality_equals_that_of_monai(monai, seed):
    prediction, reference = _moved_blocks(seed)
    ours = score_scan(prediction, reference, ZyxFloat(1, 1, 1)).panoptic
    maps = [torch.tensor(labels.astype(np.int64)) for labels in (prediction, reference)]
    counts = monai.compute_panoptic_quality(*maps, output_confusion_matrix=True)
    # MONAI: true positives, false positives, false negatives, sum of IoU.
    assert [ours.false_positives, ours.false_negatives] == counts[1:3].tolist()
    theirs = [monai.compute_panoptic_quality(*maps, metric_name=n) for n in ("pq", "sq", "rq")]
    # A millionth in their denominators keeps them from dividing by zero.
    assert (ours.pq, ours.sq, ours.rq) == pytest.approx([v.item() for v in theirs], abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_panoptic_quality_equals_that_of_panoptica(seed):
    panoptica = pytest.importorskip("panoptica", exc_type=ImportError)
    prediction, reference = _moved_blocks(seed)
    ours = score_scan(prediction, reference, ZyxFloat(1, 1, 1)).panoptic
    evaluator = panoptica.Panoptica_Evaluator(
        expected_input=panoptica.InputType.UNMATCHED_INSTANCE,
        instance_matcher=panoptica.NaiveThresholdMatching(matching_threshold=0.5),
        verbose=False,
    )
    theirs = evaluator.evaluate(prediction, reference)["ungrouped"]
    assert ours.false_positives == theirs.fp
    assert ours.false_negatives == theirs.fn
    assert (ours.pq, ours.sq, ours.rq) == pytest.approx((theirs.pq, theirs.sq, theirs.rq))
