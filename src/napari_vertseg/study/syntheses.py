"""Validation label maps rendered as scans that nobody ever had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..anatomy import is_target
from ..synthesis import complete_anatomy, draw_appearance, render
from ..volume import Scan
from .subject import Subject, read_subject

VALIDATION_MAPS = ("verse008", "abdomen-3mm")
COUNT = 20


def syntheses_of(count: int = COUNT) -> list[tuple[str, int]]:
    """Label map and seed of every synthesis, the maps in turn."""
    return [(VALIDATION_MAPS[n % 2], 980_000 + n) for n in range(count)]


def synthesis_subject(whole: Subject, seed: int) -> Subject:
    """A CT around the labels of a scan; the CT that they were drawn on is not used.

    Parameters
    ----------
    whole : Subject
        Its labels are the truth, on its own grid or one that was widened to the sides.
    seed : int
        Decides the body, how it looks, and the noise.
    """
    rng = np.random.default_rng(seed)
    grid = whole.scan.grid
    labels = np.ascontiguousarray(whole.labels, dtype=np.uint8)
    anatomy = complete_anatomy(rng, labels, None, grid, is_complete=whole.is_complete)
    spacing = grid.spacing_mm
    appearance = draw_appearance(rng, slice_mm=spacing.z, pixel_mm=spacing.x)
    image = render(anatomy, appearance, rng)
    return replace(
        whole,
        scan=Scan.from_canonical(image, anatomy.grid, f"{whole.scan.name} synthesis {seed}"),
        labels=anatomy.vertebrae,
        is_complete={v: c for v, c in whole.is_complete.items() if is_target(v)},
    )


def read_map(data: Path, name: str) -> Subject:
    """A validation scan whose labels are rendered."""
    return read_subject(data / "ct-labelled" / name)
