"""Doubts that the walk itself left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from .evidence import WalkEvidence
from .reason import Reason, ReasonKind
from .rules import SuspicionRules

_Doubt = Callable[[WalkEvidence, SuspicionRules], Reason]


def walk_doubts(walk: WalkEvidence, rules: SuspicionRules) -> Iterator[Reason]:
    """Every doubt of the walk about one vertebra, weightless ones included."""
    for doubt in _DOUBTS:
        yield doubt(walk, rules)


def _completeness(walk: WalkEvidence, rules: SuspicionRules) -> Reason:
    return Reason(
        ReasonKind.COMPLETENESS,
        f"Whether it is whole or cut is a guess: completeness {walk.completeness:.2f}.",
        rules.unsure_completeness(abs(walk.completeness - 0.5)),
    )


def _entropy(walk: WalkEvidence, rules: SuspicionRules) -> Reason:
    return Reason(
        ReasonKind.ENTROPY,
        f"The network hesitated over many of its voxels: {walk.entropy:.2f} bits on average.",
        rules.entropy_bits(walk.entropy),
    )


def _confidence(walk: WalkEvidence, rules: SuspicionRules) -> Reason:
    return Reason(
        ReasonKind.CONFIDENCE,
        f"The confidence is low: {walk.confidence:.2f}.",
        rules.confidence(walk.confidence),
    )


def _unsettled(walk: WalkEvidence, rules: SuspicionRules) -> Reason:
    return Reason(
        ReasonKind.UNSETTLED,
        f"It did not settle: the last two masks overlap with Dice {walk.last_overlap:.2f} only.",
        rules.last_overlap(walk.last_overlap),
    )


def _steps(walk: WalkEvidence, rules: SuspicionRules) -> Reason:
    return Reason(
        ReasonKind.STEPS,
        f"It took {walk.steps} steps to find.",
        rules.steps(walk.steps),
    )


def _cut_by_patch(walk: WalkEvidence, rules: SuspicionRules) -> Reason:
    return Reason(
        ReasonKind.CUT_BY_PATCH,
        "The mask reaches the edge of what the network saw, and may go on beyond it.",
        rules.cut_by_patch if walk.is_cut_by_patch else 0.0,
    )


_DOUBTS: Final[tuple[_Doubt, ...]] = (
    _completeness,
    _entropy,
    _confidence,
    _unsettled,
    _steps,
    _cut_by_patch,
)
