"""Everything that a walk needs to go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SegmentationFailed
from ..segmentation import Direction
from ..volume import Window, Zyx, ZyxFloat, bounding_slices
from .config import TraversalConfig
from .found import FoundVertebra
from .fragment import Fragment, next_center
from .heading import Heading
from .memory import InstanceMemory, plane_behind
from .refine import Candidate
from .search import SearchCursor, Sighting, window_at


class Phase(StrEnum):
    """What the walk does next."""

    START = "start"
    SEARCH = "search"
    REFINE = "refine"
    COMMIT = "commit"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartAttempt:
    """How far the walk has come in finding the vertebra under a voxel (P27)."""

    voxel: Zyx
    """Voxel of the scan."""
    tried: int = 0
    """Planes tried."""
    backwards_first: bool = True
    """Planes further back are tried before those further on."""
    nearest_shift: int | None = None
    """Plane whose vertebra came nearest to the voxel, in half steps."""
    nearest_mm: float | None = None
    """Its distance."""
    nearest_aside_mm: float | None = None
    """From the voxel to its middle; None where it did not settle."""
    accepted_mm: float = 0.0
    """Distance at which the present candidate was accepted."""
    is_last: bool = False
    """The nearest one is taken although it does not contain the voxel."""


@dataclass(frozen=True, slots=True)
class Surest:
    """The fragment that a search was surest of while it followed fragments."""

    voxel: Zyx
    """Centre of its box, a voxel of the scan."""
    certainty: float
    """Its mean probability."""


@dataclass(slots=True, kw_only=True)
class TraversalState:
    """A walk between two events; the only thing that changes while it goes.

    Made by ``fresh``, ``starting_at`` or ``continuing_after``; saved and loaded
    by ``to_bytes`` and ``from_bytes`` of ``state_file``.
    """

    memory: InstanceMemory
    """On the working grid; its labels are the ids of ``found``."""
    direction: Direction
    """Which way the walk goes now."""
    phase: Phase
    window: Window
    """The patch last evaluated, in the scan; before the first step, the first one."""
    cursor: SearchCursor = field(default_factory=SearchCursor)
    start: StartAttempt | None = None
    turns_back: bool = False
    """After this way, from the start vertebra the other way."""
    is_anchored: bool = False
    """The walk goes on from a given place: there is no raster to fall back to."""
    seen_again: int | None = None
    """The first vertebra of the row, while it is looked at again: the network sees it as free."""
    corrected: list[int] = field(default_factory=list)
    """Ids that a person has had a hand in: they are not looked at again."""
    since_facing: int = 0
    """Vertebrae since the half-space was laid behind one."""
    step: int = 0
    """Forward passes made."""
    next_id: int = 1
    found: list[FoundVertebra] = field(default_factory=list)
    """In order of discovery; ``labelling.head_to_foot`` sorts them."""
    candidate: Candidate | None = None
    surest: Surest | None = None
    """While nothing is found: where to start from if the search ends in vain."""
    was_sent: bool = False
    """The search did end in vain, and the walk was sent there."""
    sightings: list[Sighting] = field(default_factory=list)
    """Of the windows at one height, the surest last."""
    rejected: list[Zyx] = field(default_factory=list)
    """Centres, as walked, that led nowhere since the memory last changed."""
    constant_patches: list[tuple[int, ...]] = field(default_factory=list)
    """Patches of one value that were sent already."""
    chain: int = 0
    """Vertebrae since the raster last found one."""
    last_centroid: ZyxFloat | None = None
    """Of the vertebra before, in the scan."""
    spacings_mm: list[float] = field(default_factory=list)
    """Between the centroids of consecutive vertebrae, jumps left out."""

    @classmethod
    def fresh(
        cls,
        shape: tuple[int, int, int],
        config: TraversalConfig,
        memory: InstanceMemory | None = None,
    ) -> TraversalState:
        """A walk that searches the whole scan.

        Parameters
        ----------
        shape : Zyx
            Of the working grid.
        memory : InstanceMemory, optional
            Vertebrae already segmented, anywhere; it is changed in place.
        """
        memory = memory or InstanceMemory.empty(shape)
        first = window_at(SearchCursor(), Zyx(*shape), config)
        if first is None:
            raise ValueError(f"no window fits a scan of {shape} voxels")
        return cls(
            memory=memory,
            direction=config.direction,
            phase=Phase.SEARCH,
            window=Heading(config.direction, shape[0]).window(first),
            next_id=int(memory.labels.max(initial=0)) + 1,
        )

    @classmethod
    def starting_at(
        cls,
        voxel: Zyx,
        memory: InstanceMemory,
        config: TraversalConfig,
        *,
        both: bool = True,
    ) -> TraversalState:
        """A walk from the vertebra at a voxel, one way or both ways (P27).

        Raises
        ------
        SegmentationFailed
            The voxel lies outside the scan, or in a vertebra that is done.
        """
        voxel = Zyx(*(int(v) for v in voxel))
        if any(not 0 <= v < n for v, n in zip(voxel, memory.shape, strict=True)):
            raise SegmentationFailed(
                f"The start {tuple(voxel)} lies outside the scan of {tuple(memory.shape)} "
                "voxels on the working grid; choose a voxel inside."
            )
        taken = int(memory.labels[voxel])
        if taken:
            raise SegmentationFailed(
                f"The start {tuple(voxel)} lies in vertebra {taken}, which is done already; "
                "choose another voxel, or delete that vertebra first."
            )
        return cls(
            memory=memory,
            direction=config.direction,
            phase=Phase.START,
            window=Window(voxel, config.patch_shape),
            start=StartAttempt(voxel=voxel),
            turns_back=both,
            is_anchored=True,
            next_id=int(memory.labels.max(initial=0)) + 1,
        )

    @classmethod
    def continuing_after(
        cls, label_map: NDArray[Any], vertebra: int, config: TraversalConfig
    ) -> TraversalState:
        """A walk that goes on from a vertebra of a label map, a corrected one say (P27).

        All labels are remembered, and the half-space behind the vertebra counts
        as done. What shall be found anew must have been taken out of the map.

        Raises
        ------
        SegmentationFailed
            The map has no such label.
        """
        memory = InstanceMemory.from_labels(label_map)
        mask = memory.labels == vertebra
        box = bounding_slices(mask)
        if vertebra == 0 or box is None:
            raise SegmentationFailed(f"There is no vertebra {vertebra} to go on from.")
        fragment = Fragment(Zyx(*(s.start for s in box)), mask[box])
        whole = Window.from_start(Zyx(0, 0, 0), memory.shape)
        window = Window(next_center(fragment, whole), config.patch_shape)
        state = cls(
            memory=memory,
            direction=config.direction,
            phase=Phase.SEARCH,
            window=window,
            is_anchored=True,
            next_id=int(memory.labels.max()) + 1,
            chain=1,
            last_centroid=centroid_of(fragment, whole),
        )
        state.face(config.direction, window, fragment, whole)
        return state

    def face(
        self, direction: Direction, window: Window, fragment: Fragment, seen_in: Window
    ) -> None:
        """Go on from a finished vertebra: all behind it is done, its patch comes first.

        Parameters
        ----------
        window : Window
            Patch of that vertebra in the scan.
        fragment, seen_in : Fragment, Window
            Its voxels, in the scan.
        """
        self.direction = direction
        self.cursor = SearchCursor().anchored_at(self.heading.window(window).center)
        self.rejected.clear()
        self.since_facing = 0
        self.seed_behind(fragment, seen_in)

    def seed_behind(self, fragment: Fragment, seen_in: Window) -> None:
        """Count all as done that lies behind a finished vertebra (P27)."""
        heading = self.heading
        as_walked = heading.fragment(fragment, seen_in.shape)
        plane = as_walked.start_in(heading.window(seen_in)).z + plane_behind(as_walked.mask)
        self.memory.seed_half_space(heading.voxel(Zyx(plane, 0, 0)).z, self.direction)

    @property
    def heading(self) -> Heading:
        """The way that the walk goes now."""
        return Heading(self.direction, self.memory.shape.z)


def centroid_of(fragment: Fragment, window: Window) -> ZyxFloat:
    """Mean voxel position of a fragment."""
    start = fragment.start_in(window)
    means = [float(axis.mean()) for axis in np.nonzero(fragment.mask)]
    return ZyxFloat(*(a + m for a, m in zip(start, means, strict=True)))
