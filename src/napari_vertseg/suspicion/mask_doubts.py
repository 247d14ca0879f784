"""Doubts that the mask of a vertebra raises by itself."""

from __future__ import annotations

from .evidence import Evidence
from .reason import Reason, ReasonKind
from .rules import SuspicionRules


def pieces(evidence: Evidence, rules: SuspicionRules) -> Reason:
    """The mask falls apart; a cut vertebra may do so (P16), a whole one may not."""
    measures = evidence.measures
    share = evidence.stray_mm3 / measures.volume_mm3
    ramp = rules.stray_share if evidence.is_complete else rules.stray_share_of_cut
    return Reason(
        ReasonKind.PIECES,
        f"It falls into {measures.components} pieces: {share:.1%} lies apart from the largest.",
        ramp(share),
    )


def absolute_volume(evidence: Evidence, rules: SuspicionRules) -> Reason:
    """No vertebra is as small, or as large; the only word on size in a short chain."""
    volume_mm3 = evidence.measures.volume_mm3
    too_small = rules.smallest_mm3(volume_mm3) if evidence.is_complete else 0.0
    too_large = rules.largest_mm3(volume_mm3)
    word = "small" if too_small else "large"
    return Reason(
        ReasonKind.VOLUME,
        f"{volume_mm3 / 1000:.1f} cm³ is very {word} for a vertebra.",
        max(too_small, too_large),
    )


def absolute_density(evidence: Evidence, rules: SuspicionRules) -> Reason | None:
    """A mean CT value that is not that of a whole bone."""
    mean_hu = evidence.measures.mean_hu
    if mean_hu is None:
        return None
    low, high = rules.lowest_hu(mean_hu), rules.highest_hu(mean_hu)
    cause = "it holds metal or cement" if high else "much of it is no bone"
    return Reason(
        ReasonKind.DENSITY,
        f"A mean CT value of {mean_hu:.0f} HU is not that of a vertebra: perhaps {cause}.",
        max(low, high),
    )
