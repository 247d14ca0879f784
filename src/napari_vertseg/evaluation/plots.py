"""Scores of a cohort as plots: Dice and surface distance by level, completeness, failures."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.ticker import MaxNLocator

from ..metrics import ScanScore
from .plot_levels import by_level
from .plot_paper import Series, legend, paper, png

_FAILURES: Final = (
    ("missed", "#d55e00"),
    ("merged", "#cc79a7"),
    ("split", "#e69f00"),
    ("false", "#000000"),
    ("order_errors", "#56b4e9"),
    ("completeness_fp", "#009e73"),
    ("completeness_fn", "#94d3bd"),
)
_MOST_BARS: Final = 30

Row = tuple[str, int, int]
"""Words, taken for complete, taken for cut."""


def all_plots(series: Series) -> dict[str, bytes]:
    """PNG by name of the plot."""
    return {
        "dice_by_level": by_level(series, lambda v: v.dice, "Dice"),
        "surface_distance_by_level": by_level(
            series, lambda v: v.asd_mm if v.is_found else None, "mean surface distance, mm"
        ),
        "completeness": completeness(series),
        "failures": failures(series),
    }


def completeness(series: Series) -> bytes:
    """What was marked complete or cut, and what it was taken for."""
    rows = [row for name in series for row in _taken(series, name)]
    figure, axes = paper(8.6, 1.1 + 0.55 * len(series))
    most = max([complete + cut for _, complete, cut in rows] + [0])
    if not most:
        words = "no prediction says which vertebrae are complete"
        axes.text(0.5, 0.5, words, ha="center", transform=axes.transAxes, fontsize=8)
        axes.set_axis_off()
        return png(figure)
    for place, (_, complete, cut) in enumerate(rows):
        axes.barh(place, complete, color="#0072b2")
        axes.barh(place, cut, left=complete, color="#e69f00")
        words = f"  {complete} taken for complete, {cut} for cut"
        axes.text(complete + cut, place, words, va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [label for label, *_ in rows], fontsize=8)
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.invert_yaxis()
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(0, 1.6 * most)
    axes.set_xlabel("vertebrae")
    return png(figure)


def _taken(series: Series, name: str) -> list[Row]:
    """Complete ones and cut ones of one model."""
    vertebrae = [v for s in series[name] for v in s.score.vertebrae if v.is_completeness_scored]
    rows = []
    for truth, word in ((True, "complete"), (False, "cut")):
        taken = [v.is_predicted_complete for v in vertebrae if v.is_reference_complete is truth]
        label = f"{word} · {name}" if len(series) > 1 else word
        rows.append((label, taken.count(True), taken.count(False)))
    return rows


def failures(series: Series) -> bytes:
    """Counts of every kind of failure, scan by scan; scans without any are left out."""
    bars = [
        (f"{s.score.name} · {name}" if len(series) > 1 else s.score.name, s.score)
        for name, scans in series.items()
        for s in scans
        if any(getattr(s.score, kind) for kind, _ in _FAILURES)
    ]
    bars.sort(key=lambda bar: -_faults(bar[1]))
    shown = bars[:_MOST_BARS]
    figure, axes = paper(8.6, 1.3 + 0.24 * max(len(shown), 2))
    left = np.zeros(len(shown))
    for kind, colour in _FAILURES:
        counts = np.array([getattr(score, kind) for _, score in shown], dtype=float)
        axes.barh(range(len(shown)), counts, left=left, color=colour, label=_said(kind))
        left += counts
    axes.set_yticks(range(len(shown)), [name for name, _ in shown], fontsize=7)
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.invert_yaxis()
    axes.set_xlabel(_caption(len(bars), sum(len(scans) for scans in series.values())))
    axes.set_xlim(0, max(left.max() if len(left) else 0, 1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, columns=4)
    return png(figure)


def _caption(bars: int, scans: int) -> str:
    if not bars:
        return f"none of {scans} scans has a failure"
    more = f", the worst {_MOST_BARS} shown" if bars > _MOST_BARS else ""
    return f"failures; {bars} of {scans} scans have any{more}"


def _faults(score: ScanScore) -> int:
    return sum(int(getattr(score, kind)) for kind, _ in _FAILURES)


def _said(kind: str) -> str:
    words = {
        "completeness_fp": "cut, taken for complete",
        "completeness_fn": "complete, taken for cut",
    }
    return words.get(kind, kind.replace("_", " "))
