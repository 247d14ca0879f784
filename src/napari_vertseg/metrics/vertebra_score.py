"""What is known about one reference vertebra, and about one predicted instance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class VertebraScore:
    """One reference vertebra against the prediction that overlaps it most (P23)."""

    reference: int
    """Label value in the reference."""
    prediction: int | None
    """Label value of the prediction with the largest overlap; None without any."""
    is_found: bool
    """A prediction of its own reaches the Dice of a found vertebra."""
    dice: float
    """Whatever the names say; 0 where nothing overlaps."""
    label_dice: float | None
    """With the prediction of the same name, 0 where there is none; None without names."""
    iou: float | None
    """With its true positive of panoptic quality; None where it has none."""
    asd_mm: float | None
    """Mean absolute symmetric surface distance; None where nothing overlaps."""
    hd95_mm: float | None
    """95th percentile Hausdorff distance."""
    surface_dice: float | None
    """Share of both surfaces within the tolerance of the other."""
    centroid_distance_mm: float | None
    """Between the centroids of reference and prediction."""
    reference_mm3: float
    """Volume of the reference."""
    prediction_mm3: float | None
    """Volume of the prediction."""
    parts: int
    """Predictions that lie mostly on this vertebra and cover a good share of it."""
    touches_border: bool
    """The reference reaches the border of the scan."""
    is_reference_complete: bool | None
    """As marked by the annotator; None where unknown."""
    is_predicted_complete: bool | None
    """As classified; None where unknown, or where the prediction lies mostly on
    another vertebra and its class belongs to that one."""
    is_localised: bool
    """Its centroid and one predicted centroid are each other's nearest, near enough."""
    is_identified: bool | None
    """The prediction of the same name lies near enough and nearest to it; None without names."""

    @property
    def is_split(self) -> bool:
        """Whether two or more predictions share this vertebra."""
        return self.parts > 1

    @property
    def is_completeness_scored(self) -> bool:
        """Whether both sides say if the vertebra is completely visible."""
        return self.is_reference_complete is not None and self.is_predicted_complete is not None


class InstanceVerdict(StrEnum):
    """What a predicted instance turned out to be."""

    ON_REFERENCE = "on reference"
    """Overlaps a reference vertebra."""
    FALSE = "false"
    """Exported, overlaps no reference, does not touch the border."""
    AT_BORDER = "at border"
    """Overlaps no reference but touches the border, where references end early."""
    NOT_EXPORTED = "not exported"
    """Overlaps no reference, inside the scan, judged incomplete: in no mask."""
    BEYOND_RANGE = "beyond range"
    """Lies where the reference is silent: neither right nor wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceScore:
    """One predicted instance against all references."""

    prediction: int
    """Label value in the prediction."""
    verdict: InstanceVerdict
    best_reference: int | None
    """Reference that it overlaps most; None without any."""
    merges: tuple[int, ...]
    """References that it covers as their best prediction; two or more are merged."""
    is_true_positive: bool
    """IoU with a reference above that of panoptic quality."""
    is_complete: bool | None
    """As classified; None where unknown, then it counts as exported."""
    touches_border: bool
    """It reaches the border of the scan."""
    volume_mm3: float
    reference_share: float
    """Share of its volume on reference vertebrae."""
    sacrum_share: float
    """Share of its volume in the sacrum."""

    @property
    def is_exported(self) -> bool:
        """Whether the mask that users get holds it (P11)."""
        return self.is_complete is not False

    @property
    def is_merged(self) -> bool:
        """Whether it swallowed more than one vertebra."""
        return len(self.merges) > 1

    @property
    def is_stray(self) -> bool:
        """Whether it overlaps no reference, where the reference has a say."""
        return self.verdict not in (InstanceVerdict.ON_REFERENCE, InstanceVerdict.BEYOND_RANGE)

    @property
    def is_excused(self) -> bool:
        """The border rule: many references leave partial vertebrae at the border out."""
        return self.verdict is InstanceVerdict.AT_BORDER and self.is_complete is False
