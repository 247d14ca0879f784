from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.errors import CaseIncomplete
from napari_vertseg.evaluation import LabelledPrediction, Reference, evaluate_scan
from napari_vertseg.volume import ZyxFloat


def test_a_segmentation_is_scored_with_its_incomplete_vertebrae(chain, reference):
    score = evaluate_scan(chain(5, 20, cut=(2,)), reference)
    assert (score.found, score.dice_mean) == (2, 1.0)
    assert (score.completeness_fn, score.completeness_accuracy) == (1, 0.5)
    assert score.spacing_mm == ZyxFloat(2.0, 1.0, 0.5)


def test_labels_with_their_classes_are_scored_as_the_segmentation(chain, reference):
    made = chain(5, 22, cut=(1,))
    labelled = LabelledPrediction(
        labels=made.label_map(keep_incomplete=True),
        spacing_mm=made.grid.spacing_mm,
        is_complete={1: False, 2: True},
    )
    assert evaluate_scan(labelled, reference) == evaluate_scan(made, reference)


def test_names_count_only_where_all_are_known(chain, reference):
    named = evaluate_scan(chain(5, 20, levels=(Level.L1, Level.L2)), reference)
    shifted = evaluate_scan(chain(5, 20, levels=(Level.T12, Level.L1)), reference)
    assert (named.label_dice_mean, named.identification_rate) == (1.0, 1.0)
    assert (shifted.label_dice_mean, shifted.dice_mean) == (0.0, 1.0)
    assert evaluate_scan(chain(5, 20), reference).label_dice_mean is None


def test_a_reference_of_a_range_is_silent_beyond_it(chain, reference):
    whole = evaluate_scan(chain(5, 20, 36), reference)
    part = evaluate_scan(
        chain(5, 20, 36),
        Reference(labels=reference.labels, is_complete={}, is_exhaustive=False),
    )
    assert (whole.false, part.false) == (1, 0)


def test_an_empty_segmentation_is_scored(chain, reference):
    score = evaluate_scan(chain(), reference, steps=30)
    assert (score.found, score.missed, score.dice_mean, score.steps) == (0, 2, 0.0, 30)


@pytest.mark.parametrize(
    ("labels", "complaint"),
    [
        (np.zeros((50, 30, 31), dtype=np.uint8), "onto the grid"),
        (np.zeros((50, 30, 30)), "integers"),
    ],
)
def test_what_does_not_fit_is_named_with_its_scan(chain, labels, complaint):
    with pytest.raises(CaseIncomplete, match=rf"chest.*{complaint}"):
        evaluate_scan(chain(5), Reference(labels=labels), name="chest")


def test_real_labels_against_themselves_are_perfect(shared_data):
    from napari_vertseg.io import read_labels

    path = shared_data / "ct-labelled" / "abdomen-3mm" / "vertebrae.nii.gz"
    labels, grid = read_labels(path)
    prediction = LabelledPrediction(
        labels=labels * (labels != 26), spacing_mm=grid.spacing_mm, has_levels=True
    )
    score = evaluate_scan(prediction, Reference(labels=labels))
    assert [v.reference for v in score.vertebrae] == [18, 19, 20, 21, 22, 23, 24]
    assert (score.dice_mean, score.asd_mm_mean, score.label_dice_mean) == (1.0, 0.0, 1.0)
    assert (score.order_errors, score.identification_rate, score.on_sacrum) == (0, 1.0, 0)
