"""Segment one vertebra again, with everything else as the memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..editing import EditableLabels, Proposal, replace_vertebra
from ..errors import SegmentationFailed
from ..pipeline import Walk, prepare
from ..pipeline.working_grid import working_voxel
from ..segmentation import VertebraInstance
from ..traversal import InstanceMemory, TraversalState, VertebraFound
from ..volume import Scan, Zyx, resample_nearest
from .models import Loader
from .wishes import WalkRequest


def resegment(
    vertebra: int,
    labels: EditableLabels,
    scan: Scan,
    request: WalkRequest,
    load: Loader,
) -> Proposal:
    """What the model makes of a vertebra, now that its neighbours are as they are.

    Parameters
    ----------
    vertebra : int
        Keeps its id.
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
    labels.check_editable(vertebra)
    box = labels.box(vertebra)
    others = np.where(labels.array == vertebra, 0, labels.array).astype(np.uint8)
    loaded = load(request, lambda note: None)
    walk = prepare(scan, loaded.card, loaded.predict)
    found = _find(walk, others, _core(labels.array[box] == vertebra, box))
    if found is None:
        raise SegmentationFailed(
            f"{labels.called(vertebra)}: the model finds no vertebra there, so nothing was "
            "changed; correct it by hand, or redo from the vertebra above it."
        )
    return replace_vertebra(labels, vertebra, found.mask, found.start)


def _find(walk: Walk, others: NDArray[np.uint8], place: Zyx) -> VertebraInstance | None:
    grid = walk.image.grid
    memory = InstanceMemory(resample_nearest(others, walk.scan.grid, grid).astype(np.uint16))
    voxel = working_voxel(walk.scan, grid, place)
    state = TraversalState.starting_at(voxel, memory, walk.config, both=False)
    for event in walk.events(state=state):
        if isinstance(event, VertebraFound):
            return walk.on_scan(event.vertebra, others)
    return None


def _core(mask: NDArray[np.bool_], box: tuple[slice, slice, slice]) -> Zyx:
    """The voxel of the vertebra that is nearest to its centre of mass: always inside it."""
    inside = np.argwhere(mask)
    nearest = inside[np.argmin(((inside - inside.mean(axis=0)) ** 2).sum(axis=1))]
    return Zyx(*(int(v) + s.start for v, s in zip(nearest, box, strict=True)))
