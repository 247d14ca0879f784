"""The figures of ``vertseg study suspicion`` as a page and a plot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..io.atomic import atomic_path
from ..suspicion import ReasonKind
from .auc import auc_of, roc_of, said
from .suspicion_facts import facts_table

if TYPE_CHECKING:
    from .suspicion import Row

DISCLAIMER = "Research use only, not a medical device"
_TOLD = 0.5
"""From here on the queue of scans counts a vertebra as doubtful."""
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


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
        "| vertebrae | number | bad | AUC | AUC, mask alone | bad ones told | good ones told |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    groups = [(source, [r for r in rows if r.source == source]) for source in sources]
    lines += [_line(name, group, bad_dice) for name, group in [*groups, ("all", list(rows))]]
    lines += ["", f"Told: a suspicion of {_TOLD} or more. {_first_places(rows, bad_dice)}", ""]
    lines += facts_table([*reversed(groups), ("all", list(rows))], bad_dice)
    lines += ["", "| reason | told about bad ones | about good ones |", "|---|---:|---:|"]
    lines += _reasons(rows, bad_dice)
    return "\n".join([*lines, "", "![](suspicion.png)", ""])


def _line(name: str, rows: Sequence[Row], bad_dice: float) -> str:
    bad = [row.dice < bad_dice for row in rows]
    full, alone = (auc_of([get(row) for row in rows], bad) for get in (_score, _score_of_mask))
    return (
        f"| {name} | {len(rows)} | {sum(bad)} | {said(full)} | {said(alone)} | "
        f"{_told(rows, bad, True)} | {_told(rows, bad, False)} |"
    )


def _told(rows: Sequence[Row], bad: Sequence[bool], which: bool) -> str:
    scores = [row.score for row, is_bad in zip(rows, bad, strict=True) if is_bad is which]
    return f"{sum(s >= _TOLD for s in scores) / len(scores):.0%}" if scores else "–"


def _first_places(rows: Sequence[Row], bad_dice: float) -> str:
    """Whether the key that goes to the most suspicious vertebra leads to a bad one."""
    scans: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        scans.setdefault((row.source, row.name), []).append(row)
    mixed = [
        scan for scan in scans.values() if 0 < sum(r.dice < bad_dice for r in scan) < len(scan)
    ]
    right = sum(max(scan, key=_score).dice < bad_dice for scan in mixed)
    return (
        f"Of {len(mixed)} chains with good and bad ones the most suspicious vertebra "
        f"is a bad one in {right}."
    )


def _score(row: Row) -> float:
    return row.score


def _score_of_mask(row: Row) -> float:
    return row.score_of_mask


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
        axes.plot(*roc_of(scores, bad), color=colour, label=f"{name}: {said(auc_of(scores, bad))}")
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
