"""The columns of the table of vertebrae, on screen and as CSV."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from .records import VertebraRecord

DASH: Final = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    key: str
    """Name in a CSV file, with the unit."""
    title: str
    tip: str
    value: Callable[[int, VertebraRecord], Any]
    """From number and record; None where unknown."""
    text: Callable[[Any], str] = str
    """How a value is shown."""


def _decimals(count: int, unit: float = 1.0) -> Callable[[Any], str]:
    return lambda value: DASH if value is None else f"{value / unit:.{count}f}"


def _from_walk(name: str) -> Callable[[int, VertebraRecord], Any]:
    return lambda _, record: getattr(record.instance, name) if record.is_from_walk else None


COLUMNS: Final = (
    Column(
        "number",
        "No.",
        "Counted from the top of what is in view, or the level where it is known.",
        lambda number, _: number,
    ),
    Column(
        "completeness",
        "Complete",
        "Probability that the vertebra is wholly in view.",
        _from_walk("completeness"),
        _decimals(2),
    ),
    Column(
        "confidence",
        "Confidence",
        "Mean probability inside the mask × agreement of the last two looks.",
        _from_walk("confidence"),
        _decimals(2),
    ),
    Column(
        "volume_mm3", "cm³", "Volume.", lambda _, r: r.measures.volume_mm3, _decimals(1, 1000.0)
    ),
    Column(
        "mean_hu", "HU", "Mean CT value inside.", lambda _, r: r.measures.mean_hu, _decimals(0)
    ),
    Column(
        "suspicion",
        "Suspicion",
        "How much the vertebra deserves a look: 0 nothing against it, 1 almost surely wrong.",
        lambda _, record: record.suspicion,
        _decimals(2),
    ),
    Column(
        "verdict", "Verdict", "What you think of it: double-click.", lambda _, r: r.verdict.value
    ),
    Column("locked", "Lock", "A locked vertebra stays as it is.", lambda _, r: r.is_locked),
    Column("reasons", "Reasons", "Why it is suspicious.", lambda _, r: " ".join(r.reasons)),
)
NUMBER, SUSPICION, REASONS, VERDICT, LOCK = (
    next(i for i, column in enumerate(COLUMNS) if column.key == key)
    for key in ("number", "suspicion", "reasons", "verdict", "locked")
)
