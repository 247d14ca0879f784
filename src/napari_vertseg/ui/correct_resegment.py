"""Segment one vertebra again, with everything else as the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..editing import EditableLabels, Proposal, replace_vertebra
from ..editing.index import Labels
from ..errors import SegmentationFailed
from ..pipeline import Walk, prepare
from ..pipeline.working_grid import working_voxel
from ..segmentation import Direction, VertebraInstance
from ..traversal import InstanceMemory, TraversalState, VertebraFound
from ..volume import Scan, Slices, Zyx, resample_nearest
from .models import Loader
from .wishes import WalkRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is segmented anew."""

    vertebra: int
    """Keeps its id."""
    above: tuple[int, ...] = ()
    """All towards the head, the nearest first."""
    below: tuple[int, ...] = ()
    """All towards the feet, the nearest first."""


def resegment(
    target: Target, labels: EditableLabels, scan: Scan, request: WalkRequest, load: Loader
) -> Proposal:
    """What the model makes of a vertebra, now that its neighbours are as they are.

    The walk comes from the neighbour above, or else from the one below. Its
    memory has what lies behind it, as in every walk: a network that is shown
    what lies before it, too, passes the vertebra by. Only where there is no
    neighbour, or where another vertebra is found on the way, the walk begins in
    the vertebra itself with all others in its memory.

    Parameters
    ----------
    target : Target
    labels : EditableLabels
        All vertebrae; the others are the memory.
    request : WalkRequest
        Names model and device.

    Raises
    ------
    SegmentationFailed
        The model finds no vertebra there.
    EditImpossible
        It is locked, or the model finds what is there already.
    """
    vertebra = target.vertebra
    labels.check_editable(vertebra)
    box = labels.box(vertebra)
    old = labels.array[box] == vertebra
    others = np.where(labels.array == vertebra, 0, labels.array)
    loaded = load(request, lambda note: None)
    walk = prepare(scan, loaded.card, loaded.predict)
    for state in _starts(target, walk, others, _core(old, box)):
        found = _first(walk, state, others)
        if found is not None and _is_it(found, old, box):
            return replace_vertebra(labels, vertebra, found.mask, found.start)
    raise SegmentationFailed(
        f"{labels.called(vertebra)}: the model finds no vertebra there, so nothing was "
        "changed; correct it by hand, or redo from the vertebra above it."
    )


def _starts(target: Target, walk: Walk, others: Labels, core: Zyx) -> Iterator[TraversalState]:
    grid = walk.image.grid
    memory = resample_nearest(others, walk.scan.grid, grid).astype(np.uint16)
    ways: tuple[tuple[tuple[int, ...], Direction], ...] = (
        (target.above, "down"),
        (target.below, "up"),
    )
    for behind, direction in ways:
        if behind and (memory == behind[0]).any():
            config = replace(walk.config, direction=direction)
            seen = np.where(np.isin(memory, behind), memory, 0).astype(np.uint16)
            yield TraversalState.continuing_after(seen, behind[0], config)
    voxel = working_voxel(walk.scan, grid, core)
    yield TraversalState.starting_at(voxel, InstanceMemory(memory), walk.config, both=False)


def _first(walk: Walk, state: TraversalState, others: Labels) -> VertebraInstance | None:
    for event in walk.events(state=state):
        if isinstance(event, VertebraFound):
            return walk.on_scan(event.vertebra, others)
    return None


def _is_it(found: VertebraInstance, old: NDArray[np.bool_], box: Slices) -> bool:
    """Whether half of the smaller of the two is shared."""
    both = [
        slice(max(a.start, b.start), min(a.stop, b.stop))
        for a, b in zip(found.slices, box, strict=True)
    ]
    if any(s.start >= s.stop for s in both):
        return False
    parts = (
        mask[
            tuple(
                slice(s.start - o.start, s.stop - o.start) for s, o in zip(both, at, strict=True)
            )
        ]
        for mask, at in ((found.mask, found.slices), (old, box))
    )
    shared = np.count_nonzero(np.logical_and(*parts))
    return bool(2 * shared >= min(np.count_nonzero(found.mask), np.count_nonzero(old)))


def _core(mask: NDArray[np.bool_], box: Slices) -> Zyx:
    """The voxel of the vertebra that is nearest to its centre of mass: always inside it."""
    inside = np.argwhere(mask)
    nearest = inside[np.argmin(((inside - inside.mean(axis=0)) ** 2).sum(axis=1))]
    return Zyx(*(int(v) + s.start for v, s in zip(nearest, box, strict=True)))
