"""Errors of known kinds, planted into a segmentation: what walks do wrong, only more often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..segmentation import Segmentation, VertebraInstance
from ..volume import Grid, Slices, Zyx, bounding_slices

Mask = NDArray[np.bool_]

LEAST_MM3: Final = 1000.0
"""What is smaller the walk would have rejected."""
_ROOM_MM: Final = 60.0
"""Leaks stay within this distance of the vertebra."""


@dataclass(frozen=True, eq=False)
class Planted:
    """A segmentation with errors, and which."""

    segmentation: Segmentation
    kinds: Mapping[int, str]
    """Instance id → kind of the error; absent where the mask is as it was."""


def plant(segmentation: Segmentation, rng: np.random.Generator, share: float = 0.3) -> Planted:
    """Spoil a share of the vertebrae, each in a random way and by a random amount.

    Some errors are slight: where a mask ceases to be good is for the scores to
    say. What the walk said about a vertebra stays as it was.

    Parameters
    ----------
    segmentation : Segmentation
    rng : numpy.random.Generator
    share : float
        Of the vertebrae.
    """
    grid = segmentation.grid
    instances = {instance.id: instance for instance in segmentation.instances}
    order = [instance.id for instance in segmentation.instances]
    kinds: dict[int, str] = {}
    for place, number in enumerate(order):
        if number not in instances or number in kinds or rng.random() >= share:
            continue
        kind = str(rng.choice(list(_KINDS)))
        below = instances.get(order[place + 1]) if place + 1 < len(order) else None
        changed = _spoiled(kind, instances[number], below, grid, rng)
        if changed:
            if below is not None and kind == "merge":
                del instances[below.id]
            instances.update({instance.id: instance for instance in changed})
            kinds |= {instance.id: kind for instance in changed}
    left = tuple(instances[number] for number in order if number in instances)
    return Planted(Segmentation(grid, _apart(left, grid)), MappingProxyType(kinds))


def hesitated(planted: Planted, rng: np.random.Generator) -> Planted:
    """What a walk might have said about each vertebra: an assumption, not a measurement.

    A walk notices six of ten errors, and hesitates over one good vertebra in
    ten. The confidences are those of the starter model's walks: nine in ten of the good ones
    have 0.88 to 0.95, of the bad ones 0.74 to 0.93. Only for errors that no model made; a
    model speaks for itself.
    """
    told = []
    for instance in planted.segmentation.instances:
        is_unsure = rng.random() < (0.6 if instance.id in planted.kinds else 0.1)
        overlap = rng.uniform(0.8, 0.97) if is_unsure else rng.uniform(0.96, 1.0)
        told.append(
            replace(
                instance,
                entropy=float(rng.uniform(0.2, 0.5) if is_unsure else rng.uniform(0.03, 0.18)),
                last_overlap=float(overlap),
                confidence=float(overlap * rng.uniform(0.91, 0.965)),
                steps=int(rng.integers(4, 20) if is_unsure else rng.integers(2, 6)),
            )
        )
    return replace(planted, segmentation=replace(planted.segmentation, instances=tuple(told)))


def _spoiled(
    kind: str,
    instance: VertebraInstance,
    below: VertebraInstance | None,
    grid: Grid,
    rng: np.random.Generator,
) -> list[VertebraInstance]:
    """The instances that change; none where the kind needs a neighbour and there is none."""
    if kind == "merge":
        return [] if below is None else [_merged(instance, below)]
    if kind == "shared":
        return [] if below is None else _shared(instance, below, grid, rng)
    box, mask = _roomy(instance, grid)
    spoiled = _ALONE[kind](mask, np.array(grid.spacing_mm), rng)
    is_cut = instance.is_cut_by_patch or kind == "cut"
    changed = _with_mask(replace(instance, is_cut_by_patch=is_cut), box, spoiled, grid)
    return [] if changed is None else [changed]


def _cut(mask: Mask, spacing_mm: NDArray[Any], rng: np.random.Generator) -> Mask:
    """A plane across one axis takes a tenth to six tenths of the volume."""
    axis, share = int(rng.integers(3)), float(rng.uniform(0.1, 0.6))
    profile = np.cumsum(mask.sum(axis=tuple(a for a in range(3) if a != axis)))
    plane = int(np.searchsorted(profile, share * profile[-1]))
    first = bool(rng.random() < 0.5)
    if not first:
        plane = int(np.searchsorted(profile, (1 - share) * profile[-1]))
    index = np.arange(mask.shape[axis]).reshape([-1 if a == axis else 1 for a in range(3)])
    return np.asarray(mask & ((index >= plane) if first else (index < plane)))


def _half(mask: Mask, spacing_mm: NDArray[Any], rng: np.random.Generator) -> Mask:
    """What lies on one side of a slanting plane near the middle is missing."""
    points = np.argwhere(mask) * spacing_mm
    normal = rng.normal(size=3) * (0.3, 1.0, 1.0)
    height = points @ normal
    kept = height >= np.quantile(height, rng.uniform(0.35, 0.6))
    half = np.zeros_like(mask)
    half[mask] = kept
    return half


def _eroded(mask: Mask, spacing_mm: NDArray[Any], rng: np.random.Generator) -> Mask:
    """The surface is lost, 1 to 4 mm deep."""
    depth = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    return np.asarray(depth > rng.uniform(1.0, 4.0))


def _swollen(mask: Mask, spacing_mm: NDArray[Any], rng: np.random.Generator) -> Mask:
    """1 to 4 mm too thick."""
    distance = ndimage.distance_transform_edt(~mask, sampling=spacing_mm)
    return np.asarray(distance < rng.uniform(1.0, 4.0))


def _leaked(mask: Mask, spacing_mm: NDArray[Any], rng: np.random.Generator) -> Mask:
    """A bar, as into a rib or along a vessel, from somewhere on the mask."""
    start = rng.permutation(np.argwhere(mask))[0] * spacing_mm
    way = rng.normal(size=3) * (0.5, 0.7, 1.0)
    way /= np.linalg.norm(way)
    axes = np.ogrid[tuple(slice(0, n) for n in mask.shape)]
    offset = [axis * mm - s for axis, mm, s in zip(axes, spacing_mm, start, strict=True)]
    along = sum(o * w for o, w in zip(offset, way, strict=True))
    away = sum(o**2 for o in offset) - along**2
    length, radius = rng.uniform(20.0, 55.0), rng.uniform(5.0, 14.0)
    return np.asarray(mask | ((away <= radius**2) & (along >= 0) & (along <= length)))


def _crumbled(mask: Mask, spacing_mm: NDArray[Any], rng: np.random.Generator) -> Mask:
    """Holes as of a network that is not sure: a smooth random field takes voxels away."""
    field = ndimage.gaussian_filter(rng.normal(size=mask.shape), 6.0 / spacing_mm)
    inside = field[mask]
    return np.asarray(mask & (field > np.quantile(inside, rng.uniform(0.1, 0.55))))


def _merged(instance: VertebraInstance, below: VertebraInstance) -> VertebraInstance:
    """The vertebra with all of the next one."""
    start, mask = _joined(instance, below)
    return replace(instance, start=start, mask=mask)


def _joined(a: VertebraInstance, b: VertebraInstance) -> tuple[Zyx, Mask]:
    low = np.minimum(a.start, b.start)
    high = np.maximum(np.add(a.start, a.mask.shape), np.add(b.start, b.mask.shape))
    mask = np.zeros(high - low, dtype=bool)
    for one in (a, b):
        inner = tuple(
            slice(s - o, s - o + n) for s, o, n in zip(one.start, low, one.mask.shape, strict=True)
        )
        mask[inner] |= one.mask
    return Zyx(*(int(v) for v in low)), mask


def _shared(
    upper: VertebraInstance, lower: VertebraInstance, grid: Grid, rng: np.random.Generator
) -> list[VertebraInstance]:
    """The upper one takes the top of the next one, a fifth to six tenths of it."""
    profile = np.cumsum(lower.mask.sum(axis=(1, 2)))
    plane = int(np.searchsorted(profile, rng.uniform(0.2, 0.6) * profile[-1]))
    top, rest = lower.mask.copy(), lower.mask.copy()
    top[plane:], rest[:plane] = False, False
    start, mask = _joined(upper, replace(lower, mask=top))
    left = _with_mask(lower, lower.slices, rest, grid)
    return [] if left is None else [replace(upper, start=start, mask=mask), left]


def _roomy(instance: VertebraInstance, grid: Grid) -> tuple[Slices, Mask]:
    """The mask with room around it, within the grid."""
    box = []
    for start, size, shape, mm in zip(
        instance.start, instance.mask.shape, grid.shape, grid.spacing_mm, strict=True
    ):
        room = int(_ROOM_MM / mm)
        box.append(slice(max(start - room, 0), min(start + size + room, shape)))
    mask = np.zeros([s.stop - s.start for s in box], dtype=bool)
    inner = tuple(
        slice(a.start - b.start, a.stop - b.start)
        for a, b in zip(instance.slices, box, strict=True)
    )
    mask[inner] = instance.mask
    return (box[0], box[1], box[2]), mask


def _with_mask(
    instance: VertebraInstance, box: Slices, mask: Mask, grid: Grid
) -> VertebraInstance | None:
    """The instance with another mask; None where next to nothing is left."""
    tight = bounding_slices(mask)
    if tight is None or np.count_nonzero(mask) * grid.voxel_mm3 < LEAST_MM3:
        return None
    start = Zyx(*(a.start + b.start for a, b in zip(box, tight, strict=True)))
    return replace(instance, start=start, mask=mask[tight].copy())


def _apart(instances: tuple[VertebraInstance, ...], grid: Grid) -> tuple[VertebraInstance, ...]:
    """No two masks share a voxel: the upper one keeps it (P10)."""
    taken = np.zeros(grid.shape, dtype=bool)
    left = []
    for instance in instances:
        own = instance.mask & ~taken[instance.slices]
        taken[instance.slices] |= own
        kept = _with_mask(instance, instance.slices, own, grid)
        if kept is not None:
            left.append(kept)
    return tuple(left)


_ALONE: Final[Mapping[str, Callable[[Mask, NDArray[Any], np.random.Generator], Mask]]] = (
    MappingProxyType(
        {
            "cut": _cut,
            "half": _half,
            "erosion": _eroded,
            "swelling": _swollen,
            "leak": _leaked,
            "crumbled": _crumbled,
        }
    )
)
_KINDS: Final = ("merge", "shared", *_ALONE)
