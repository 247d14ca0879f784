"""How much of the loop's study is done, for whoever reads its report too early."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .loop_domains import DOMAINS
from .loop_form import LoopForm, LoopPlace
from .loop_stages import seeds_of


def progress(root: Path, form: LoopForm, domains: Sequence[str]) -> str:
    """A sentence, and while anything is missing a table of every arm and seed."""
    rows = [
        (domain, arm.name, [LoopPlace(root, domain, seed, arm.name) for seed in seeds])
        for domain in domains
        for seeds in [seeds_of(root, form, domain)]
        for arm in form.arms
        if domain in arm.domains
    ]
    stages = [p.stage(size) for _, _, places in rows for p in places for size in form.sizes]
    done = sum(stage.is_file() for stage in stages)
    if done == len(stages):
        return f"All {done} rounds are measured.\n"
    lines = [
        f"**{done} of {len(stages)} rounds are measured.** The figures below are of those seeds "
        "that have come furthest; the others take no part in them yet.\n",
        "| domain | way | corrected scans after which each seed is measured |",
        "|---|---|---|",
    ]
    for domain, arm, places in rows:
        cells = [f"{place.seed}: {_reached(place, form)}" for place in places]
        lines.append(f"| {DOMAINS[domain].title} | {arm} | {'; '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _reached(place: LoopPlace, form: LoopForm) -> str:
    sizes = [size for size in (0, *form.sizes) if place.stage(size).is_file()]
    return ", ".join(str(size) for size in sizes) or "nothing yet"
