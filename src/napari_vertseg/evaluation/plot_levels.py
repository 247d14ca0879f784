"""A figure of every vertebra over its level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ..anatomy import head_to_foot_rank
from ..metrics import VertebraScore
from ..pictures.drawn import level_name
from .folders import EvaluatedScan
from .plot_paper import COLOURS, Series, legend, paper, png


def by_level(series: Series, of: Callable[[VertebraScore], float | None], title: str) -> bytes:
    """Every vertebra a dot over its level, the median of each level a line."""
    figure, axes = paper(8.6, 2.9)
    values = {name: _by_label(scans, of) for name, scans in series.items()}
    labels = sorted({v for levels in values.values() for v in levels}, key=head_to_foot_rank)
    has_levels = all(s.has_levels for scans in series.values() for s in scans)
    for turn, (name, levels) in enumerate(values.items()):
        _draw(axes, labels, levels, (turn - (len(values) - 1) / 2) * 0.34, turn, name)
    if not labels:
        axes.text(0.5, 0.5, "no vertebra was found", ha="center", transform=axes.transAxes)
    names = [level_name(v) if has_levels else str(v) for v in labels]
    axes.set_xticks(range(len(labels)), names, fontsize=8)
    axes.set_xlabel("" if has_levels else "number from the head")
    axes.set_ylabel(title)
    axes.set_ylim(bottom=0.0, top=1.02 if title == "Dice" else None)
    if len(series) > 1:
        legend(axes)
    return png(figure)


def _by_label(
    scans: Sequence[EvaluatedScan], of: Callable[[VertebraScore], float | None]
) -> dict[int, list[float]]:
    levels: dict[int, list[float]] = defaultdict(list)
    for vertebra in (v for s in scans for v in s.score.vertebrae):
        value = of(vertebra)
        if value is not None:
            levels[vertebra.reference].append(value)
    return levels


def _draw(
    axes: Axes,
    labels: Sequence[int],
    levels: Mapping[int, list[float]],
    shift: float,
    turn: int,
    name: str,
) -> None:
    colour = COLOURS[turn % len(COLOURS)]
    rng = np.random.default_rng(0)
    for place, label in enumerate(labels):
        values = levels.get(label, [])
        across = place + shift + rng.uniform(-0.09, 0.09, len(values))
        # Perfect and missed ones lie on the edge of the plot.
        axes.scatter(across, values, s=11, color=colour, alpha=0.55, linewidths=0, clip_on=False)
        if values:
            middle = float(np.median(values))
            ends = [place + shift - 0.15, place + shift + 0.15]
            axes.plot(ends, [middle] * 2, color=colour, clip_on=False)
    axes.plot([], [], color=colour, label=name)
