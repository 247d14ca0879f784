"""Which prediction belongs to which reference vertebra, in the three senses that scores need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from .contingency import Contingency, count_shared_voxels
from .rules import ScoringRules


@dataclass(frozen=True, eq=False, slots=True)
class Matching:
    """Pairs of prediction and reference, by largest overlap and one to one."""

    table: Contingency
    """Shared voxels; the columns are targets only."""
    background_voxels: NDArray[np.int64]
    """(prediction,) voxels that lie in the sacrum."""
    best_prediction: Mapping[int, int]
    """Reference → the prediction that overlaps it most (P23); absent without overlap."""
    best_reference: Mapping[int, int]
    """Prediction → the reference that it overlaps most; absent without overlap."""
    found: Mapping[int, int]
    """Reference → a prediction of its own that reaches ``found_dice``."""
    true_positive: Mapping[int, int]
    """Reference → the prediction whose IoU with it exceeds ``match_iou``."""

    def dice(self, prediction: int, reference: int) -> float:
        """Dice of one prediction and one reference; 0 where the scan has no such label."""
        if prediction not in self.table.predictions or reference not in self.table.references:
            return 0.0
        return float(self.table.dice[self._at(prediction, reference)])

    def iou(self, prediction: int, reference: int) -> float:
        """Intersection over union of one prediction and one reference."""
        return float(self.table.iou[self._at(prediction, reference)])

    def prediction_voxels(self, prediction: int) -> int:
        """Voxels of one prediction."""
        return int(self.table.prediction_voxels[self.table.predictions.index(prediction)])

    def reference_voxels(self, reference: int) -> int:
        """Voxels of one reference."""
        return int(self.table.reference_voxels[self.table.references.index(reference)])

    def share_on_targets(self, prediction: int) -> float:
        """Share of a prediction's volume that lies on any reference vertebra."""
        row = self.table.predictions.index(prediction)
        return float(self.table.shared[row].sum() / self.table.prediction_voxels[row])

    def share_on_background(self, prediction: int) -> float:
        """Share of a prediction's volume that lies in the sacrum."""
        row = self.table.predictions.index(prediction)
        return float(self.background_voxels[row] / self.table.prediction_voxels[row])

    def merged_by(self, prediction: int, rules: ScoringRules) -> tuple[int, ...]:
        """References that this prediction covers and that have no better one."""
        return tuple(
            reference
            for reference, best in self.best_prediction.items()
            if best == prediction and self._covered(prediction, reference) > rules.merged_share
        )

    def parts_of(self, reference: int, rules: ScoringRules) -> tuple[int, ...]:
        """Predictions that lie mostly on this reference and cover a good share of it."""
        return tuple(
            prediction
            for prediction, best in self.best_reference.items()
            if best == reference and self._covered(prediction, reference) >= rules.split_share
        )

    def _covered(self, prediction: int, reference: int) -> float:
        row, column = self._at(prediction, reference)
        return float(self.table.shared[row, column] / self.table.reference_voxels[column])

    def _at(self, prediction: int, reference: int) -> tuple[int, int]:
        return self.table.predictions.index(prediction), self.table.references.index(reference)


def match_vertebrae(
    prediction_labels: NDArray[Any],
    reference_labels: NDArray[Any],
    rules: ScoringRules | None = None,
) -> Matching:
    """Match every prediction, incomplete ones included, with the references (P23).

    Parameters
    ----------
    prediction_labels, reference_labels : (z, y, x) integers
        Same grid, 0 is background; the values of both maps need not agree.
    rules : ScoringRules, optional
        Thresholds, and the reference values that are no targets.
    """
    rules = rules or ScoringRules()
    table = count_shared_voxels(prediction_labels, reference_labels)
    background = tuple(v for v in table.references if v in rules.background_labels)
    targets = table.only(tuple(v for v in table.references if v not in background))
    return Matching(
        table=targets,
        background_voxels=table.only(background).shared.sum(axis=1),
        best_prediction=_largest(targets.shared.T, targets.references, targets.predictions),
        best_reference=_largest(targets.shared, targets.predictions, targets.references),
        found=_one_to_one(targets, rules.found_dice),
        true_positive=_above(targets, rules.match_iou),
    )


def _largest(
    shared: NDArray[np.int64], rows: tuple[int, ...], columns: tuple[int, ...]
) -> dict[int, int]:
    """Column value with the most voxels per row value; the lower value wins a draw."""
    if not columns:
        return {}
    best = shared.argmax(axis=1)
    return {
        row: columns[column]
        for row, column, counts in zip(rows, best, shared, strict=True)
        if counts[column] > 0
    }


def _one_to_one(table: Contingency, least_dice: float) -> dict[int, int]:
    """Assignment of largest total Dice, so that one merged blob finds one vertebra only."""
    dice = np.where(table.dice >= least_dice, table.dice, 0.0)
    pairs = zip(*linear_sum_assignment(dice, maximize=True), strict=True)
    return {table.references[c]: table.predictions[r] for r, c in pairs if dice[r, c] > 0}


def _above(table: Contingency, least_iou: float) -> dict[int, int]:
    """Pairs above an IoU of at least one half: no label can be in two of them."""
    pairs = zip(*np.nonzero(table.iou > max(least_iou, 0.5)), strict=True)
    return {table.references[c]: table.predictions[r] for r, c in pairs}
