"""The page, the picture and the figures of the loop's study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..io import atomic_path, write_json_atomic
from .loop_domains import DOMAINS
from .loop_figures import DomainSummary, Measure, Point, curve, stages, summarise_domain
from .loop_form import LoopForm

_MEASURES: tuple[tuple[str, str, Measure], ...] = (
    ("fresh", "vertebrae touched per fresh scan", "touched"),
    ("fresh", "voxels changed per fresh scan", "voxels"),
    ("fresh", "Dice of fresh scans", "dice"),
    ("earlier", "Dice of the earlier domain", "dice"),
)


def write_report(folder: Path, form: LoopForm, domains: Sequence[str]) -> Path:
    """``report.md``, ``summary.json`` and ``curves.png`` from what is measured so far."""
    by_arm = {name: _by_arm(folder, form, name) for name in domains}
    first = form.arms[0].name
    summaries = {name: arms.get(first) for name, arms in by_arm.items()}
    known = {
        name: asdict(found) | {"arms": {arm: asdict(one) for arm, one in by_arm[name].items()}}
        for name, found in summaries.items()
        if found is not None
    }
    write_json_atomic(folder / "summary.json", known, overwrite=True)
    curves = _curves(folder, form, domains)
    if curves:
        _plot(folder / "curves.png", curves, form)
    with atomic_path(folder / "report.md", overwrite=True) as beside:
        beside.write_text(_page(form, domains, summaries, curves), encoding="utf-8")
    return folder / "report.md"


def _by_arm(folder: Path, form: LoopForm, domain: str) -> dict[str, DomainSummary]:
    found = {
        arm.name: summarise_domain(stages(folder, form, domain, arm.name)) for arm in form.arms
    }
    return {name: summary for name, summary in found.items() if summary is not None}


Curves = dict[tuple[str, str, str], list[Point]]
"""By domain, arm and measure."""


def _curves(folder: Path, form: LoopForm, domains: Sequence[str]) -> Curves:
    curves: Curves = {}
    for domain in domains:
        for arm in form.arms:
            found = stages(folder, form, domain, arm.name)
            for part, title, measure in _MEASURES:
                if found:
                    side: Any = part
                    curves[domain, arm.name, title] = curve(found, side, measure)
    return curves


def _page(
    form: LoopForm,
    domains: Sequence[str],
    summaries: dict[str, DomainSummary | None],
    curves: Curves,
) -> str:
    sections = [
        "# Does the loop pay?\n\n"
        "Research use only, not a medical device. Made by `vertseg study loop`. A simulated "
        "person replaces every vertebra under Dice 0.9, adds missing ones and deletes false "
        f"ones; after {_listed(form.sizes)} corrected scans the model is trained for {form.steps} "
        "steps more. "
        "Effort is what the same person would have to do on fresh scans that nobody trains on.\n"
    ]
    if form.height_mm is not None:
        sections.append(
            "**SHORT FORM**: it shows that the study runs from end to end; with so little "
            "training and so few scans the figures say nothing about the method.\n"
        )
    for domain in domains:
        sections.append(f"## {DOMAINS[domain].title}\n\n{_said(summaries[domain])}\n")
        for _, title, _ in _MEASURES:
            sections.append(_table(title, domain, form, curves))
    sections.append("![curves](curves.png)\n" if curves else "Nothing is measured yet.\n")
    return "\n".join(sections)


def _said(found: DomainSummary | None) -> str:
    if found is None:
        return "No round is measured yet."
    low, high = found.effort_reduction_interval
    return (
        f"The starting model has Dice {found.dice_before:.3f} here. After "
        f"{found.scans_corrected} corrected scans ({found.seeds} seeds) it has "
        f"{found.dice_after:.3f}; vertebrae to touch fall by "
        f"{found.effort_reduction_vertebrae:.0%} (95 % over seeds: {low:.0%} to {high:.0%}), "
        f"voxels by {found.effort_reduction_voxels:.0%}. The earlier scan that lost most lost "
        f"{found.worst_earlier_loss:.3f} Dice."
    )


def _table(title: str, domain: str, form: LoopForm, curves: Curves) -> str:
    sizes = (0, *form.sizes)
    lines = [f"| {title} | " + " | ".join(f"{size} scans" for size in sizes) + " |"]
    lines.append("|---" * (len(sizes) + 1) + "|")
    for arm in form.arms:
        points = {p.size: p for p in curves.get((domain, arm.name, title), [])}
        cells = [_cell(points.get(size)) for size in sizes]
        lines.append(f"| {arm.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(point: Point | None) -> str:
    if point is None:
        return "–"
    digits = 0 if point.mean >= 100 else 3 if point.mean < 1 else 1
    return f"{point.mean:.{digits}f} ({point.low:.{digits}f} to {point.high:.{digits}f})"


def _plot(path: Path, curves: Curves, form: LoopForm) -> None:
    from matplotlib.figure import Figure

    domains = sorted({domain for domain, _, _ in curves})
    figure = Figure(figsize=(4 * len(_MEASURES), 3.2 * len(domains)), layout="constrained")
    panels = figure.subplots(len(domains), len(_MEASURES), squeeze=False)
    for row, domain in zip(panels, domains, strict=True):
        for axes, (_, title, _) in zip(row, _MEASURES, strict=True):
            for arm in form.arms:
                points = curves.get((domain, arm.name, title), [])
                sizes = [p.size for p in points]
                axes.plot(sizes, [p.mean for p in points], marker="o", label=arm.name)
                axes.fill_between(
                    sizes, [p.low for p in points], [p.high for p in points], alpha=0.15
                )
            axes.set_title(title, fontsize=9)
            axes.set_xlabel("corrected scans")
            axes.set_xticks([0, *form.sizes])
            axes.set_ylim(bottom=0)
        row[0].set_ylabel(DOMAINS[domain].title)
    panels[0][0].legend(fontsize=8)
    with atomic_path(path, overwrite=True) as beside:
        figure.savefig(beside, dpi=110)


def _listed(sizes: Sequence[int]) -> str:
    words = [str(size) for size in sizes]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
