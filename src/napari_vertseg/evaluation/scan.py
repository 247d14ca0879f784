"""One segmented scan against its reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from ..errors import CaseIncomplete
from ..metrics import ScanScore, ScoringRules, score_scan
from ..segmentation import Segmentation
from ..volume import ZyxFloat


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LabelledPrediction:
    """A prediction that comes as a label map, from a file or from a walk on any grid."""

    labels: NDArray[Any]
    """(z, y, x) integers; every instance, those judged incomplete included, numbered
    head to foot."""
    spacing_mm: ZyxFloat
    is_complete: Mapping[int, bool] | None = None
    """Class of every label; None where the prediction has none."""
    has_levels: bool = False
    """The values are VerSe values."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Reference:
    """What a person, or the maker of a phantom, says about a scan."""

    labels: NDArray[Any]
    """(z, y, x) VerSe values."""
    is_complete: Mapping[int, bool] = field(default_factory=dict)
    """Marks of those vertebrae that have one."""
    is_exhaustive: bool = True
    """Every vertebra of the scan is in it; False for a reference that covers a range."""


def evaluate_scan(
    prediction: Segmentation | LabelledPrediction,
    reference: Reference,
    *,
    name: str = "scan",
    rules: ScoringRules | None = None,
    steps: int | None = None,
    seconds: float | None = None,
) -> ScanScore:
    """Score one scan (P23); see ``metrics.score_scan`` for every definition.

    Parameters
    ----------
    prediction : Segmentation or LabelledPrediction
        On the grid of the reference: the scan's own for figures that are
        published, the working grid for the trainer's validation.
    reference : Reference
        Labels with what is known about them.
    name : str
        Name of the scan in tables; never a path.
    rules : ScoringRules, optional
        Thresholds.
    steps, seconds : optional
        What the walk took, without input and output.

    Raises
    ------
    CaseIncomplete
        Prediction and reference do not fit together.
    """
    labelled = _labelled(prediction) if isinstance(prediction, Segmentation) else prediction
    if labelled.labels.shape != reference.labels.shape:
        raise CaseIncomplete(
            f"{name}: the prediction has {labelled.labels.shape} voxels and the reference "
            f"{reference.labels.shape}; bring both onto the grid of the scan first."
        )
    try:
        return score_scan(
            labelled.labels,
            reference.labels,
            labelled.spacing_mm,
            name=name,
            predicted_complete=labelled.is_complete,
            reference_complete=reference.is_complete,
            is_exhaustive=reference.is_exhaustive,
            has_levels=labelled.has_levels,
            rules=rules,
            steps=steps,
            seconds=seconds,
        )
    except ValueError as error:
        raise CaseIncomplete(f"{name} cannot be evaluated: {error}.") from error


def _labelled(segmentation: Segmentation) -> LabelledPrediction:
    instances = segmentation.instances
    return LabelledPrediction(
        labels=segmentation.label_map(keep_incomplete=True),
        spacing_mm=segmentation.grid.spacing_mm,
        is_complete={number: i.is_complete for number, i in segmentation.numbered()},
        has_levels=bool(instances) and all(i.level is not None for i in instances),
    )
