"""What correcting cost, as points of a plot and lines of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..rounds.effort import RoundEffort
from ..rounds.evidence import ProposalEvidence


class Cost(StrEnum):
    """What is plotted."""

    MINUTES = "minutes"
    VOXELS = "voxels changed"
    DICE = "Dice of proposal and correction"


COLUMNS: Final = ("Proposals of", "Scans", "Minutes", "Voxels", "Vertebrae", "Dice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Scans whose proposals came from one model: neighbours on the plot."""

    title: str
    numbers: tuple[int, ...]
    """1 = corrected first."""
    values: tuple[float, ...]
    mean: float


def stretches(rounds: Sequence[RoundEffort], cost: Cost) -> list[Stretch]:
    """Points of the plot, in the order of the rounds."""
    found, first = [], 1
    for one in rounds:
        values = tuple(_value(scan, cost) for scan in one.scans)
        found.append(
            Stretch(
                title=title_of(one),
                numbers=tuple(range(first, first + len(values))),
                values=values,
                mean=sum(values) / len(values) if values else 0.0,
            )
        )
        first += len(values)
    return found


def title_of(one: RoundEffort) -> str:
    """Which model proposed, for people."""
    if one.model is None:
        return "masks of other tools"
    return one.model if one.round is None else f"{one.model} (round {one.round})"


def lines(rounds: Sequence[RoundEffort]) -> list[tuple[str, ...]]:
    """Lines of the table: means per scan."""
    return [
        (
            title_of(one),
            str(len(one.scans)),
            f"{one.minutes:.1f}",
            f"{one.voxels_changed:,.0f}",
            f"{one.vertebrae_touched:.1f}",
            f"{one.dice:.3f}",
        )
        for one in rounds
    ]


def in_words(rounds: Sequence[RoundEffort]) -> str:
    """Whether it pays, in a sentence."""
    if not rounds:
        return (
            "No scan that had a proposal was submitted yet. From the first one on, minutes and "
            "voxels stand here."
        )
    first, last = rounds[0], rounds[-1]
    if len(rounds) == 1 or not first.voxels_changed:
        return f"So far a scan takes {last.minutes:.1f} minutes."
    saved = 100 * (1 - last.voxels_changed / first.voxels_changed)
    less = "less" if saved >= 0 else "more"
    return (
        f"A scan takes {last.minutes:.1f} minutes now, and took {first.minutes:.1f} at first; "
        f"{abs(saved):.0f} % {less} voxels are changed. Different scans: a trend, no proof."
    )


def _value(scan: ProposalEvidence, cost: Cost) -> float:
    match cost:
        case Cost.MINUTES:
            return scan.minutes
        case Cost.VOXELS:
            return float(scan.voxels_changed)
        case Cost.DICE:
            return scan.dice
