"""A prediction laid over its reference: what every score of a scan is taken from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import head_to_foot_rank
from ..volume import ZyxFloat
from .matching import Matching, match_vertebrae
from .places import LabelPlaces
from .rules import ScoringRules


@dataclass(frozen=True, eq=False, kw_only=True)
class ScanPair:
    """Two label maps of one scan with what is known about their labels."""

    prediction_labels: NDArray[Any]
    """(z, y, x) integers; every instance, those judged incomplete included."""
    reference_labels: NDArray[Any]
    """(z, y, x) integers on the same grid."""
    spacing_mm: ZyxFloat
    predicted_complete: Mapping[int, bool] | None
    """Class of every predicted label; None where the prediction has none."""
    reference_complete: Mapping[int, bool]
    """Mark of the reference labels that have one."""
    is_exhaustive: bool
    """Whether the reference holds every vertebra of the scan."""
    has_levels: bool
    """Whether predicted values are anatomical names (VerSe values)."""
    rules: ScoringRules

    def __post_init__(self) -> None:
        unclassified = set(self.matching.table.predictions) - set(self.predicted_complete or ())
        if self.predicted_complete is not None and unclassified:
            raise ValueError(f"no completeness given for the predictions {sorted(unclassified)}")

    @cached_property
    def matching(self) -> Matching:
        """Which label belongs to which."""
        return match_vertebrae(self.prediction_labels, self.reference_labels, self.rules)

    @cached_property
    def prediction(self) -> LabelPlaces:
        """Where the predicted labels lie."""
        return LabelPlaces(self.prediction_labels, self.spacing_mm)

    @cached_property
    def reference(self) -> LabelPlaces:
        """Where the reference labels lie, the sacrum included."""
        return LabelPlaces(self.reference_labels, self.spacing_mm)

    @cached_property
    def targets_mm(self) -> dict[int, NDArray[np.float64]]:
        """Centroids of the reference vertebrae, head to foot."""
        targets = self.matching.table.references
        places = {label: self.reference.centroids_mm[label] for label in targets}
        return dict(sorted(places.items(), key=lambda item: float(item[1][0])))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel."""
        return float(np.prod(self.spacing_mm))

    def is_predicted_complete(self, prediction: int) -> bool | None:
        """Class of one prediction; None where there is none."""
        return None if self.predicted_complete is None else self.predicted_complete[prediction]

    def is_in_labelled_range(self, prediction: int) -> bool:
        """Whether the reference has a say where this prediction lies along the spine.

        The range of a reference that is not exhaustive goes from its first to
        its last centroid: beyond them lies bone that nobody labelled.
        """
        if self.is_exhaustive:
            return True
        heights = [float(place[0]) for place in self.targets_mm.values()]
        height = float(self.prediction.centroids_mm[prediction][0])
        return bool(heights) and min(heights) <= height <= max(heights)

    def order_errors(self) -> int:
        """Neighbouring found vertebrae whose predicted numbers do not ascend head to foot."""
        found = [self.matching.found[v] for v in self.targets_mm if v in self.matching.found]
        ranks = [head_to_foot_rank(v) if self.has_levels else v for v in found]
        return sum(below <= above for above, below in pairwise(ranks))
