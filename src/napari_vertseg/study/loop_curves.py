"""The curves of the loop's study: effort and Dice over corrected scans, per way of going round."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..io import atomic_path
from .loop_domains import DOMAINS
from .loop_figures import Point, curve
from .loop_form import LoopForm
from .loop_stages import Measure, Side, Stages

MEASURES: Final[tuple[tuple[Side, str, Measure], ...]] = (
    ("fresh", "vertebrae touched per fresh scan", "touched"),
    ("fresh", "voxels changed per fresh scan", "voxels"),
    ("fresh", "Dice of fresh scans", "dice"),
    ("earlier", "Dice of the earlier domain", "dice"),
)
Curves = dict[tuple[str, str, str], list[Point]]
"""By domain, arm and title of the measure."""


def curves_of(found: dict[str, dict[str, Stages]]) -> Curves:
    """Curves of every arm that anything is measured of."""
    return {
        (domain, arm, title): curve(measured, side, measure)
        for domain, arms in found.items()
        for arm, measured in arms.items()
        for side, title, measure in MEASURES
        if measured
    }


def plot(path: Path, curves: Curves, form: LoopForm) -> None:
    """One row of pictures per domain."""
    from matplotlib.figure import Figure

    domains = list(dict.fromkeys(domain for domain, _, _ in curves))
    figure = Figure(figsize=(4 * len(MEASURES), 3.2 * len(domains)), layout="constrained")
    panels = figure.subplots(len(domains), len(MEASURES), squeeze=False)
    for row, domain in zip(panels, domains, strict=True):
        for axes, (_, title, _) in zip(row, MEASURES, strict=True):
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
