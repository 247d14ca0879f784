"""What comes out of a walk's thread; frozen, so that it may cross to the window's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..measures import VertebraMeasures
from ..pictures.walk_story import WalkStory
from ..segmentation import VertebraInstance
from ..suspicion import Evidence
from ..traversal import Event
from ..volume import Grid, Scan, Zyx
from .records import VertebraRecord

Measured = tuple[VertebraInstance, VertebraMeasures]
"""A vertebra with what was measured of it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for the log: work before the first patch, a device passed over."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The walk can begin."""

    grid: Grid
    """Working grid, which windows refer to."""
    patch_shape: Zyx
    model: str
    device: str


@dataclass(frozen=True, slots=True, eq=False)
class Begun:
    """A leg of the walk begins."""

    memory: NDArray[np.uint16]
    """(z, y, x) ids on the working grid; the walk's own array, read-only here."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """One event of the walk."""

    event: Event
    progress: float
    """Share of the way that is walked, 0 to 1; never falls."""
    instance: VertebraInstance | None = None
    """The vertebra on the scan's grid, if one was found."""
    measures: VertebraMeasures | None = None
    was_there: bool = False
    """It was there before the walk, and stays as it is."""
    is_again: bool = False
    """It was found earlier in this walk; this is what it is now."""
    regrown: tuple[Measured, ...] = ()
    """Neighbours that get back voxels: which it has given up, or which were of one withdrawn."""


@dataclass(frozen=True, slots=True)
class Look:
    """The view may turn to the patch told last, in a turn of its own: every layer is cut anew."""


@dataclass(frozen=True, slots=True)
class Passed:
    """How far the walk has come, in a turn of its own: napari draws its bar at once."""

    progress: float
    """As in ``Told``."""


@dataclass(frozen=True, slots=True, eq=False)
class ScanRead:
    """A scan was read or taken from a layer."""

    scan: Scan


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """Vertebrae of another tool's mask."""

    records: tuple[VertebraRecord, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edited:
    """A hand has changed masks."""

    records: tuple[VertebraRecord, ...]
    """As they are now; some may be new."""
    gone: tuple[int, ...]
    """Ids of which nothing is left."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What speaks for and against each vertebra, its surroundings in the scan included."""

    evidence: Mapping[int, Evidence]
    """By id."""


@dataclass(frozen=True, slots=True, eq=False)
class StoryRead:
    """A recorded walk was read."""

    story: WalkStory


@dataclass(frozen=True, slots=True)
class Turn:
    """The window has had time for itself; now it may do a bit of work."""


Message = (
    Note
    | Turn
    | Prepared
    | Begun
    | Told
    | Look
    | Passed
    | ScanRead
    | Proposed
    | Edited
    | Weighed
    | StoryRead
)
