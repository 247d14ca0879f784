"""From the measurements of the loop's study to its figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from .loop_form import LoopForm, LoopPlace

Measure = Literal["dice", "voxels", "touched"]
_RESAMPLES: Final = 2000


@dataclass(frozen=True)
class Point:
    """One point of a curve: a mean over seeds with its interval."""

    size: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class DomainSummary:
    """One domain in figures, after the last round that is there for every seed."""

    effort_reduction: float
    """Share of the work that fell away: the smaller of voxels and vertebrae touched."""
    effort_reduction_voxels: float
    effort_reduction_vertebrae: float
    effort_reduction_interval: tuple[float, float]
    """Of the vertebrae, over seeds."""
    worst_earlier_loss: float
    """Largest fall of Dice of an earlier scan in any seed; below 0 where all rose."""
    dice_before: float
    dice_after: float
    scans_corrected: int
    seeds: int


def stages(root: Path, form: LoopForm, domain: str, arm: str) -> dict[int, list[dict[str, Any]]]:
    """Measurements by corrected scans, one per seed that has come so far."""
    found: dict[int, list[dict[str, Any]]] = {}
    for seed in form.seeds:
        place = LoopPlace(root, domain, seed, arm)
        for size in (0, *form.sizes):
            if place.stage(size).is_file():
                row = json.loads(place.stage(size).read_text(encoding="utf-8"))
                found.setdefault(size, []).append(row)
    return found


def curve(
    found: dict[int, list[dict[str, Any]]], part: Literal["fresh", "earlier"], measure: Measure
) -> list[Point]:
    """Mean per scan after each round, with an interval over seeds."""
    points = []
    for size, rows in sorted(found.items()):
        values = [_mean(row[part], measure) for row in rows]
        low, high = _interval(values)
        points.append(Point(size, float(np.mean(values)), low, high))
    return points


def summarise_domain(found: dict[int, list[dict[str, Any]]]) -> DomainSummary | None:
    """Figures of the first arm; None before a round of every seed was measured."""
    reached = [size for size, rows in found.items() if len(rows) == len(found.get(0, ()))]
    last = max(reached, default=0)
    if not last:
        return None
    before, after = found[0], found[last]
    voxels = [_reduction(b, a, "voxels") for b, a in zip(before, after, strict=True)]
    touched = [_reduction(b, a, "touched") for b, a in zip(before, after, strict=True)]
    return DomainSummary(
        effort_reduction=min(float(np.mean(voxels)), float(np.mean(touched))),
        effort_reduction_voxels=float(np.mean(voxels)),
        effort_reduction_vertebrae=float(np.mean(touched)),
        effort_reduction_interval=_interval(touched),
        worst_earlier_loss=max(
            b["earlier"][name]["dice"] - a["earlier"][name]["dice"]
            for b, a in zip(before, after, strict=True)
            for name in b["earlier"]
        ),
        dice_before=float(np.mean([_mean(row["fresh"], "dice") for row in before])),
        dice_after=float(np.mean([_mean(row["fresh"], "dice") for row in after])),
        scans_corrected=last,
        seeds=len(after),
    )


def _reduction(before: dict[str, Any], after: dict[str, Any], measure: Measure) -> float:
    first = _mean(before["fresh"], measure)
    return 0.0 if not first else 1.0 - _mean(after["fresh"], measure) / first


def _mean(rows: dict[str, dict[str, float]], measure: Measure) -> float:
    return float(np.mean([row[measure] for row in rows.values()])) if rows else 0.0


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % by drawing seeds with replacement; the value itself where there is but one."""
    drawn = np.random.default_rng(0).choice(list(values), (_RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
