"""One sample's look at a drawn scan: cropped, flipped, numbered in walking order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .drawn import DrawnScan

_REMAINS_EXPONENT = 1.5
"""Above 1, cuts leave little of a vertebra more often than much."""


@dataclass(frozen=True, eq=False)
class View:
    """Views (no copies) of a drawn scan; the walk goes towards +z."""

    image: NDArray[np.int16]
    labels: NDArray[np.uint8]
    no_loss: NDArray[np.bool_]
    order: tuple[int, ...]
    """Labels in view, in walking order."""
    boxes: dict[int, tuple[slice, slice, slice]]
    """Bounding box of each label in view."""
    voxels: dict[int, int]
    """Voxels of each label in view."""
    full_voxels: NDArray[np.float64]
    is_complete: NDArray[np.bool_]
    sacrum_center: tuple[float, float, float] | None
    ignored: frozenset[int] = frozenset()
    loss_weight: Mapping[int, float] = field(default_factory=dict)

    def center(self, label: int) -> NDArray[np.float64]:
        """Middle of a label's bounding box."""
        return np.array([(s.start + s.stop - 1) / 2 for s in self.boxes[label]])


def draw_view(
    rng: np.random.Generator, scan: DrawnScan, crop_share: float, upward_share: float = 0.5
) -> View:
    """Crop at random (P22), walk up in a share of the samples (P12), mirror left and right."""
    region = _draw_region(rng, scan) if rng.random() < crop_share else (slice(None),) * 3
    is_up = bool(rng.random() < upward_share)
    flip_x = bool(rng.random() < 0.5)
    turn = (
        slice(None, None, -1 if is_up else 1),
        slice(None),
        slice(None, None, -1 if flip_x else 1),
    )
    labels = scan.labels[region][turn]
    boxes = {
        label: box
        for label, box in enumerate(ndimage.find_objects(labels), start=1)
        if box is not None
    }
    counts = np.bincount(labels.ravel(), minlength=scan.count + 1)
    return View(
        image=scan.image[region][turn],
        labels=labels,
        no_loss=scan.no_loss[region][turn],
        order=tuple(sorted(boxes, reverse=is_up)),
        boxes=boxes,
        voxels={label: int(counts[label]) for label in boxes},
        full_voxels=scan.full_voxels,
        is_complete=scan.is_complete,
        sacrum_center=_moved(scan.sacrum_center, region, turn, labels.shape),
        ignored=scan.ignored,
        loss_weight=scan.loss_weight,
    )


def _draw_region(rng: np.random.Generator, scan: DrawnScan) -> tuple[slice, slice, slice]:
    """Cut along z through vertebrae at the ends; sometimes along y or x too."""
    region = [_ends_within_vertebrae(rng, scan.labels)]
    for size in scan.labels.shape[1:]:
        low, high = 0, size
        if rng.random() < 0.25:
            if rng.random() < 0.6:
                low = int(rng.uniform(0, 0.25) * size)
            if rng.random() < 0.6:
                high = size - int(rng.uniform(0, 0.25) * size)
        region.append(_slice(low, high, size))
    return region[0], region[1], region[2]


def _ends_within_vertebrae(rng: np.random.Generator, labels: NDArray[np.uint8]) -> slice:
    """Along z. Small remains are drawn the most often: a walk that begins with a sliver takes
    it and the whole vertebra after it for one.
    """
    size = labels.shape[0]
    boxes = [box[0] for box in ndimage.find_objects(labels) if box is not None]
    low, high = 0, size
    if boxes and rng.random() < 0.6:
        first = boxes[int(rng.uniform(0, 0.6) * len(boxes))]
        low = first.stop - _remains(rng, first)
    if boxes and rng.random() < 0.6:
        last = boxes[-1 - int(rng.uniform(0, 0.6) * len(boxes))]
        high = last.start + _remains(rng, last)
    return _slice(low, high, size)


def _remains(rng: np.random.Generator, extent: slice) -> int:
    """How much of a vertebra's height a cut leaves."""
    return int(rng.uniform(0, 1) ** _REMAINS_EXPONENT * (extent.stop - extent.start))


def _slice(low: int, high: int, size: int) -> slice:
    """From low to high; all where that would leave next to nothing."""
    return slice(low, high) if high - low >= min(12, size) else slice(0, size)


def _moved(
    point: tuple[float, float, float] | None,
    region: tuple[slice, ...],
    turn: tuple[slice, ...],
    shape: tuple[int, ...],
) -> tuple[float, float, float] | None:
    """A point of the scan in the coordinates of the view; None where it was cropped off."""
    if point is None:
        return None
    moved = []
    for value, cut, way, size in zip(point, region, turn, shape, strict=True):
        inside = value - (cut.start or 0)
        if not 0 <= inside < size:
            return None
        moved.append(size - 1 - inside if way.step == -1 else inside)
    return moved[0], moved[1], moved[2]
