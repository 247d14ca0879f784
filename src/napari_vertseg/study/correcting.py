"""A person who corrects proposals, simulated from the truth, and the work it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level
from ..segmentation import Segmentation, VertebraInstance
from .subject import Subject

GOOD_ENOUGH_DICE = 0.9
"""A mask that reaches it is left as it is, as a person in a hurry does."""
_NO_VERTEBRA = 255
_KNOWN_SHARE = 0.5
"""Of a mask on labelled voxels, from which on the truth has a say about it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Corrected:
    """Labels after correction, with what it took."""

    labels: NDArray[np.uint8]
    """(z, y, x) VerSe values: masks of the truth or of the model, names of the truth."""
    vertebrae: int
    """In the truth."""
    replaced: int
    """Drawn anew since they were not good enough."""
    added: int
    """Missing ones."""
    deleted: int
    """False ones."""
    voxels: int
    """Voxels that changed."""

    @property
    def touched(self) -> int:
        """Vertebrae that took work."""
        return self.replaced + self.added + self.deleted

    def effort(self) -> dict[str, Any]:
        """For a table."""
        names = ("vertebrae", "replaced", "added", "deleted", "touched", "voxels")
        return {name: getattr(self, name) for name in names}


def correct(
    proposal: Segmentation, subject: Subject, *, good_enough: float = GOOD_ENOUGH_DICE
) -> Corrected:
    """Keep what is good, draw what is not, delete what is false.

    Each instance is taken for the vertebra that it overlaps most; of several on one, the
    best stays. The marks of completeness are the person's own, those of the truth. Where only
    a range of the spine is labelled, what lies beyond it is neither right nor wrong, and no
    work.

    Parameters
    ----------
    proposal : Segmentation
        On the subject's grid.
    subject : Subject
        Its labels are what the person knows.
    good_enough : float
        Least Dice of a mask that is left as it is.
    """
    truth, targets = subject.labels, subject.targets  # asked for once: it counts every voxel
    others = np.setdiff1d(np.arange(256), targets)
    whole = np.bincount(truth.ravel(), minlength=256)
    best: dict[int, tuple[float, int]] = {}
    instances = _within(proposal.instances, subject, targets)
    for number, instance in enumerate(instances):
        under = np.bincount(truth[instance.slices][instance.mask], minlength=256)
        shared = under.copy()
        shared[others] = 0
        value = int(shared.argmax())
        if shared[value]:
            dice = float(2 * shared[value] / (whole[value] + under.sum()))
            best[value] = max(best.get(value, (0.0, -1)), (dice, number))
    kept = {v: number for v, (dice, number) in best.items() if dice >= good_enough}
    labels = np.zeros(truth.shape, dtype=np.uint8)
    for value in targets:
        if value not in kept:
            labels[truth == value] = value
    for value, number in kept.items():
        instance = instances[number]
        view = labels[instance.slices]
        view[instance.mask & (view == 0)] = value
    owner = {number: value for value, (_, number) in best.items()}
    before = np.zeros(truth.shape, dtype=np.uint8)
    for number, instance in enumerate(instances):
        before[instance.slices][instance.mask] = owner.get(number, _NO_VERTEBRA)
    voxels = int(np.count_nonzero(labels != before))
    labels[(truth == Level.S1) & (labels == 0)] = Level.S1  # nobody has to draw it
    return Corrected(
        labels=labels,
        vertebrae=len(targets),
        replaced=len(best.keys() - kept.keys()),
        added=len(set(targets) - best.keys()),
        deleted=len(instances) - len(best),
        voxels=voxels,
    )


def _within(
    instances: Sequence[VertebraInstance], subject: Subject, targets: Sequence[int]
) -> list[VertebraInstance]:
    """Without those that lie where nobody labelled anything: beyond the first and last centre.

    The scores have the same range, ``ScanPair.is_in_labelled_range``: a neighbour without a
    label reaches into the slices of the last one that has one.
    """
    if subject.is_exhaustive or not targets:
        return list(instances)
    slices = np.arange(subject.labels.shape[0])
    areas = [np.count_nonzero(subject.labels == value, axis=(1, 2)) for value in targets]
    heights = [float(np.average(slices, weights=area)) for area in areas]
    return [i for i in instances if not _is_beyond(i, subject, min(heights), max(heights))]


def _is_beyond(instance: VertebraInstance, subject: Subject, first: float, last: float) -> bool:
    if (subject.labels[instance.slices][instance.mask] > 0).mean() >= _KNOWN_SHARE:
        return False
    height = instance.start.z + float(np.nonzero(instance.mask)[0].mean())
    return not first <= height <= last
