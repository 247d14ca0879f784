"""One training sample: patch, memory, target, weights, completeness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.training import LossConfig, TrainingConfig
from napari_vertseg.volume import OUTSIDE_HU, Window, Zyx, bounding_slices

from .augment import disturb, draw_disturbance
from .drawn import DrawnScan
from .memory import perturb, remembered, with_half_space
from .states import Moment, draw_moment
from .view import View, draw_view

_SLIVER_MM3 = 1000.0
"""A first vertebra with less than this in the patch is background: the walk would not
take it (P6), and what carries no loss is given to the vertebra after it."""
_COMPLETE_SHARE = 0.97
"""At most 3 % of a complete vertebra lies outside the patch (P19)."""


@dataclass(frozen=True, eq=False)
class Sample:
    """All arrays have the patch's (z, y, x) shape; the walk goes towards +z."""

    image: NDArray[np.int16]
    memory: NDArray[np.bool_]
    target: NDArray[np.bool_]
    weight: NDArray[np.float32]
    """ω of the loss; 0 where no loss is taken."""
    completeness: float
    """1 or 0; nan where there is no target and so no completeness loss."""


def draw_sample(
    rng: np.random.Generator,
    scan: DrawnScan,
    config: TrainingConfig,
    patch_shape: Zyx,
    spacing_mm: float,
) -> Sample:
    """Draw a view, a moment of the walk in it, and everything that follows."""
    view = draw_view(rng, scan, config.augment.crop_share, config.augment.upward_share)
    moment = draw_moment(rng, view, config.samples, spacing_mm)
    limit = np.array(view.image.shape) - 1
    window = Window(Zyx(*np.clip(np.rint(moment.center), 0, limit).astype(int)), patch_shape)
    labels = window.crop(view.labels)
    plane = None if moment.plane is None else moment.plane - window.start.z
    segmented = remembered(labels, moment.done)
    target_label = choose_target(view, labels, segmented, moment, spacing_mm)
    if view.ignored:
        passed = passed_by(view, labels, target_label, moment)
        segmented = segmented | remembered(labels, passed)
    if rng.random() < config.augment.memory_share and segmented.any():
        flawed = perturb(rng, segmented, labels, spacing_mm) & _inside(window, view)
        if _is_left(labels, target_label, flawed, spacing_mm):
            segmented = flawed
    # The half-space says where to begin; the target may reach back across its plane.
    target = (labels == target_label) & ~segmented if target_label else np.zeros_like(segmented)
    weight = surface_weight(target, config.loss, spacing_mm)
    if target_label is not None and target_label in view.loss_weight:
        weight *= view.loss_weight[target_label]
    disturbance = draw_disturbance(rng, config.augment, spacing_mm)
    return Sample(
        image=disturb(window.crop(view.image, OUTSIDE_HU), disturbance, rng),
        memory=with_half_space(segmented, plane),
        target=target,
        weight=np.where(window.crop(view.no_loss), 0.0, weight).astype(np.float32),
        completeness=_completeness(view, labels, target_label),
    )


def choose_target(
    view: View,
    labels: NDArray[np.uint8],
    segmented: NDArray[np.bool_],
    moment: Moment,
    spacing_mm: float,
) -> int | None:
    """First vertebra in walking order that is visible and not yet done, slivers passed over.

    With a plane, a vertebra counts as done where more than half of it lies behind (P27).
    """
    visible = np.bincount(labels.ravel(), minlength=256)
    for label in view.order:
        if label in moment.done or not visible[label] or _is_behind(view, label, moment.plane):
            continue
        if label in view.ignored:
            continue
        if _is_left(labels, label, segmented, spacing_mm):
            return label
    return None


def passed_by(
    view: View, labels: NDArray[np.uint8], target: int | None, moment: Moment
) -> tuple[int, ...]:
    """Ignored vertebrae that the walk would have found before the target.

    Nobody says where they end, so they are no target; but they are there, and what comes
    after them is found with them in the memory.
    """
    before = view.order if target is None else view.order[: view.order.index(target)]
    visible = np.unique(labels)
    return tuple(
        label
        for label in before
        if label in view.ignored
        and label in visible
        and label not in moment.done
        and not _is_behind(view, label, moment.plane)
    )


def _is_left(
    labels: NDArray[np.uint8],
    label: int | None,
    segmented: NDArray[np.bool_],
    spacing_mm: float,
) -> bool:
    """Whether enough of a label is not yet segmented to be a target; True without one."""
    left = np.count_nonzero((labels == label) & ~segmented)
    return label is None or bool(left * spacing_mm**3 >= _SLIVER_MM3)


def _inside(window: Window, view: View) -> NDArray[np.bool_]:
    """Voxels of the patch that lie in the scan: no vertebra is found beyond it."""
    inside = np.zeros(window.shape, dtype=bool)
    inside[window.inside_patch(view.labels.shape)] = True
    return inside


def _is_behind(view: View, label: int, plane: float | None) -> bool:
    if plane is None:
        return False
    box = view.boxes[label]
    planes_behind = max(int(np.ceil(plane)) - box[0].start, 0)
    behind = np.count_nonzero(view.labels[box][:planes_behind] == label)
    return bool(behind > 0.5 * view.voxels[label])


def _completeness(view: View, labels: NDArray[np.uint8], label: int | None) -> float:
    if label is None:
        return float("nan")
    share = np.count_nonzero(labels == label) / max(view.full_voxels[label], 1.0)
    return float(view.is_complete[label] and share >= _COMPLETE_SHARE)


def surface_weight(
    target: NDArray[np.bool_], loss: LossConfig, spacing_mm: float
) -> NDArray[np.float32]:
    """ω = γ·exp(−d²/σ²) + 1, d the distance to the target's surface (P20).

    Computed on the target's box: beyond three σ the first term is nothing. Without a
    target every voxel weighs ``loss.nothing_weight``. With ``loss.small_target_exponent``
    what a cut or cervical vertebra leaves of a lumbar one's volume does not make it count
    as little: a walk that mistakes it goes wrong as far.
    """
    weight = np.ones(target.shape, dtype=np.float32)
    margin = int(np.ceil(3 * loss.surface_sigma_mm / spacing_mm))
    box = bounding_slices(target, margin)
    if box is None:
        return weight * np.float32(loss.nothing_weight)
    inside = target[box]
    distance = ndimage.distance_transform_edt(inside) + ndimage.distance_transform_edt(~inside)
    # Both transforms count from the other side's first voxel; the surface lies half way.
    d_mm = (distance - 0.5) * spacing_mm
    weight[box] += loss.surface_gamma * np.exp(-((d_mm / loss.surface_sigma_mm) ** 2))
    volume_mm3 = np.count_nonzero(inside) * spacing_mm**3
    return weight * np.float32((loss.volume_unit_mm3 / volume_mm3) ** loss.small_target_exponent)
