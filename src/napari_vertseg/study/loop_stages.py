"""What the loop's study has measured so far, as its files say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .loop_form import LoopForm, LoopPlace

Measure = Literal["dice", "voxels", "touched", "slivers"]
Side = Literal["fresh", "earlier"]
Stages = dict[int, dict[int, dict[str, Any]]]
"""Measurements by corrected scans and by seed."""


def seeds_of(root: Path, form: LoopForm, domain: str) -> list[int]:
    """Seeds of the study, and others that were measured besides."""
    begun = {int(folder.name.removeprefix("seed-")) for folder in (root / domain).glob("seed-*")}
    return sorted(begun | set(form.seeds))


def stages(root: Path, form: LoopForm, domain: str, arm: str) -> Stages:
    """What is measured so far."""
    found: Stages = {}
    for seed in seeds_of(root, form, domain):
        place = LoopPlace(root, domain, seed, arm)
        for size in (0, *form.sizes):
            if place.stage(size).is_file():
                row = json.loads(place.stage(size).read_text(encoding="utf-8"))
                found.setdefault(size, {})[seed] = row
    return found


def furthest(found: Stages) -> tuple[int, list[int]]:
    """The most scans that any seed has corrected, and the seeds that have."""
    begun = {size: sorted(rows.keys() & found.get(0, {}).keys()) for size, rows in found.items()}
    last = max((size for size, seeds in begun.items() if seeds), default=0)
    return last, begun.get(last, [])


def mean_of(rows: Mapping[str, Mapping[str, float]], measure: Measure) -> float:
    """Mean over scans."""
    return float(np.mean([row[measure] for row in rows.values()])) if rows else 0.0
