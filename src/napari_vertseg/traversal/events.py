"""What a walk tells while it goes: at least one event per forward pass.

An event is frozen and owns its arrays; windows and masks are those of the
scan, whichever way the walk went.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..segmentation import Direction
from ..volume import Window, Zyx
from .found import FoundVertebra
from .fragment import Fragment


class SearchStage(StrEnum):
    """Where the search is looking."""

    RASTER = "raster"
    """Sliding over the scan from the corner where the walk begins (P5)."""
    SAME = "same"
    """The patch of the vertebra just found, with the updated memory (P10)."""
    BEYOND = "beyond"
    """Patches beyond the last vertebra, in walking direction (P13)."""
    START = "start"
    """Around the voxel that the walk was told to start at (P27)."""


class SearchOutcome(StrEnum):
    """What a look of the search gave."""

    NOTHING = "nothing"
    """No fragment of at least n_min."""
    FRAGMENT = "fragment"
    """A fragment; the patch moves there."""
    SIGHTED = "sighted"
    """A fragment; the other windows at this height are looked at before one is followed."""
    REJECTED_BEFORE = "rejected before"
    """Only fragments that were rejected before, or that lie astray."""
    ELSEWHERE = "elsewhere"
    """A vertebra, but not the one under the start voxel."""


class RejectReason(StrEnum):
    """Why a fragment did not become a vertebra."""

    VANISHED = "vanished"
    """Less than n_min was left when the patch was moved to it."""
    REJECTED_BEFORE = "rejected before"
    """It led to a place that was rejected since the memory last changed."""
    TOO_SMALL = "too small"
    """It settled below ``min_vertebra_mm3``."""
    UNCERTAIN = "uncertain"
    """It settled below ``min_confidence``."""
    REMAINDER = "remainder"
    """It lies where a vertebra has been found already."""
    ASTRAY = "astray"
    """It settled far aside of the vertebra before (``max_aside_mm``)."""
    PIECE = "piece"
    """It settled far smaller than the vertebrae before (``min_volume_share``)."""
    NO_SURER = "no surer"
    """Seen again from the vertebra after it, the first one came out no surer than before."""
    NOT_AT_START = "not at start"
    """It settled away from the start voxel."""


class FinishReason(StrEnum):
    """Why the walk ended."""

    END_OF_SPINE = "end of spine"
    """No further fragment beyond the last vertebra (P13)."""
    NO_VERTEBRA = "no vertebra"
    """The whole scan was searched in vain."""
    NOTHING_AT_START = "nothing at start"
    """No vertebra at or near the start voxel."""
    STEP_CAP = "step cap"
    """``max_steps`` forward passes were made."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Told:
    step: int
    """Forward passes made so far."""
    window: Window
    """The patch last evaluated."""
    seconds: float
    """Wall time since the event before, time of the listener excluded."""
    direction: Direction
    """Which way the walk goes."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Searching(_Told):
    """A patch was evaluated in search of a fragment."""

    stage: SearchStage
    outcome: SearchOutcome
    fragment: Fragment | None
    """What was seen, if anything of at least n_min."""
    skipped: int
    """Windows passed over without the network since the event before."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Refining(_Told):
    """The patch was moved to a fragment and evaluated there."""

    evaluation: int
    """Which evaluation of this vertebra, the search's included."""
    fragment: Fragment
    """The vertebra as seen from here."""
    next_center: Zyx
    """Where the patch would move."""
    has_converged: bool
    """It stays; this evaluation is kept (P8)."""
    completeness: float
    """P(completely visible)."""
    probability: NDArray[np.uint8] | None
    """(z, y, x) of the window's shape, 255 = certain; None in a replay."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class VertebraFound(_Told):
    """A vertebra was committed; one whose id is known takes the place of what it was before."""

    vertebra: FoundVertebra


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Rejected(_Told):
    """A fragment is no vertebra; the search goes on."""

    reason: RejectReason
    fragment: Fragment | None
    """What is left of it, if anything."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Withdrawn(_Told):
    """Earlier finds are given up: the spine, found since, lies elsewhere."""

    vertebrae: tuple[int, ...]
    """Their ids."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Finished(_Told):
    """The walk is over."""

    reason: FinishReason
    vertebrae: int
    """Number found by this walk."""


Event = Searching | Refining | VertebraFound | Rejected | Withdrawn | Finished


def trace(event: Event) -> tuple[object, ...]:
    """What an event says, time excluded, as something that can be compared.

    Two walks are the same if their traces are: a wrong walk with a right mask
    is a bug in waiting.
    """
    common = (type(event).__name__, event.step, event.direction, tuple(event.window.center))
    match event:
        case Searching():
            said: tuple[object, ...] = (event.stage, event.outcome, _sum(event.fragment))
        case Refining():
            where = (event.evaluation, tuple(event.next_center), event.has_converged)
            said = (*where, event.completeness, _sum(event.fragment))
        case VertebraFound(vertebra=found):
            numbers = (found.id, found.steps, found.completeness, found.confidence)
            said = (
                *numbers,
                found.entropy,
                found.is_jump,
                tuple(found.start),
                _sum(found.fragment),
            )
        case Rejected():
            said = (event.reason, _sum(event.fragment))
        case Withdrawn():
            said = event.vertebrae
        case Finished():
            said = (event.reason, event.vertebrae)
    return common + said


def _sum(fragment: Fragment | None) -> tuple[object, ...] | None:
    if fragment is None:
        return None
    bits = np.packbits(fragment.mask)
    return (tuple(fragment.offset), fragment.mask.shape, crc32(bits.tobytes()))
