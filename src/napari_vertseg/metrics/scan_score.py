"""Everything that is counted about one scan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..volume import ZyxFloat
from .panoptic import PanopticQuality
from .vertebra_score import InstanceScore, InstanceVerdict, VertebraScore


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanScore:
    """One scan: its vertebrae, its predicted instances, and what follows from them.

    A figure is None where the scan has nothing to take it from.
    """

    name: str
    spacing_mm: ZyxFloat
    vertebrae: tuple[VertebraScore, ...]
    """Reference vertebrae, head to foot."""
    instances: tuple[InstanceScore, ...]
    """Predicted instances by label value."""
    order_errors: int
    """Neighbouring found vertebrae whose predicted numbers do not ascend head to foot."""
    sacrum_share: float = 0.1
    """Share in the sacrum above which an instance lies on it."""
    steps: int | None = None
    """Evaluations of the network."""
    seconds: float | None = None
    """Time for the scan without input and output."""

    @property
    def seconds_per_step(self) -> float | None:
        """Time for one evaluation with all around it."""
        if not self.steps or self.seconds is None:
            return None
        return self.seconds / self.steps

    @property
    def found(self) -> int:
        """References with a prediction of their own."""
        return sum(v.is_found for v in self.vertebrae)

    @property
    def missed(self) -> int:
        """References without one."""
        return len(self.vertebrae) - self.found

    @property
    def missed_complete(self) -> int:
        """Missed ones that are not marked as cut."""
        return sum(not v.is_found and v.is_reference_complete is not False for v in self.vertebrae)

    @property
    def merged(self) -> int:
        """Predictions that swallowed two or more vertebrae."""
        return sum(i.is_merged for i in self.instances)

    @property
    def split(self) -> int:
        """References shared by two or more predictions."""
        return sum(v.is_split for v in self.vertebrae)

    @property
    def false(self) -> int:
        """Exported instances inside the scan that overlap no reference."""
        return sum(i.verdict is InstanceVerdict.FALSE for i in self.instances)

    @property
    def false_without_border_rule(self) -> int:
        """Every instance that overlaps no reference, cut or exported or not."""
        return sum(i.is_stray for i in self.instances)

    @property
    def on_sacrum(self) -> int:
        """Exported instances that lie on the sacrum, at the border or not."""
        return sum(i.is_exported and i.sacrum_share > self.sacrum_share for i in self.instances)

    @property
    def count_error(self) -> int:
        """Judged instances, less those that the border rule excuses, minus references."""
        judged = [i for i in self.instances if i.verdict is not InstanceVerdict.BEYOND_RANGE]
        return sum(not i.is_excused for i in judged) - len(self.vertebrae)

    @property
    def dice_mean(self) -> float | None:
        """Mean over references by largest overlap, a missing one being 0."""
        return mean(v.dice for v in self.vertebrae)

    @property
    def label_dice_mean(self) -> float | None:
        """Mean over references by name, a missing name being 0 (VerSe)."""
        return mean(v.label_dice for v in self.vertebrae)

    @property
    def asd_mm_mean(self) -> float | None:
        """Mean over found vertebrae."""
        return mean(v.asd_mm for v in self.vertebrae if v.is_found)

    @property
    def hd95_mm_mean(self) -> float | None:
        """Mean over found vertebrae."""
        return mean(v.hd95_mm for v in self.vertebrae if v.is_found)

    @property
    def surface_dice_mean(self) -> float | None:
        """Mean over references, a missing one being 0."""
        return mean(v.surface_dice or 0.0 for v in self.vertebrae)

    @property
    def centroid_distance_mm_mean(self) -> float | None:
        """Mean over found vertebrae."""
        return mean(v.centroid_distance_mm for v in self.vertebrae if v.is_found)

    @property
    def localisation_rate(self) -> float | None:
        """Share of references whose place is known, whatever the name."""
        return mean(v.is_localised for v in self.vertebrae)

    @property
    def identification_rate(self) -> float | None:
        """Share of references whose name and place are known (VerSe)."""
        return mean(v.is_identified for v in self.vertebrae)

    @property
    def classified(self) -> int:
        """Vertebrae whose completeness can be scored."""
        return sum(v.is_completeness_scored for v in self.vertebrae)

    @property
    def completeness_fp(self) -> int:
        """Cut vertebrae taken for complete."""
        return self._classes(reference=False, predicted=True)

    @property
    def completeness_fn(self) -> int:
        """Complete vertebrae taken for cut."""
        return self._classes(reference=True, predicted=False)

    @property
    def completeness_accuracy(self) -> float | None:
        """Share of classified vertebrae whose class is right."""
        if not self.classified:
            return None
        return 1.0 - (self.completeness_fp + self.completeness_fn) / self.classified

    @property
    def panoptic(self) -> PanopticQuality:
        """Panoptic quality under the border rule."""
        return self._panoptic(is_border_excused=True)

    @property
    def panoptic_without_border_rule(self) -> PanopticQuality:
        """Panoptic quality with every stray instance held against it."""
        return self._panoptic(is_border_excused=False)

    def _panoptic(self, *, is_border_excused: bool) -> PanopticQuality:
        false = [
            i
            for i in self.instances
            if not i.is_true_positive
            and i.verdict is not InstanceVerdict.BEYOND_RANGE
            and not (is_border_excused and i.is_excused)
        ]
        ious = tuple(v.iou for v in self.vertebrae if v.iou is not None)
        return PanopticQuality(ious, len(false), len(self.vertebrae) - len(ious))

    def _classes(self, *, reference: bool, predicted: bool) -> int:
        return sum(
            v.is_reference_complete is reference and v.is_predicted_complete is predicted
            for v in self.vertebrae
        )


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of what is known; None where nothing is."""
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None
