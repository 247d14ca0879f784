"""What figures are called on a page, and how their numbers are written."""

from __future__ import annotations

from typing import Final

from ..metrics import Figure
from ..pictures.drawn import level_name
from .findings import Finding
from .folders import EvaluatedScan

FIGURES: Final[dict[str, tuple[str, int]]] = {
    "dice_mean": ("Dice, mean over scans", 3),
    "dice_pooled": ("Dice, pooled over vertebrae", 3),
    "dice_median": ("Dice, median vertebra", 3),
    "dice_p05": ("Dice, 5th percentile", 3),
    "dice_found_pooled": ("Dice, found vertebrae only", 3),
    "asd_mm_mean": ("mean surface distance, mm", 2),
    "asd_mm_pooled": ("mean surface distance, pooled, mm", 2),
    "hd95_mm_mean": ("HD95, mm", 2),
    "surface_dice_mean": ("surface Dice at 1 mm", 3),
    "found": ("found", 1),
    "found_rate": ("found, share", 3),
    "missed": ("missed", 1),
    "missed_complete": ("missed, not cut", 1),
    "merged": ("merged", 1),
    "split": ("split", 1),
    "false": ("false", 1),
    "false_without_border_rule": ("without reference, border and cut ones too", 1),
    "on_sacrum": ("on the sacrum", 1),
    "order_errors": ("order errors", 1),
    "count_error": ("count errors", 1),
    "completeness_accuracy": ("completeness accuracy", 3),
    "completeness_fp_per_scan": ("cut, taken for complete, per scan", 2),
    "completeness_fn_per_scan": ("complete, taken for cut, per scan", 2),
    "label_dice_mean": ("Dice by name, missing = 0", 3),
    "identification_rate": ("identification rate", 3),
    "localisation_rate": ("localisation rate", 3),
    "centroid_distance_mm_mean": ("centroid distance, mm", 2),
    "pq_mean": ("panoptic quality", 3),
    "sq_mean": ("segmentation quality", 3),
    "rq_mean": ("recognition quality", 3),
    "pq_without_border_rule_mean": ("panoptic quality without the border rule", 3),
    "steps_mean": ("steps per scan", 1),
    "seconds_per_step_mean": ("seconds per step", 3),
    "seconds_mean": ("seconds per scan", 1),
}
"""Words and digits by the flat name of ``summary.json``."""

METHOD: Final = (
    "Every reference vertebra is compared with the prediction that overlaps it most, incomplete "
    "predictions included, at the scan's own resolution; a missed vertebra has Dice 0. Distances "
    "are taken over found vertebrae.",
    "Found: a prediction of its own reaches Dice 0.5. Merged: one prediction is the best of two "
    "references and covers more than half of each. Split: two predictions lie mostly on one "
    "reference and cover at least a tenth of it each.",
    "False: an exported complete instance that overlaps no reference and does not touch the "
    "border of the scan. Border rule: a cut instance at the border without a reference is "
    "excused; figures without that rule stand beside.",
    "Completeness is scored where the mask and the mark belong to the same vertebra. Where nobody "
    "marked it, a vertebra with more than 1 cm² on the first or last slice counts as cut.",
    "Identification (VerSe): the prediction of the same name lies within 20 mm and is nearest.",
    "Intervals come from drawing whole scans with replacement, 2000 times.",
    "Seconds are those of the walk, without reading, resampling and writing.",
)

SCAN_HEAD: Final = (
    "scan", "found", "merged", "split", "false", "Dice", "ASD mm", "HD95 mm", "completeness",
    "PQ", "steps", "seconds", "slice mm",
)  # fmt: skip
"""Columns of ``scan_cells``; a star: nobody marked which vertebrae are complete."""


def figure_words(figure: Figure, digits: int) -> tuple[str, str, str]:
    """Value, interval, and how many it was taken from."""
    value = figure.value
    if value is None:
        return "–", "–", "–"
    words = str(value) if isinstance(value, int) else f"{value:.{digits}f}"
    if figure.low is None or figure.high is None:
        return words, "", ""
    return words, f"{figure.low:.{digits}f} to {figure.high:.{digits}f}", str(figure.count)


def finding_words(finding: Finding) -> str:
    """Caption of a close-up."""
    name = level_name(finding.label) if finding.has_levels else f"no. {finding.label}"
    dice = "" if finding.kind == "false" else f"Dice {finding.dice:.2f}"
    other = "" if finding.against is None else f"the other model {finding.against:.2f}"
    return " · ".join(w for w in (finding.pair.name, name, dice, other, *finding.words) if w)


def scan_cells(scan: EvaluatedScan) -> tuple[str, ...]:
    """One scan as cells."""
    score = scan.score
    right = score.classified - score.completeness_fp - score.completeness_fn
    marked = "" if scan.marks_from == "marks" else " *"
    return (
        score.name,
        f"{score.found}/{len(score.vertebrae)}",
        str(score.merged),
        str(score.split),
        str(score.false),
        _number(score.dice_mean, 3),
        _number(score.asd_mm_mean, 2),
        _number(score.hd95_mm_mean, 2),
        f"{right}/{score.classified}{marked}" if score.classified else "–",
        _number(score.panoptic.pq, 3),
        _number(score.steps, 0),
        _number(score.seconds, 1),
        f"{score.spacing_mm.z:.2f}",
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
