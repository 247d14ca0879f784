"""Doubts that arise beside the neighbours: size and density out of line."""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Final

from .evidence import Chain, Evidence
from .expectation import expected_log, log_of, median_of_neighbours
from .reason import Reason, ReasonKind
from .rules import SuspicionRules
from .trust import speakers

_VOLUME_GROWTH: Final = 0.06
"""Logarithm per vertebra; 0.05 to 0.07 fit twelve real label maps alike."""
_AXES: Final = (("high", 0.01), ("deep", 0.02), ("wide", 0.02))
"""(z, y, x): a word for the size along the axis, and its growth."""


def volume(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """Larger or smaller than the trend through the complete neighbours."""
    own = chain[place]
    volumes = _logs(chain, lambda e: e.measures.volume_mm3, rules)
    expected = expected_log(volumes, place, _VOLUME_GROWTH)
    deviation = _deviation(own.measures.volume_mm3, expected)
    if expected is None or deviation is None:
        return None
    weight = rules.volume_deviation(abs(deviation) - _allowance(chain, place, rules))
    return Reason(
        ReasonKind.VOLUME,
        f"Its volume of {own.measures.volume_mm3 / 1000:.1f} cm³ is out of line: "
        f"{exp(expected) / 1000:.1f} cm³ would fit its neighbours.",
        weight if own.is_complete or deviation > 0 else 0.0,
    )


def extent(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """The axis along which the size is furthest from that of the neighbours."""
    reasons = [_extent_along(axis, chain, place, rules) for axis in range(3)]
    known = [reason for reason in reasons if reason is not None]
    return max(known, key=lambda reason: reason.weight, default=None)


def _extent_along(axis: int, chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    own = chain[place]
    word, growth = _AXES[axis]
    sizes = _logs(chain, lambda e: e.measures.extent_mm[axis], rules)
    expected = expected_log(sizes, place, growth)
    size_mm = own.measures.extent_mm[axis]
    deviation = _deviation(size_mm, expected)
    if expected is None or deviation is None:
        return None
    is_longer = deviation > 0
    ramp = rules.extent_longer if is_longer else rules.extent_shorter
    weight = ramp(abs(deviation) - _allowance(chain, place, rules))
    cause = "another bone may be in it" if is_longer else "a part may be missing"
    return Reason(
        ReasonKind.EXTENT,
        f"It is {size_mm:.0f} mm {word}, where {exp(expected):.0f} mm would fit its "
        f"neighbours: {cause}.",
        weight if own.is_complete or is_longer else 0.0,
    )


def density(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """Denser or less dense than the neighbours; of a cut one the dense arch may be left alone."""
    own = chain[place]
    own_hu = own.measures.mean_hu
    expected_hu = median_of_neighbours(_trusted(chain, lambda e: e.measures.mean_hu, rules), place)
    if own_hu is None or expected_hu is None or not own.is_complete:
        return None
    share = abs(own_hu - expected_hu) / max(expected_hu, rules.density_floor_hu)
    return Reason(
        ReasonKind.DENSITY,
        f"Its mean CT value of {own_hu:.0f} HU is out of line: its neighbours have "
        f"{expected_hu:.0f} HU.",
        rules.density_deviation(share),
    )


def surroundings(chain: Chain, place: int, rules: SuspicionRules) -> Reason | None:
    """More bone around the mask than around its neighbours: it ends where bone goes on."""
    own = chain[place].bone_share_around
    usual = median_of_neighbours(_trusted(chain, lambda e: e.bone_share_around, rules), place)
    if own is None:
        return None
    more = 0.0 if usual is None else rules.more_bone_around(own - usual)
    beside = "" if usual is None else f" (of its neighbours {usual:.0%})"
    return Reason(
        ReasonKind.SURROUNDINGS,
        f"{own:.0%} of what lies around the mask{beside} is bright as bone: "
        "a part may be missing.",
        max(more, rules.bone_around(own)),
    )


def _allowance(chain: Chain, place: int, rules: SuspicionRules) -> float:
    """C1 and C2 are unlike the vertebrae below them, and not known by name."""
    below = [e.measures.volume_mm3 for e in chain[2:5] if e.is_complete]
    may_be_axis = place < 2 and below and min(below) <= rules.cervical_mm3
    return rules.allowance_at_top if may_be_axis else 0.0


def _logs(
    chain: Chain, of: Callable[[Evidence], float], rules: SuspicionRules
) -> list[float | None]:
    return _trusted(chain, lambda e: log_of(of(e)), rules)


def _trusted(
    chain: Chain, of: Callable[[Evidence], float | None], rules: SuspicionRules
) -> list[float | None]:
    """A measure of those that may speak for others (see ``speakers``)."""
    may_speak = speakers(chain, rules)
    return [of(e) if speaks else None for e, speaks in zip(chain, may_speak, strict=True)]


def _deviation(value: float, expected: float | None) -> float | None:
    log = log_of(value)
    return None if log is None or expected is None else log - expected
