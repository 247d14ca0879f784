from __future__ import annotations

import tracemalloc

import pytest

from napari_vertseg.metrics import InstanceVerdict, score_scan
from napari_vertseg.volume import ZyxFloat

MM = ZyxFloat(1.0, 1.0, 1.0)
CHAIN = {20: 0, 21: 1, 22: 2}


def _complete(*labels):
    return dict.fromkeys(labels, True)


def test_a_perfect_prediction_is_perfect_in_every_figure(spine):
    score = score_scan(
        spine({1: 0, 2: 1, 3: 2}),
        spine(CHAIN),
        MM,
        predicted_complete=_complete(1, 2, 3),
        reference_complete=_complete(20, 21, 22),
    )
    assert (score.found, score.missed, score.merged, score.split, score.false) == (3, 0, 0, 0, 0)
    assert (score.dice_mean, score.asd_mm_mean, score.hd95_mm_mean) == (1.0, 0.0, 0.0)
    assert (score.completeness_accuracy, score.classified) == (1.0, 3)
    assert (score.panoptic.pq, score.localisation_rate, score.order_errors) == (1.0, 1.0, 0)
    assert (score.count_error, score.centroid_distance_mm_mean) == (0, 0.0)
    # Without names there is nothing to say about names.
    assert score.label_dice_mean is score.identification_rate is None


def test_missing_is_zero_and_has_no_distance(spine):
    score = score_scan(spine({1: 0, 2: 1}), spine(CHAIN), MM)
    missing = score.vertebrae[2]
    assert (missing.reference, missing.prediction, missing.dice) == (22, None, 0.0)
    assert missing.asd_mm is missing.hd95_mm is missing.centroid_distance_mm is None
    assert (score.found, score.missed, score.count_error) == (2, 1, -1)
    assert score.dice_mean == pytest.approx(2 / 3)
    assert score.asd_mm_mean == 0.0


def test_only_a_missed_vertebra_that_may_be_complete_counts_as_missed_complete(spine):
    marks = {20: False, 21: True}
    score = score_scan(spine({3: 2}), spine(CHAIN), MM, reference_complete=marks)
    assert (score.missed, score.missed_complete) == (2, 1)


def test_figures_of_a_shifted_chain_follow_from_the_shift(spine):
    spacing_mm = ZyxFloat(2.0, 1.0, 0.5)
    score = score_scan(spine({1: 0, 2: 1}, shift=2), spine({20: 0, 21: 1}), spacing_mm)
    assert [v.dice for v in score.vertebrae] == pytest.approx([0.8, 0.8])
    assert [v.centroid_distance_mm for v in score.vertebrae] == pytest.approx([4.0, 4.0])
    assert [v.iou for v in score.vertebrae] == pytest.approx([8 / 12, 8 / 12])
    assert [v.reference_mm3 for v in score.vertebrae] == [1000.0, 1000.0]
    panoptic = score.panoptic
    assert (panoptic.sq, panoptic.rq) == (pytest.approx(8 / 12), 1.0)


def test_surface_distance_is_taken_at_the_scans_own_spacing(spine):
    near = score_scan(spine({1: 0}, shift=2), spine({20: 0}), ZyxFloat(1, 1, 1))
    far = score_scan(spine({1: 0}, shift=2), spine({20: 0}), ZyxFloat(3, 3, 3))
    assert near.vertebrae[0].asd_mm > 0
    assert far.vertebrae[0].asd_mm == pytest.approx(3 * near.vertebrae[0].asd_mm)


def test_one_blob_over_two_vertebrae_finds_one_and_is_merged(draw):
    shape = (40, 30, 30)
    reference = draw(shape, {20: ((5, 15), (5, 15), (5, 15)), 21: ((15, 25), (5, 15), (5, 15))})
    blob = draw(shape, {1: ((5, 25), (5, 15), (5, 15))})
    score = score_scan(blob, reference, MM)
    # Dice with either is 2/3, yet a prediction finds one vertebra only.
    assert [v.dice for v in score.vertebrae] == pytest.approx([2 / 3, 2 / 3])
    assert (score.found, score.missed, score.merged, score.split) == (1, 1, 1, 0)
    assert score.instances[0].merges == (20, 21)
    # IoU is exactly one half: neither is recognised.
    assert (score.panoptic.pq, score.panoptic.false_positives) == (0.0, 1)


def test_a_good_prediction_beside_a_greedy_one_wins_its_vertebra(draw):
    shape = (40, 30, 30)
    reference = draw(shape, {20: ((5, 15), (5, 15), (5, 15)), 21: ((15, 25), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((5, 19), (5, 15), (5, 15)), 2: ((19, 25), (5, 15), (5, 15))})
    score = score_scan(prediction, reference, MM)
    assert (score.found, score.merged, score.missed) == (2, 0, 0)
    # The greedy one covers 40 % of the second vertebra but lies mostly on the first.
    assert score.split == 0


def test_a_vertebra_in_two_pieces_is_split(draw):
    shape = (40, 30, 30)
    reference = draw(shape, {20: ((5, 15), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((5, 12), (5, 15), (5, 15)), 2: ((12, 15), (5, 15), (5, 15))})
    score = score_scan(prediction, reference, MM)
    assert (score.split, score.merged, score.found, score.false) == (1, 0, 1, 0)
    assert score.vertebrae[0].parts == 2
    assert score.vertebrae[0].prediction == 1


def test_a_tiny_crumb_does_not_split(draw):
    shape = (40, 30, 30)
    reference = draw(shape, {20: ((5, 15), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((5, 15), (5, 15), (5, 15)), 2: ((5, 6), (5, 8), (5, 8))})
    assert score_scan(prediction, reference, MM).split == 0


@pytest.mark.parametrize(
    ("is_complete", "place", "verdict"),
    [
        (True, ((30, 40), (10, 20), (10, 20)), InstanceVerdict.FALSE),
        (False, ((30, 40), (10, 20), (10, 20)), InstanceVerdict.NOT_EXPORTED),
        (True, ((60, 70), (10, 20), (10, 20)), InstanceVerdict.AT_BORDER),
        (False, ((60, 70), (10, 20), (10, 20)), InstanceVerdict.AT_BORDER),
        (True, ((30, 40), (0, 10), (10, 20)), InstanceVerdict.AT_BORDER),
        # One leaked layer of ten does not make it a vertebra; two do.
        (True, ((14, 34), (10, 20), (10, 20)), InstanceVerdict.FALSE),
        (True, ((12, 22), (10, 20), (10, 20)), InstanceVerdict.ON_REFERENCE),
    ],
)
def test_false_is_exported_on_no_reference_and_inside_the_scan(draw, is_complete, place, verdict):
    reference = draw((70, 30, 30), {20: ((5, 15), (10, 20), (10, 20))})
    prediction = draw((70, 30, 30), {9: place})
    score = score_scan(prediction, reference, MM, predicted_complete={9: is_complete})
    assert score.instances[0].verdict is verdict
    assert score.false == (verdict is InstanceVerdict.FALSE)
    assert score.false_without_border_rule == (verdict is not InstanceVerdict.ON_REFERENCE)


def test_the_border_rule_excuses_a_cut_instance_that_has_no_reference(draw):
    reference = draw((70, 30, 30), {20: ((25, 35), (10, 20), (10, 20))})
    prediction = draw(
        (70, 30, 30), {1: ((0, 6), (10, 20), (10, 20)), 2: ((25, 35), (10, 20), (10, 20))}
    )
    cut = score_scan(prediction, reference, MM, predicted_complete={1: False, 2: True})
    assert (cut.panoptic.pq, cut.count_error) == (1.0, 0)
    assert cut.panoptic_without_border_rule.pq == pytest.approx(1 / 1.5)
    # Taken for complete, it is an error under either.
    whole = score_scan(prediction, reference, MM, predicted_complete={1: True, 2: True})
    assert whole.panoptic.pq == pytest.approx(1 / 1.5)
    assert (whole.false, whole.false_without_border_rule, whole.count_error) == (0, 1, 1)


def test_the_sacrum_is_no_target_but_lying_on_it_is_told(spine):
    score = score_scan(spine({1: 0, 2: 1}), spine({24: 0, 26: 1}), MM)
    assert [v.reference for v in score.vertebrae] == [24]
    assert (score.dice_mean, score.missed, score.false, score.on_sacrum) == (1.0, 0, 1, 1)
    assert score.instances[1].sacrum_share == 1.0


def test_leaking_into_the_sacrum_by_less_than_a_tenth_is_no_fault(draw):
    reference = draw(
        (60, 30, 30), {24: ((10, 30), (5, 15), (5, 15)), 26: ((30, 50), (5, 15), (5, 15))}
    )
    slightly = draw((60, 30, 30), {1: ((11, 31), (5, 15), (5, 15))})
    badly = draw((60, 30, 30), {1: ((13, 33), (5, 15), (5, 15))})
    assert score_scan(slightly, reference, MM).on_sacrum == 0
    assert score_scan(badly, reference, MM).on_sacrum == 1


def test_beyond_the_labelled_range_a_reference_that_covers_a_range_is_silent(spine):
    reference = spine({19: 1, 20: 2})
    prediction = spine({1: 0, 2: 1, 3: 2, 4: 3})
    silent = score_scan(prediction, reference, MM, is_exhaustive=False)
    assert (silent.false, silent.false_without_border_rule, silent.count_error) == (0, 0, 0)
    assert (silent.panoptic.pq, silent.panoptic_without_border_rule.pq) == (1.0, 1.0)
    spoken = score_scan(prediction, reference, MM, is_exhaustive=True)
    assert (spoken.false, spoken.count_error) == (2, 2)


def test_within_the_labelled_range_a_false_vertebra_stays_false(draw):
    shape = (70, 60, 60)
    reference = draw(shape, {19: ((5, 15), (5, 15), (5, 15)), 21: ((40, 50), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((20, 30), (40, 50), (40, 50))})
    assert score_scan(prediction, reference, MM, is_exhaustive=False).false == 1


def test_on_the_labelled_sacrum_a_range_is_not_silent(spine):
    score = score_scan(spine({1: 0, 2: 1}), spine({24: 0, 26: 1}), MM, is_exhaustive=False)
    assert score.false == 1


def test_completeness_counts_both_kinds_of_error(spine):
    score = score_scan(
        spine({1: 0, 2: 1, 3: 2, 4: 3}),
        spine({20: 0, 21: 1, 22: 2, 23: 3}),
        MM,
        predicted_complete={1: True, 2: True, 3: False, 4: False},
        reference_complete={20: True, 21: False, 22: True},
    )
    assert (score.classified, score.completeness_fp, score.completeness_fn) == (3, 1, 1)
    assert score.completeness_accuracy == pytest.approx(1 / 3)


def test_a_swallowed_sliver_is_not_classified_by_the_vertebra_that_swallowed_it(draw):
    shape = (40, 30, 30)
    reference = draw(shape, {18: ((0, 2), (5, 15), (5, 15)), 19: ((2, 15), (5, 15), (5, 15))})
    prediction = draw(shape, {1: ((0, 15), (5, 15), (5, 15))})
    score = score_scan(
        prediction,
        reference,
        MM,
        predicted_complete={1: True},
        reference_complete={18: False, 19: True},
    )
    assert (score.classified, score.completeness_accuracy) == (1, 1.0)


def test_with_names_an_exchange_costs_the_named_figures_only(spine):
    score = score_scan(spine({21: 0, 20: 1, 22: 2}), spine(CHAIN), MM, has_levels=True)
    assert (score.dice_mean, score.localisation_rate) == (1.0, 1.0)
    assert score.label_dice_mean == pytest.approx(1 / 3)
    assert score.identification_rate == pytest.approx(1 / 3)
    assert score.order_errors == 1


def test_names_off_by_one_keep_their_order(spine):
    score = score_scan(spine({21: 0, 22: 1, 23: 2}), spine(CHAIN), MM, has_levels=True)
    assert (score.order_errors, score.label_dice_mean, score.identification_rate) == (0, 0.0, 0.0)


def test_t13_lies_between_t12_and_l1(spine):
    chain = {19: 0, 28: 1, 20: 2}
    score = score_scan(spine(chain), spine(chain), MM, has_levels=True)
    assert (score.order_errors, score.label_dice_mean) == (0, 1.0)
    assert [v.reference for v in score.vertebrae] == [19, 28, 20]


@pytest.mark.parametrize(("voxel_mm", "is_identified"), [(3.3, True), (3.4, False)])
def test_identification_ends_at_20_mm(spine, voxel_mm, is_identified):
    spacing_mm = ZyxFloat(voxel_mm, 1.0, 1.0)
    score = score_scan(spine({20: 0}, shift=6), spine({20: 0}), spacing_mm, has_levels=True)
    assert score.vertebrae[0].is_identified is is_identified
    assert score.vertebrae[0].is_localised is is_identified


def test_nearer_to_its_neighbour_is_not_identified(spine):
    # Eight voxels down of a pitch of twelve: within 20 mm, but 21 is nearer.
    score = score_scan(spine({20: 0}, shift=8), spine(CHAIN), MM, has_levels=True)
    assert score.vertebrae[0].is_identified is False


@pytest.mark.parametrize("is_exhaustive", [True, False])
def test_empty_against_empty_has_nothing_to_say(spine, is_exhaustive):
    score = score_scan(
        spine({}), spine({}), MM, predicted_complete={}, is_exhaustive=is_exhaustive
    )
    assert (score.found, score.missed, score.false, score.order_errors) == (0, 0, 0, 0)
    assert score.dice_mean is score.panoptic.pq is score.completeness_accuracy is None
    assert score.localisation_rate is score.asd_mm_mean is None


def test_nothing_predicted_misses_everything(spine):
    score = score_scan(spine({}), spine(CHAIN), MM)
    assert (score.found, score.missed, score.dice_mean, score.panoptic.pq) == (0, 3, 0.0, 0.0)
    assert (score.localisation_rate, score.asd_mm_mean) == (0.0, None)


def test_vertebrae_where_there_are_none_are_all_false(spine):
    score = score_scan(spine({1: 0, 2: 1}), spine({}), MM)
    assert (score.false, score.dice_mean, score.panoptic.pq) == (2, None, 0.0)
    assert score_scan(spine({1: 0}), spine({}), MM, is_exhaustive=False).false == 0


def test_a_prediction_without_its_class_is_named(spine):
    with pytest.raises(ValueError, match=r"\[2\]"):
        score_scan(spine({1: 0, 2: 1}), spine(CHAIN), MM, predicted_complete={1: True})


def test_twenty_vertebrae_of_a_large_scan_are_scored_on_their_boxes(draw):
    shape = (600, 512, 512)
    places = {i: ((28 * i, 28 * i + 26), (200, 280), (200, 290)) for i in range(1, 21)}
    shifted = {i: ((28 * i + 1, 28 * i + 27), (201, 281), (199, 289)) for i in range(1, 21)}
    reference, prediction = draw(shape, places), draw(shape, shifted)
    tracemalloc.start()
    try:
        score = score_scan(prediction, reference, ZyxFloat(1.0, 0.7, 0.7))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert score.found == 20
    # Less than a single mask of the whole scan: nothing is made per class and volume.
    assert peak_bytes < reference.size
