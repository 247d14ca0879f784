"""Why a vertebra deserves a look, in words and as a number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import Final


class ReasonKind(StrEnum):
    """What is doubtful; the values are stable names for tables and files."""

    COMPLETENESS = "completeness"
    """Whole or cut is a guess: the probability lies near a half."""
    CUT_INSIDE = "cut inside"
    """Judged incomplete although both neighbours are complete."""
    ENTROPY = "entropy"
    """The network hesitated over many voxels."""
    CONFIDENCE = "confidence"
    """Low probability inside the mask, or the last two looks disagree."""
    CHAIN = "chain"
    """The network hesitated over the whole chain: what all share is out of line nowhere."""
    UNSETTLED = "unsettled"
    """The patch had not come to rest."""
    STEPS = "steps"
    """Many evaluations were spent on it."""
    CUT_BY_PATCH = "cut by patch"
    """The mask goes on beyond what the network saw."""
    VOLUME = "volume"
    """Larger or smaller than its neighbours explain."""
    SPACING = "spacing"
    """Nearer to a neighbour, or further from it, than the others are from theirs."""
    ALIGNMENT = "alignment"
    """Its centre lies beside the line through its neighbours."""
    EXTENT = "extent"
    """Longer or shorter along one axis than its neighbours: two in one, or a leak."""
    PIECES = "pieces"
    """The mask falls apart."""
    DENSITY = "density"
    """Its mean CT value is not that of bone, or not that of its neighbours."""
    SURROUNDINGS = "surroundings"
    """Bone lies around the mask: a part of the vertebra may have been left out."""
    ORDER = "order"
    """Found out of turn, or its level does not follow the one above."""


WALK_KINDS: Final = frozenset(
    {
        ReasonKind.COMPLETENESS,
        ReasonKind.ENTROPY,
        ReasonKind.CONFIDENCE,
        ReasonKind.CHAIN,
        ReasonKind.UNSETTLED,
        ReasonKind.STEPS,
        ReasonKind.CUT_BY_PATCH,
    }
)
"""Reasons that only the walk can give: an edited mask loses them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One doubt about one vertebra."""

    kind: ReasonKind
    sentence: str
    """For people, with the numbers in it."""
    weight: float
    """0 … 1: how suspicious the vertebra would be for this reason alone."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much a vertebra deserves a look."""

    score: float
    """0 = nothing found against it, 1 = almost surely wrong."""
    reasons: tuple[Reason, ...] = ()
    """Heaviest first."""

    @classmethod
    def from_reasons(cls, reasons: Iterable[Reason]) -> Suspicion:
        """Several doubts weigh more than one, and never more than 1.

        The score is 1 − ∏ (1 − weight): what remains after each reason has
        taken its share of the trust that the others left.
        """
        ordered = tuple(sorted(reasons, key=lambda reason: -reason.weight))
        return cls(1.0 - prod(1.0 - reason.weight for reason in ordered), ordered)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The reasons as lines of text."""
        return tuple(reason.sentence for reason in self.reasons)
