"""How sure the walk was of a whole chain, and who may therefore speak for others."""

from __future__ import annotations

from statistics import median
from typing import Final

from .evidence import Chain
from .reason import Reason, ReasonKind
from .rules import SuspicionRules

_LEAST: Final = 3
"""Walked vertebrae; fewer are no chain, and each has its own confidence."""


def hesitant_chain(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """Low confidence all along: an error that all share is out of line nowhere.

    Told about what the walk made; an edited vertebra is a person's.
    """
    confidence = _chain_confidence(chain)
    if confidence is None or chain[place].walk is None:
        return None
    return Reason(
        ReasonKind.CHAIN,
        f"The network hesitated over the whole chain: the median confidence is {confidence:.2f}.",
        rules.chain_confidence(confidence),
    )


def speakers(chain: Chain, rules: SuspicionRules) -> list[bool]:
    """Whose measures may say what is usual.

    Incomplete vertebrae may not, nor those that the network doubted: a bad mask
    beside a good one would make the good one odd. Where it doubted all, the
    better half speaks.
    """
    middle = _chain_confidence(chain)
    least = rules.trusted_confidence if middle is None else min(middle, rules.trusted_confidence)
    return [e.is_complete and (e.walk is None or e.walk.confidence >= least) for e in chain]


def _chain_confidence(chain: Chain) -> float | None:
    told = [evidence.walk.confidence for evidence in chain if evidence.walk is not None]
    return median(told) if len(told) >= _LEAST else None
