from __future__ import annotations

import numpy as np

from napari_vertseg.metrics import ScoringRules, match_vertebrae


def test_each_reference_gets_the_prediction_that_overlaps_it_most(draw):
    shape = (40, 30, 30)
    reference = draw(shape, {5: ((5, 15), (5, 15), (5, 15))})
    prediction = draw(
        shape,
        {
            # Fewer shared voxels but all of its own: the higher Dice does not count.
            1: ((5, 9), (5, 15), (5, 15)),
            2: ((9, 35), (5, 25), (5, 25)),
        },
    )
    matching = match_vertebrae(prediction, reference)
    assert matching.dice(1, 5) > matching.dice(2, 5)
    assert matching.best_prediction == {5: 2}
    assert matching.best_reference == {1: 5, 2: 5}
    assert matching.found == {5: 1}


def test_found_pairs_are_one_to_one_and_as_good_as_possible(draw):
    shape = (60, 20, 20)
    # A chain in which each prediction hangs over to the next vertebra.
    reference = draw(shape, {i: ((10 * i, 10 * i + 10), (5, 15), (5, 15)) for i in range(1, 5)})
    prediction = draw(
        shape, {i + 10: ((10 * i + 4, 10 * i + 14), (5, 15), (5, 15)) for i in range(1, 5)}
    )
    matching = match_vertebrae(prediction, reference)
    assert matching.found == {1: 11, 2: 12, 3: 13, 4: 14}
    assert len(set(matching.found.values())) == 4


def test_recognised_pairs_are_unique_even_if_the_rule_asks_for_less(draw):
    shape = (40, 20, 20)
    reference = draw(shape, {1: ((5, 15), (5, 15), (5, 15)), 2: ((15, 25), (5, 15), (5, 15))})
    blob = draw(shape, {1: ((5, 25), (5, 15), (5, 15))})
    rules = ScoringRules(match_iou=0.1)
    assert match_vertebrae(blob, reference, rules).true_positive == {}


def test_the_sacrum_is_counted_apart(draw):
    shape = (40, 20, 20)
    reference = draw(shape, {24: ((5, 15), (5, 15), (5, 15)), 26: ((15, 25), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((11, 21), (5, 15), (5, 15))})
    matching = match_vertebrae(prediction, reference)
    assert matching.table.references == (24,)
    assert (matching.share_on_targets(1), matching.share_on_background(1)) == (0.4, 0.6)
    assert matching.best_reference == {1: 24}


def test_without_overlap_there_is_no_match(draw):
    shape = (40, 20, 20)
    reference = draw(shape, {1: ((5, 15), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((20, 30), (5, 15), (5, 15))})
    matching = match_vertebrae(prediction, reference)
    assert matching.best_prediction == matching.best_reference == matching.found == {}
    assert match_vertebrae(np.zeros_like(reference), reference).best_prediction == {}
