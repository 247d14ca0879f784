"""Panoptic quality: how many instances were recognised, and how well."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PanopticQuality:
    """Counts behind PQ = SQ × RQ (Kirillov et al. 2019), per scan.

    With IoU above one half every pair is unique, so no assignment is needed.
    """

    true_positive_ious: tuple[float, ...]
    """IoU of every recognised vertebra."""
    false_positives: int
    """Predictions without a reference."""
    false_negatives: int
    """References without a prediction."""

    @property
    def sq(self) -> float | None:
        """Segmentation quality: mean IoU of the recognised; None without any."""
        ious = self.true_positive_ious
        return sum(ious) / len(ious) if ious else None

    @property
    def rq(self) -> float | None:
        """Recognition quality: the F1 score; None for an empty scan predicted empty."""
        errors = self.false_positives + self.false_negatives
        weight = len(self.true_positive_ious) + 0.5 * errors
        return len(self.true_positive_ious) / weight if weight else None

    @property
    def pq(self) -> float | None:
        """Panoptic quality; 0 where nothing was recognised, None where there was nothing."""
        if self.rq is None:
            return None
        return (self.sq or 0.0) * self.rq
