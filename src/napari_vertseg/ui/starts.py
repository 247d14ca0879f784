"""Where a walk begins, and how it is split where it goes both ways."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
        state = TraversalState.fresh(walk.image.grid.shape, config)
        state.memory = memory
        state.next_id = int(memory.labels.max(initial=0)) + 1
        return state


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
