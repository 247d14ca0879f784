"""What a model must reach before it is shipped, and what it has reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..metrics import ScanScore, summarise
from .syntheses import VALIDATION_MAPS

Row = dict[str, Any]
Scores = Mapping[str, Sequence[ScanScore]]
"""By the name of their set."""
_THORAX = "thorax-1.5mm"
"""Has one labelled vertebra: what lies above it can only be judged as a row."""


@dataclass(frozen=True, slots=True)
class Promise:
    """One figure with the bound that it must keep."""

    what: str
    value: float | None
    """None where nothing has been measured."""
    bound: float
    is_least: bool = True
    """The value must not fall below the bound; otherwise not rise above it."""
    digits: int = 3

    @property
    def said(self) -> str:
        """The value for people."""
        return "not measured" if self.value is None else f"{self.value:.{self.digits}f}"

    @property
    def wanted(self) -> str:
        """The bound for people."""
        return f"{'≥' if self.is_least else '≤'} {self.bound:g}"

    @property
    def verdict(self) -> str:
        """Whether it is kept."""
        if self.value is None:
            return "–"
        is_met = self.value >= self.bound if self.is_least else self.value <= self.bound
        return "yes" if is_met else "**no**"


def promises(
    scores: Scores, starts: Sequence[Row], outside_row: Mapping[str, int]
) -> Iterator[Promise]:
    """Every bound, in the order of the sets.

    Parameters
    ----------
    scores : mapping
        By set.
    starts : sequence of rows
        See ``starter_starts``.
    outside_row : mapping
        Scan walked down → whole vertebrae that are not in its longest plausible row.
    """
    lumbar, abdomen = VALIDATION_MAPS
    yield _promise(scores, "real-down", lumbar, "dice_mean", "Dice", 0.92)
    yield _promise(scores, "real-down", lumbar, "asd_mm_mean", "ASD, mm", 0.6, is_least=False)
    yield _promise(scores, "real-up", lumbar, "dice_mean", "Dice", 0.85)
    yield _promise(scores, "real-down", abdomen, "dice_mean", "Dice", 0.85)
    strays = outside_row.get(_THORAX)
    what = f"real-down {_THORAX}: whole ones outside the longest row"
    yield Promise(what, strays, 0, is_least=False, digits=0)
    for name in VALIDATION_MAPS:
        yield _promise(
            scores, "crops", name, "completeness_accuracy", "completeness accuracy", 0.95
        )
    yield _promise(scores, "phantoms", "", "dice_mean", "Dice", 0.94)
    yield _promise(scores, "phantoms", "", "found_rate", "found", 0.95)
    yield _promise(scores, "phantoms", "", "false", "false in all", 1, is_least=False, digits=0)
    yield _promise(scores, "phantoms", "", "completeness_accuracy", "completeness accuracy", 0.95)
    tried = sum(row["starts"] for row in starts)
    right = sum(row["right"] for row in starts) / tried if tried else None
    yield Promise("starts: give their vertebra", right, 0.95)


def _promise(
    scores: Scores,
    walk_set: str,
    scan: str,
    figure: str,
    words: str,
    bound: float,
    *,
    is_least: bool = True,
    digits: int = 3,
) -> Promise:
    """A figure over the scans of a set whose names begin like that."""
    group = [s for s in scores.get(walk_set, ()) if s.name.startswith(scan)]
    value = summarise(group, resamples=1)[figure].value if group else None
    what = " ".join(w for w in (walk_set, scan) if w) + f" ({len(group)} scans): {words}"
    return Promise(what, value, bound, is_least, digits)
