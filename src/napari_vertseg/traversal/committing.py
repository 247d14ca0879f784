"""Turning a settled candidate into a vertebra, or rejecting it (P10, P11, P16)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..volume import Window, Zyx, bounding_slices
from ..volume.components import find_components
from . import telling
from .events import Rejected, RejectReason, VertebraFound
from .found import FoundVertebra
from .fragment import Fragment
from .looking_back import earlier_look, settle
from .neighbours import unlike_neighbours
from .refine import Candidate
from .route import add, distance_mm, is_jump, is_rejected_astray, reject
from .scene import Scene
from .starting import has_left_start, is_unsettled_start
from .state import centroid_of


def commit(scene: Scene) -> VertebraFound | Rejected:
    """Judge the candidate; no forward pass is made."""
    candidate = scene.state.candidate
    if candidate is None:
        raise ValueError("nothing to commit")
    mask = _vertebra_mask(scene, candidate)
    found = _described(scene, candidate, mask)
    reason = _fault(scene, candidate, found)
    if reason is not None:
        return reject(scene, reason)
    before = earlier_look(scene)
    if before is not None:
        return settle(scene, found, before)
    add(scene, found)
    return telling.vertebra_found(scene.state, found)


def _vertebra_mask(scene: Scene, candidate: Candidate) -> NDArray[np.bool_]:
    """The pieces that are kept (P16), at the window's shape.

    Complete: the piece that was followed. Incomplete: every piece of some size too, but
    none larger than it. A search follows the largest one; a start follows the one that was
    asked for, and what is larger is another vertebra.
    """
    mask = candidate.fragment.within(candidate.look.window)
    if candidate.look.completeness < scene.config.completeness_threshold:
        least = scene.config.voxels_of(scene.config.fragment_min_mm3)
        for piece in find_components(candidate.look.new, least):
            if piece.voxels <= candidate.fragment.voxels:
                mask[piece.slices] |= piece.mask
    return mask


def _fault(scene: Scene, candidate: Candidate, found: FoundVertebra) -> RejectReason | None:
    config, state = scene.config, scene.state
    if found.volume_mm3 < config.min_vertebra_mm3:
        return RejectReason.TOO_SMALL
    if found.confidence < config.min_confidence:
        return RejectReason.UNCERTAIN
    if has_left_start(scene, candidate):
        return RejectReason.NOT_AT_START
    if is_unsettled_start(scene, found.confidence):
        return RejectReason.UNCERTAIN
    if is_rejected_astray(scene, found):
        return RejectReason.ASTRAY
    for other in state.found:
        if other.id == state.seen_again:
            continue
        if distance_mm(found.centroid, other.centroid, config) < config.min_spacing_mm:
            return RejectReason.REMAINDER
    return unlike_neighbours(scene, found)


def _described(scene: Scene, candidate: Candidate, mask: NDArray[np.bool_]) -> FoundVertebra:
    look, config, heading = candidate.look, scene.config, scene.heading
    window = heading.window(look.window)
    box = _box_with_margin(mask, look.window, scene)
    offset = Zyx(*(s.start for s in box))
    fragment = heading.fragment(Fragment(offset, mask[box]), look.window.shape)
    centroid = centroid_of(fragment, window)
    return FoundVertebra(
        id=scene.state.next_id,
        window=window,
        fragment=fragment,
        probability=heading.copied(
            _own_probability(look.probability[box], mask[box], config.probability_cut)
        ),
        completeness=look.completeness,
        is_complete=look.completeness >= config.completeness_threshold,
        confidence=_mean_probability(look.probability, mask) * candidate.last_overlap,
        entropy=_entropy(look.probability, mask),
        last_overlap=candidate.last_overlap,
        steps=candidate.evaluations,
        is_cut_by_patch=_touches_inner_face(mask, look.window, scene.shape),
        is_jump=is_jump(scene.state, centroid, config),
        direction=scene.state.direction,
        centroid=centroid,
        volume_mm3=fragment.voxels * config.voxel_mm3,
        level=look.level,
    )


def _box_with_margin(
    mask: NDArray[np.bool_], window: Window, scene: Scene
) -> tuple[slice, slice, slice]:
    """Bounding box in the patch, widened, but not beyond the scan."""
    box = bounding_slices(mask, scene.config.probability_margin)
    if box is None:
        raise ValueError("a candidate without voxels")
    z, y, x = (
        slice(max(a.start, b.start), min(a.stop, b.stop))
        for a, b in zip(box, window.inside_patch(scene.shape), strict=True)
    )
    return z, y, x


def _own_probability(
    probability: NDArray[np.uint8], mask: NDArray[np.bool_], cut: int
) -> NDArray[np.uint8]:
    """The probability without other pieces and older vertebrae (P10, P16)."""
    return np.where((probability >= cut) & ~mask, np.uint8(0), probability)


def _mean_probability(probability: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    return float(probability[mask].mean()) / 255.0


def _entropy(probability: NDArray[np.uint8], mask: NDArray[np.bool_]) -> float:
    """Mean binary entropy in bits over the mask's bounding box."""
    p = np.arange(256) / 255.0
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.nan_to_num(-p * np.log2(p) - (1 - p) * np.log2(1 - p))
    counts = np.bincount(probability[bounding_slices(mask)].ravel(), minlength=256)
    return float((bits * counts).sum() / counts.sum())


def _touches_inner_face(mask: NDArray[np.bool_], window: Window, shape: Zyx) -> bool:
    """Whether the mask meets a face of the patch behind which the scan goes on."""
    for axis, (start, stop, size) in enumerate(zip(window.start, window.stop, shape, strict=True)):
        first, last = mask.take(0, axis=axis), mask.take(-1, axis=axis)
        if (start > 0 and first.any()) or (stop < size and last.any()):
            return True
    return False
