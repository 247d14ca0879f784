"""From the measurements of the loop's study to its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from .loop_stages import Measure, Side, Stages, furthest, mean_of


@dataclass(frozen=True)
class Point:
    """One point of a curve: a mean over seeds with its interval."""

    size: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class DomainSummary:
    """One arm in one domain in figures, after the last round that any seed has."""

    effort_reduction: float
    """Share of the work that fell away: the smaller of voxels and vertebrae touched."""
    effort_reduction_interval: tuple[float, float]
    """Of this smaller one, over seeds."""
    effort_reduction_voxels: float
    effort_reduction_vertebrae: float
    effort_reduction_voxels_per_scan: float
    """Mean over fresh scans of each one's own: of all voxels, finely sampled scans have most."""
    worst_earlier_loss: float
    """Largest fall of Dice of an earlier scan in any seed; below 0 where all rose."""
    mean_earlier_loss: float
    dice_before: float
    dice_after: float
    scans_corrected: int
    seeds: int
    """Seeds that have come so far; those that have not take no part, before or after."""


def curve(found: Stages, part: Side, measure: Measure) -> list[Point]:
    """Mean per scan after each round, over the seeds that have come furthest."""
    _, seeds = furthest(found)
    points = []
    for size, rows in sorted(found.items()):
        values = [mean_of(rows[seed][part], measure) for seed in seeds if seed in rows]
        if values:
            points.append(Point(size, float(np.mean(values)), *interval(values)))
    return points


def summarise_domain(found: Stages) -> DomainSummary | None:
    """Figures of one arm; None before a round of any seed was measured."""
    last, seeds = furthest(found)
    if not last:
        return None
    before, after = ([found[size][seed] for seed in seeds] for size in (0, last))
    pairs = list(zip(before, after, strict=True))
    voxels = [_reduction(b, a, "voxels") for b, a in pairs]
    touched = [_reduction(b, a, "touched") for b, a in pairs]
    smaller = min(voxels, touched, key=np.mean)
    lost = [
        b["earlier"][name]["dice"] - a["earlier"][name]["dice"]
        for b, a in pairs
        for name in b["earlier"]
    ]
    return DomainSummary(
        effort_reduction=float(np.mean(smaller)),
        effort_reduction_interval=interval(smaller),
        effort_reduction_voxels=float(np.mean(voxels)),
        effort_reduction_vertebrae=float(np.mean(touched)),
        effort_reduction_voxels_per_scan=_reduction_per_scan(pairs),
        worst_earlier_loss=max(lost),
        mean_earlier_loss=float(np.mean(lost)),
        dice_before=float(np.mean([mean_of(row["fresh"], "dice") for row in before])),
        dice_after=float(np.mean([mean_of(row["fresh"], "dice") for row in after])),
        scans_corrected=last,
        seeds=len(seeds),
    )


def differences(
    found: Stages, other: Stages, part: Side, measure: Measure
) -> tuple[int, dict[int, float]]:
    """How much more than another arm has, by seed, where both have corrected most scans."""
    both = {
        size: sorted(found[size].keys() & other[size].keys())
        for size in found.keys() & other.keys()
        if size
    }
    last = max((size for size, seeds in both.items() if seeds), default=0)
    return last, {
        seed: mean_of(found[last][seed][part], measure) - mean_of(other[last][seed][part], measure)
        for seed in both.get(last, [])
    }


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % of the mean over seeds (Student's t); the value itself where there is but one.

    Drawing three seeds with replacement would give little more than the lowest and the highest.
    """
    mean, count = float(np.mean(values)), len(values)
    if count == 1:
        return mean, mean
    reach = float(stats.t.ppf(0.975, count - 1) * np.std(values, ddof=1) / np.sqrt(count))
    return mean - reach, mean + reach


def _reduction(before: dict[str, Any], after: dict[str, Any], measure: Measure) -> float:
    first = mean_of(before["fresh"], measure)
    return 0.0 if not first else 1.0 - mean_of(after["fresh"], measure) / first


def _reduction_per_scan(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> float:
    """Scans that took no work before have nothing to lose of it."""
    shares = [
        1.0 - after["fresh"][name]["voxels"] / row["voxels"]
        for before, after in pairs
        for name, row in before["fresh"].items()
        if row["voxels"]
    ]
    return float(np.mean(shares)) if shares else 0.0
