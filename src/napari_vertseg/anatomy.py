"""Names of the vertebrae, their order from head to foot, their VerSe label values."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Level(IntEnum):
    """An anatomical level; the integer is its VerSe label value (T13 = 28)."""

    C1 = 1
    C2 = 2
    C3 = 3
    C4 = 4
    C5 = 5
    C6 = 6
    C7 = 7
    T1 = 8
    T2 = 9
    T3 = 10
    T4 = 11
    T5 = 12
    T6 = 13
    T7 = 14
    T8 = 15
    T9 = 16
    T10 = 17
    T11 = 18
    T12 = 19
    L1 = 20
    L2 = 21
    L3 = 22
    L4 = 23
    L5 = 24
    L6 = 25
    S1 = 26
    T13 = 28


HEAD_TO_FOOT: Final[tuple[Level, ...]] = tuple(
    sorted(Level, key=lambda level: 19.5 if level is Level.T13 else float(level))
)
"""Every level, cranial to caudal; T13 lies between T12 and L1."""

TARGETS: Final[frozenset[Level]] = frozenset(Level) - {Level.S1}
"""Levels that the walk segments (P28): the sacrum and S1 are background."""


def is_target(verse_value: int) -> bool:
    """Whether a VerSe label value names a vertebra that the walk segments (P28)."""
    return verse_value in {int(level) for level in TARGETS}


def head_to_foot_rank(verse_value: int) -> int:
    """Position of a VerSe label value from head (0) to foot.

    Raises
    ------
    ValueError
        The value is no VerSe label.
    """
    return HEAD_TO_FOOT.index(Level(verse_value))
