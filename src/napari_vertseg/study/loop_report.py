"""The page and the figures of the loop's study, of all that is measured so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..io import atomic_path, write_json_atomic
from .loop_curves import MEASURES, Curves, curves_of, plot
from .loop_domains import DOMAINS
from .loop_figures import DomainSummary, Point, summarise_domain
from .loop_form import LoopForm
from .loop_progress import progress
from .loop_stages import Stages, seeds_of, stages
from .loop_words import against, judged, said

Found = dict[str, dict[str, Stages]]
"""Measurements by domain and arm."""


def write_report(folder: Path, form: LoopForm, domains: Sequence[str]) -> Path:
    """``report.md``, ``summary.json`` and ``curves.png``.

    Parameters
    ----------
    folder : Path
        Of the study. Whatever is measured in it takes part, asked for or not.
    domains : sequence of str
        Asked for.
    """
    names = [name for name in DOMAINS if name in domains or (folder / name).is_dir()]
    found: Found = {
        name: {
            arm.name: stages(folder, form, name, arm.name)
            for arm in form.arms
            if name in arm.domains
        }
        for name in names
    }
    write_json_atomic(folder / "summary.json", _summary(found), overwrite=True)
    curves = curves_of(found)
    if curves:
        plot(folder / "curves.png", curves, form)
    with atomic_path(folder / "report.md", overwrite=True) as beside:
        beside.write_text(_page(folder, form, found, curves), encoding="utf-8")
    return folder / "report.md"


def _summaries(arms: dict[str, Stages]) -> dict[str, DomainSummary]:
    found = {arm: summarise_domain(measured) for arm, measured in arms.items()}
    return {arm: summary for arm, summary in found.items() if summary is not None}


def _summary(found: Found) -> dict[str, Any]:
    """Figures of the first arm under the domain's name; a domain without any is not in it."""
    known = {}
    for domain, arms in found.items():
        summaries, first = _summaries(arms), next(iter(arms))
        if first in summaries:
            by_arm = {arm: asdict(one) for arm, one in summaries.items()}
            known[domain] = asdict(summaries[first]) | {"arms": by_arm}
    return known


def _page(folder: Path, form: LoopForm, found: Found, curves: Curves) -> str:
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
    sections.append(progress(folder, form, list(found)))
    for domain, arms in found.items():
        first, *others = arms
        whole = form.sizes[-1], len(seeds_of(folder, form, domain))
        words = [said(arms[first], *whole), judged(summarise_domain(arms[first]), *whole)]
        words += [against(first, arms[first], other, arms[other]) for other in others]
        spoken = "\n\n".join(word for word in words if word)
        sections.append(f"## {DOMAINS[domain].title}\n\n{spoken}\n")
        sections += [_table(title, domain, form, curves) for _, title, _ in MEASURES]
    sections.append("![curves](curves.png)\n" if curves else "Nothing is measured yet.\n")
    return "\n".join(sections)


def _table(title: str, domain: str, form: LoopForm, curves: Curves) -> str:
    sizes = (0, *form.sizes)
    lines = [f"| {title} | " + " | ".join(f"{size} scans" for size in sizes) + " |"]
    lines.append("|---" * (len(sizes) + 1) + "|")
    for arm in form.arms:
        if domain in arm.domains:
            points = {p.size: p for p in curves.get((domain, arm.name, title), [])}
            cells = [_cell(points.get(size)) for size in sizes]
            lines.append(f"| {arm.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(point: Point | None) -> str:
    if point is None:
        return "–"
    digits = 0 if point.mean >= 100 else 3 if point.mean < 1 else 1
    return f"{point.mean:.{digits}f} ({point.low:.{digits}f} to {point.high:.{digits}f})"


def _listed(sizes: Sequence[int]) -> str:
    words = [str(size) for size in sizes]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
