"""Where a walk begins, and how it is split where it goes both ways."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import SegmentationFailed
from ..pipeline import Walk
from ..pipeline.working_grid import working_voxel
from ..segmentation import Direction
from ..traversal import InstanceMemory, TraversalState
from ..volume import Scan, Zyx
from .wishes import StartFrom, WalkRequest, Way


@dataclass(frozen=True, slots=True)
class Leg:
    """A part of a walk with a beginning of its own."""

    direction: Direction
    place: Zyx | None = None
    """Voxel of the scan to begin at."""
    vertebra: int | None = None
    """Id to go on from."""
    both: bool = False
    """From ``place``, the other way as well."""

    def begin(self, walk: Walk, scan: Scan, memory: InstanceMemory) -> TraversalState:
        """The state before the first step.

        Raises
        ------
        SegmentationFailed
            The place is outside the scan or in a vertebra, or the vertebra is gone.
        """
        config = replace(walk.config, direction=self.direction)
        if self.vertebra is not None:
            return TraversalState.continuing_after(memory.labels, self.vertebra, config)
        if self.place is not None:
            voxel = working_voxel(scan, walk.image.grid, self.place)
            return TraversalState.starting_at(voxel, memory, config, both=self.both)
        return TraversalState.fresh(walk.image.grid.shape, config, memory)

    def ahead(self, memory: InstanceMemory) -> NDArray[np.uint16] | None:
        """Vertebrae that lie before the one to go on from; None where there are none.

        A network that remembers what lies before it passes a missing vertebra by: its training
        has shown it walks that remember what lies behind, and nothing else.

        Returns
        -------
        (z, y, x) uint16
            Their ids on the working grid.
        """
        boxes = dict(enumerate(ndimage.find_objects(memory.labels), start=1))
        here = boxes.get(self.vertebra or 0)
        if here is None:
            return None
        sign = 1 if self.direction == "down" else -1
        beyond = [
            vertebra
            for vertebra, box in boxes.items()
            if box is not None and sign * (_middle(box) - _middle(here)) > 0
        ]
        if not beyond:
            return None
        return np.where(np.isin(memory.labels, beyond), memory.labels, 0).astype(np.uint16)


def _middle(box: tuple[slice, ...]) -> float:
    """Height of a box's middle; towards the feet it grows."""
    return (box[0].start + box[0].stop) / 2


def legs_of(request: WalkRequest, place: Zyx | None, vertebra: int | None) -> tuple[Leg, ...]:
    """The parts of a walk, in order.

    Raises
    ------
    SegmentationFailed
        The request begins at a place or vertebra that is not given.
    """
    first: Direction = "up" if request.way is Way.UP else "down"
    both = request.way is Way.BOTH
    if request.start is StartFrom.CLICK:
        if place is None:
            raise SegmentationFailed("No place to begin at: click a vertebra in the scan first.")
        return (Leg(first, place=place, both=both),)
    if request.start is StartFrom.SELECTED:
        if vertebra is None:
            raise SegmentationFailed("No vertebra to begin at: select its row in the table first.")
        down = Leg(first, vertebra=vertebra)
        return (down, Leg("up", vertebra=vertebra)) if both else (down,)
    if both:
        raise SegmentationFailed(
            "Both ways needs a place to begin: click a vertebra or select one, or walk down or up."
        )
    return (Leg(first),)
