"""The figures of ``vertseg study suspicion`` as a page and a plot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from ..io.atomic import atomic_path
from ..suspicion import ReasonKind

if TYPE_CHECKING:
    from .suspicion import Row

DISCLAIMER = "Research use only, not a medical device"
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


def auc_of(scores: ArrayLike, is_bad: ArrayLike) -> float | None:
    """Probability that a bad one has a higher score than a good one; a draw counts half.

    None where there are only bad ones or only good ones.
    """
    score, bad = np.asarray(scores, dtype=float), np.asarray(is_bad, dtype=bool)
    if not bad.any() or bad.all():
        return None
    above = score[bad][:, None] - score[~bad][None, :]
    return float(np.mean(np.heaviside(above, 0.5)))


def roc_of(
    scores: ArrayLike, is_bad: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of good and of bad ones at or above every threshold, from none to all."""
    score, bad = np.asarray(scores, dtype=float), np.asarray(is_bad, dtype=bool)
    thresholds = np.concatenate([[np.inf], np.unique(score)[::-1]])
    shares = [
        [float(np.mean(score[chosen] >= t)) if chosen.any() else 0.0 for t in thresholds]
        for chosen in (~bad, bad)
    ]
    return np.array(shares[0]), np.array(shares[1])


def write_report(folder: Path, rows: Sequence[Row], bad_dice: float, model: str | None) -> Path:
    """``suspicion.md`` and ``suspicion.png``."""
    sources = sorted({row.source for row in rows})
    _plot(folder / "suspicion.png", rows, sources, bad_dice)
    with atomic_path(folder / "suspicion.md", overwrite=True) as beside:
        beside.write_text(_page(rows, sources, bad_dice, model), encoding="utf-8")
    return folder / "suspicion.md"


def _page(rows: Sequence[Row], sources: Sequence[str], bad_dice: float, model: str | None) -> str:
    lines = [
        "# Does a high suspicion mean a bad mask?",
        "",
        f"{DISCLAIMER}. Made by `vertseg study suspicion`; "
        + (f"walked with the model `{model}`. " if model else "no model, planted errors only. ")
        + f"Bad is a Dice below {bad_dice}; AUC is the probability that a bad vertebra has a "
        "higher suspicion than a good one.",
        "",
        "| vertebrae | number | bad | AUC | AUC, mask alone |",
        "|---|---:|---:|---:|---:|",
    ]
    groups = [(source, [r for r in rows if r.source == source]) for source in sources]
    lines += [_line(name, group, bad_dice) for name, group in [*groups, ("all", list(rows))]]
    lines += ["", "| reason | told about bad ones | about good ones |", "|---|---:|---:|"]
    lines += _reasons(rows, bad_dice)
    return "\n".join([*lines, "", "![](suspicion.png)", ""])


def _line(name: str, rows: Sequence[Row], bad_dice: float) -> str:
    bad = [row.dice < bad_dice for row in rows]
    full, alone = (auc_of([get(row) for row in rows], bad) for get in (_score, _score_of_mask))
    return f"| {name} | {len(rows)} | {sum(bad)} | {_said(full)} | {_said(alone)} |"


def _score(row: Row) -> float:
    return row.score


def _score_of_mask(row: Row) -> float:
    return row.score_of_mask


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _reasons(rows: Sequence[Row], bad_dice: float) -> list[str]:
    told = {
        is_bad: Counter(k for r in rows if (r.dice < bad_dice) is is_bad for k in r.reasons)
        for is_bad in (True, False)
    }
    return [f"| {k} | {told[True][k]} | {told[False][k]} |" for k in ReasonKind]


def _plot(path: Path, rows: Sequence[Row], sources: Sequence[str], bad_dice: float) -> None:
    figure = Figure(figsize=(9.0, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    roc, cloud = figure.subplots(1, 2)
    _draw_roc(roc, rows, bad_dice)
    _draw_cloud(cloud, rows, sources, bad_dice)
    with atomic_path(path, overwrite=True) as beside:
        figure.savefig(beside, format="png", dpi=130, metadata={"Software": None})


def _draw_roc(axes: Axes, rows: Sequence[Row], bad_dice: float) -> None:
    bad = [row.dice < bad_dice for row in rows]
    curves: list[tuple[str, Callable[[Row], float]]] = [("mask alone", _score_of_mask)]
    if any(row.score != row.score_of_mask for row in rows):
        curves.insert(0, ("mask and walk", _score))
    for (name, get), colour in zip(curves, _COLOURS, strict=False):
        scores = [get(row) for row in rows]
        axes.plot(
            *roc_of(scores, bad), color=colour, label=f"{name}: {_said(auc_of(scores, bad))}"
        )
    axes.plot([0, 1], [0, 1], color="0.8", linewidth=0.8, zorder=0)
    axes.set(xlabel="share of good ones above", ylabel="share of bad ones above", aspect="equal")
    axes.set_title(f"{len(rows)} vertebrae, {sum(bad)} with Dice < {bad_dice}", fontsize=9)
    axes.legend(title="AUC", frameon=False, loc="lower right", fontsize=8)


def _draw_cloud(axes: Axes, rows: Sequence[Row], sources: Sequence[str], bad_dice: float) -> None:
    for source, colour in zip(sources, _COLOURS, strict=False):
        chosen = [row for row in rows if row.source == source]
        dice, score = [row.dice for row in chosen], [row.score for row in chosen]
        axes.scatter(dice, score, s=12, alpha=0.6, color=colour, label=source, linewidths=0)
    axes.axvline(bad_dice, color="0.6", linewidth=0.8)
    axes.set(xlabel="Dice", ylabel="suspicion", xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    axes.set_title(DISCLAIMER, fontsize=7, color="0.4", loc="right")
    axes.legend(frameon=False, fontsize=8)
