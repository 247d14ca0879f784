"""From a prediction and its reference to the score of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from ..volume import ZyxFloat
from .places import nearest
from .rules import ScoringRules
from .scan_pair import ScanPair
from .scan_score import ScanScore
from .surface import SurfaceDistances, label_surface_distances
from .vertebra_score import InstanceScore, InstanceVerdict, VertebraScore


def score_scan(
    prediction_labels: NDArray[Any],
    reference_labels: NDArray[Any],
    spacing_mm: ZyxFloat,
    *,
    name: str = "scan",
    predicted_complete: Mapping[int, bool] | None = None,
    reference_complete: Mapping[int, bool] | None = None,
    is_exhaustive: bool = True,
    has_levels: bool = False,
    rules: ScoringRules | None = None,
    steps: int | None = None,
    seconds: float | None = None,
) -> ScanScore:
    """Score one scan (P23 and ``docs/paper.md``), on boxes around its vertebrae only.

    Parameters
    ----------
    prediction_labels, reference_labels : (z, y, x) integers in 0 … 2047
        Canonical orientation, same grid, 0 is background. The prediction holds
        every instance, those judged incomplete included. Unless ``has_levels``,
        its values need not agree with the reference but ascend head to foot.
    spacing_mm : ZyxFloat
        Voxel size.
    name : str
        Name of the scan in tables.
    predicted_complete : mapping of label to bool, optional
        Class of *every* predicted label. Without it all count as exported and
        completeness is not scored.
    reference_complete : mapping of label to bool, optional
        The annotator's mark, for those labels that have one.
    is_exhaustive : bool
        Whether the reference holds every vertebra of the scan. If not,
        predictions beyond the labelled range that overlap nothing are ignored.
    has_levels : bool
        Whether predicted values are VerSe values, comparable with the reference's.
    rules : ScoringRules, optional
        Thresholds.
    steps, seconds : optional
        What the walk took, carried into the tables.

    Raises
    ------
    ValueError
        Shapes differ, values are no labels (or, with ``has_levels``, no VerSe
        values), or a prediction lacks its class.
    """
    pair = ScanPair(
        prediction_labels=prediction_labels,
        reference_labels=reference_labels,
        spacing_mm=ZyxFloat(*spacing_mm),
        predicted_complete=predicted_complete,
        reference_complete=reference_complete or {},
        is_exhaustive=is_exhaustive,
        has_levels=has_levels,
        rules=rules or ScoringRules(),
    )
    return ScanScore(
        name=name,
        spacing_mm=pair.spacing_mm,
        vertebrae=tuple(_vertebra(pair, label) for label in pair.targets_mm),
        instances=tuple(_instance(pair, label) for label in pair.matching.table.predictions),
        order_errors=pair.order_errors(),
        sacrum_share=pair.rules.sacrum_share,
        steps=steps,
        seconds=seconds,
    )


def _vertebra(pair: ScanPair, label: int) -> VertebraScore:
    match = pair.matching
    best = match.best_prediction.get(label)
    true_positive = match.true_positive.get(label)
    tolerance_mm = pair.rules.surface_tolerance_mm
    distances = None if best is None else _surface_distances(pair, best, label)
    return VertebraScore(
        reference=label,
        prediction=best,
        is_found=label in match.found,
        dice=0.0 if best is None else match.dice(best, label),
        label_dice=match.dice(label, label) if pair.has_levels else None,
        iou=None if true_positive is None else match.iou(true_positive, label),
        asd_mm=None if distances is None else distances.mean_mm,
        hd95_mm=None if distances is None else distances.hausdorff95_mm,
        surface_dice=None if distances is None else distances.dice(tolerance_mm),
        centroid_distance_mm=None if best is None else _centroid_distance_mm(pair, best, label),
        reference_mm3=match.reference_voxels(label) * pair.voxel_mm3,
        prediction_mm3=None if best is None else match.prediction_voxels(best) * pair.voxel_mm3,
        parts=len(match.parts_of(label, pair.rules)),
        touches_border=pair.reference.touches_border(label),
        is_reference_complete=pair.reference_complete.get(label),
        is_predicted_complete=_class_for(pair, label),
        is_localised=_is_localised(pair, label),
        is_identified=_is_identified(pair, label) if pair.has_levels else None,
    )


def _instance(pair: ScanPair, label: int) -> InstanceScore:
    match = pair.matching
    return InstanceScore(
        prediction=label,
        verdict=_verdict(pair, label),
        best_reference=match.best_reference.get(label),
        merges=match.merged_by(label, pair.rules),
        is_true_positive=label in match.true_positive.values(),
        is_complete=pair.is_predicted_complete(label),
        touches_border=pair.prediction.touches_border(label),
        volume_mm3=match.prediction_voxels(label) * pair.voxel_mm3,
        reference_share=match.share_on_targets(label),
        sacrum_share=match.share_on_background(label),
    )


def _verdict(pair: ScanPair, label: int) -> InstanceVerdict:
    match, rules = pair.matching, pair.rules
    if match.share_on_targets(label) >= rules.stray_share:
        return InstanceVerdict.ON_REFERENCE
    is_on_sacrum = match.share_on_background(label) > rules.sacrum_share
    if not (is_on_sacrum or pair.is_in_labelled_range(label)):
        return InstanceVerdict.BEYOND_RANGE
    if pair.prediction.touches_border(label):
        return InstanceVerdict.AT_BORDER
    if pair.is_predicted_complete(label) is False:
        return InstanceVerdict.NOT_EXPORTED
    return InstanceVerdict.FALSE


def _surface_distances(pair: ScanPair, prediction: int, reference: int) -> SurfaceDistances:
    return label_surface_distances(
        (pair.reference_labels, reference, pair.reference.boxes[reference]),
        (pair.prediction_labels, prediction, pair.prediction.boxes[prediction]),
        pair.spacing_mm,
    )


def _centroid_distance_mm(pair: ScanPair, prediction: int, reference: int) -> float:
    predicted = {prediction: pair.prediction.centroids_mm[prediction]}
    return nearest(pair.targets_mm[reference], predicted)[1]


def _class_for(pair: ScanPair, reference: int) -> bool | None:
    """Class of the prediction that is this vertebra's and whose vertebra this is.

    A prediction has one class. Where it swallowed a neighbour's fragment too,
    the class speaks for the vertebra that it mostly is.
    """
    best = pair.matching.best_prediction.get(reference)
    if best is None or pair.matching.best_reference[best] != reference:
        return None
    return pair.is_predicted_complete(best)


def _is_localised(pair: ScanPair, reference: int) -> bool:
    if not pair.prediction.centroids_mm:
        return False
    closest, distance_mm = nearest(pair.targets_mm[reference], pair.prediction.centroids_mm)
    back, _ = nearest(pair.prediction.centroids_mm[closest], pair.targets_mm)
    return back == reference and distance_mm <= pair.rules.identification_mm


def _is_identified(pair: ScanPair, reference: int) -> bool:
    place = pair.prediction.centroids_mm.get(reference)
    if place is None:
        return False
    closest, distance_mm = nearest(place, pair.targets_mm)
    return closest == reference and distance_mm <= pair.rules.identification_mm
