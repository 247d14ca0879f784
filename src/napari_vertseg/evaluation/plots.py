"""Scores of a cohort as plots: Dice and surface distance by level, completeness, failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..anatomy import head_to_foot_rank
from ..metrics import ScanScore, VertebraScore
from ..pictures.drawn import level_name
from .folders import EvaluatedScan

_COLOURS: Final = ("#e07b00", "#0072b2")
"""Those of the close-ups: orange the prediction, blue the other model."""
_FAILURES: Final = (
    ("missed", "#d55e00"),
    ("merged", "#cc79a7"),
    ("split", "#e69f00"),
    ("false", "#000000"),
    ("order_errors", "#56b4e9"),
    ("completeness_fp", "#009e73"),
    ("completeness_fn", "#94d3bd"),
)

Series = Mapping[str, Sequence[EvaluatedScan]]
"""Scans by the name of the model; one or two of them."""


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


def by_level(series: Series, of: Callable[[VertebraScore], float | None], title: str) -> bytes:
    """Every vertebra a dot over its level, the median of each level a line."""
    figure, axes = _figure(8.6, 2.9)
    values = {name: _by_label(scans, of) for name, scans in series.items()}
    labels = sorted({v for levels in values.values() for v in levels}, key=_order)
    has_levels = all(s.has_levels for scans in series.values() for s in scans)
    for turn, (name, levels) in enumerate(values.items()):
        _draw_levels(axes, labels, levels, (turn - (len(values) - 1) / 2) * 0.34, turn, name)
    if not labels:
        axes.text(0.5, 0.5, "no vertebra was found", ha="center", transform=axes.transAxes)
    names = [level_name(v) if has_levels else str(v) for v in labels]
    axes.set_xticks(range(len(labels)), names, fontsize=8)
    axes.set_xlabel("" if has_levels else "number from the head")
    axes.set_ylabel(title)
    axes.set_ylim(bottom=0.0, top=1.02 if title == "Dice" else None)
    _legend(axes, series)
    return _png(figure)


def completeness(series: Series) -> bytes:
    """What was marked complete or cut, and what it was taken for."""
    figure, axes = _figure(8.6, 1.1 + 0.55 * len(series))
    rows = []
    for name, scans in series.items():
        vertebrae = [v for s in scans for v in s.score.vertebrae if v.is_completeness_scored]
        for truth, word in ((True, "complete"), (False, "cut")):
            taken = [
                v.is_predicted_complete for v in vertebrae if v.is_reference_complete is truth
            ]
            label = f"{word} · {name}" if len(series) > 1 else word
            rows.append((label, taken.count(True), taken.count(False)))
    for place, (_, complete, cut) in enumerate(rows):
        axes.barh(place, complete, color="#0072b2")
        axes.barh(place, cut, left=complete, color="#e69f00")
        axes.text(
            complete + cut,
            place,
            f"  {complete} taken for complete, {cut} for cut",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(range(len(rows)), [label for label, *_ in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.6 * max([a + b for _, a, b in rows] + [1]))
    axes.set_xlabel("vertebrae")
    return _png(figure)


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
    figure, axes = _figure(8.6, 1.3 + 0.24 * max(len(shown), 2))
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
    axes.legend(fontsize=7, frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return _png(figure)


_MOST_BARS: Final = 30


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


def _by_label(
    scans: Sequence[EvaluatedScan], of: Callable[[VertebraScore], float | None]
) -> dict[int, list[float]]:
    levels: dict[int, list[float]] = defaultdict(list)
    for vertebra in (v for s in scans for v in s.score.vertebrae):
        value = of(vertebra)
        if value is not None:
            levels[vertebra.reference].append(value)
    return levels


def _draw_levels(
    axes: Axes,
    labels: Sequence[int],
    levels: Mapping[int, list[float]],
    shift: float,
    turn: int,
    name: str,
) -> None:
    colour = _COLOURS[turn % len(_COLOURS)]
    rng = np.random.default_rng(0)
    for place, label in enumerate(labels):
        values = levels.get(label, [])
        across = place + shift + rng.uniform(-0.09, 0.09, len(values))
        axes.scatter(across, values, s=11, color=colour, alpha=0.55, linewidths=0)
        if values:
            middle = float(np.median(values))
            axes.plot([place + shift - 0.15, place + shift + 0.15], [middle] * 2, color=colour)
    axes.plot([], [], color=colour, label=name)


def _order(label: int) -> int:
    return head_to_foot_rank(label)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend(axes: Axes, series: Series) -> None:
    if len(series) > 1:
        legend = axes.legend(fontsize=8, frameon=False, loc="best")
        for text in legend.get_texts():
            text.set_parse_math(False)


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
