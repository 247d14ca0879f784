"""Doubts about where a vertebra lies in the chain."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Final, NamedTuple

import numpy as np

from ..anatomy import Level, head_to_foot_rank
from .evidence import Chain
from .expectation import expected_log, log_of
from .reason import Reason, ReasonKind
from .rules import SuspicionRules

_SPACING_GROWTH: Final = 0.03
"""Logarithm per gap, as in real label maps."""


class _Gap(NamedTuple):
    """The distance to one neighbour, and what it weighs."""

    weight: float
    sentence: str


def spacing(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """Distance to both neighbours against the distances between the others.

    Incomplete vertebrae have their centre elsewhere and are left out.
    """
    gaps = [_gap_mm(chain, i) for i in range(len(chain) - 1)]
    known = [
        found
        for gap, side in ((place - 1, "above"), (place, "below"))
        if (found := _judged(gaps, gap, side, rules)) is not None
    ]
    if not known:
        return None
    # Half each: of two neighbours with a wrong distance either may be the wrong one.
    weight = sum(gap.weight for gap in known) / 2
    return Reason(ReasonKind.SPACING, max(known).sentence, weight)


def _judged(
    gaps: Sequence[float | None], place: int, side: str, rules: SuspicionRules
) -> _Gap | None:
    gap_mm = gaps[place] if 0 <= place < len(gaps) else None
    if gap_mm is None:
        return None
    logs = [None if gap is None else log_of(gap) for gap in gaps]
    own, expected = logs[place], expected_log(logs, place, _SPACING_GROWTH)
    absolute = rules.widest_spacing_mm(gap_mm)
    if own is None or expected is None:
        return _Gap(absolute, f"The next vertebra {side} is {gap_mm:.0f} mm away, which is far.")
    weight = max(rules.spacing_deviation(abs(own - expected)), absolute)
    cause = "one may be missing between them" if own > expected else "two may share one vertebra"
    return _Gap(
        weight,
        f"The next vertebra {side} is {gap_mm:.0f} mm away, where {exp(expected):.0f} mm would "
        f"fit the others: {cause}.",
    )


def _gap_mm(chain: Chain, upper: int) -> float | None:
    pair = chain[upper : upper + 2]
    if not all(e.is_complete for e in pair):
        return None
    first, second = (np.array(e.measures.centroid_mm) for e in pair)
    return float(np.linalg.norm(second - first))


def alignment(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """How far the centre lies beside the line through both neighbours, if all are complete."""
    three = chain[place - 1 : place + 2] if place else ()
    if len(three) < 3 or not all(e.is_complete for e in three):
        return None
    above, own, below = (np.array(e.measures.centroid_mm) for e in three)
    along = (below - above) / max(float(np.linalg.norm(below - above)), 1e-6)
    right, *other = (own - above) - along * float((own - above) @ along)
    sideways_mm, forward_mm = abs(float(right)), float(np.linalg.norm(other))
    return Reason(
        ReasonKind.ALIGNMENT,
        f"Its centre lies {np.hypot(sideways_mm, forward_mm):.0f} mm beside the line through "
        "its neighbours: a part may be missing, or another bone be in it.",
        max(rules.beside_line_mm(sideways_mm), rules.before_line_mm(forward_mm)),
    )


def cut_inside(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """Judged incomplete where the scan cannot have cut it: between two complete ones."""
    own, ends = chain[place], chain[max(place - 1, 0) : place + 2 : 2]
    if own.is_complete or not 0 < place < len(chain) - 1 or not all(e.is_complete for e in ends):
        return None
    said = "" if own.walk is None else f" ({own.walk.completeness:.2f})"
    return Reason(
        ReasonKind.CUT_INSIDE,
        f"It is judged incomplete{said}, yet the vertebrae above and below are complete.",
        rules.cut_inside,
    )


def order(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """The level does not follow the one above, or the walk found it out of turn."""
    own, above = chain[place], chain[place - 1] if place else None
    if above is not None and above.level is not None and own.level is not None:
        return Reason(
            ReasonKind.ORDER,
            f"{own.level.name} does not follow {above.level.name}.",
            0.0 if _follows(above.level, own.level) else rules.out_of_turn,
        )
    return Reason(
        ReasonKind.ORDER,
        "The walk found it out of turn, after it had passed this place.",
        rules.out_of_turn if _is_out_of_turn(chain, place) else 0.0,
    )


def _follows(upper: Level, lower: Level) -> bool:
    """Next in the chain; T13 may be absent, and so may T12."""
    step = head_to_foot_rank(lower) - head_to_foot_rank(upper)
    return step == 1 or (lower is Level.L1 and upper in (Level.T11, Level.T12))


def _is_out_of_turn(chain: Chain, place: int) -> bool:
    """Between neighbours that were found in order, found before or after both.

    Only among those that were found walking the same way.
    """
    walk = chain[place].walk
    if walk is None:
        return False
    turns = [e.walk.turn for e in chain if e.walk and e.walk.direction == walk.direction]
    if walk.direction == "up":
        turns.reverse()
    here = turns.index(walk.turn)
    if not 0 < here < len(turns) - 1:
        return False
    before, after = turns[here - 1], turns[here + 1]
    return before < after and not before < walk.turn < after
