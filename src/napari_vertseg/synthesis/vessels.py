"""Tubes along the spine: airway and throat, arteries and veins."""

from __future__ import annotations

import numpy as np

from .build import Build
from .painting import Canvas
from .spine_place import SpinePlace
from .tissue import Tissue


def paint_neck(canvas: Canvas, place: SpinePlace, build: Build) -> None:
    """Airway, throat and the fat planes of the neck."""
    s = build.scale
    neck = place.shown(0.5, 8.0, 0.5) * s
    for side in (-1, 1):
        canvas.tube(
            Tissue.FAT,
            (place.y - 8, place.x + side * 40 * s),
            (16 * neck, 9 * neck),
            over=(Tissue.MUSCLE,),
            wobble=0.2,
        )
    show = place.shown(-2.0, 11.8, 0.5) * s
    y = place.y - place.half_depth - s * place.by_rank((1, 5, 8, 12), (16, 20, 26, 22))
    canvas.tube(Tissue.SOFT, (y, place.x), (12 * show, 14 * show))
    canvas.tube(Tissue.AIRWAY, (y, place.x), (7.5 * show, 8 * show))
    brain = place.by_rank((-6, -1.2, 0.2), (1, 1, 0))
    canvas.tube(Tissue.BRAIN, (place.y - 10, place.x), (78 * brain, 66 * brain))


def paint_vessels(
    canvas: Canvas, place: SpinePlace, build: Build, rng: np.random.Generator
) -> None:
    """Aorta, caval vein, iliac and neck vessels."""
    r = build.aorta_mm
    sway = 4 * np.sin(place.z / 60 + rng.uniform(0, 6))
    thoracic, lumbar = place.shown(11.3, 19.0, 0.2), place.shown(18.9, 23.4, 0.1)
    left = place.by_rank((11, 17, 19.5, 23), (place.half_width.mean() + r, 18, 8, 6))
    front = place.by_rank((11, 17, 19.5, 23), (6, 0.8 * r + 6, r + 3, r + 2))
    y = place.y - np.where(place.rank < 17, front, place.half_depth + front)
    show = np.maximum(thoracic, lumbar)
    canvas.tube(Tissue.ARTERY, (y, place.x + left + sway), (r * show, r * show))
    vein = place.shown(17.5, 23.6, 0.1)
    center = (place.y - place.half_depth - r - 2, place.x - 15 + sway)
    canvas.tube(Tissue.VEIN, center, (0.85 * r * vein, 1.15 * r * vein))
    fork = place.shown(23.3, 29, 0.05)
    for side in (-1, 1):
        spread = side * (8 + 14 * np.clip(place.rank - 23.3, 0, 5))
        y = place.y - place.half_depth - 8
        canvas.tube(Tissue.ARTERY, (y - 6, place.x + spread), (0.5 * r * fork, 0.5 * r * fork))
        canvas.tube(Tissue.VEIN, (y + 5, place.x + 0.8 * spread), (0.6 * r * fork, 0.6 * r * fork))
        neck = place.shown(0.5, 11, 0.3)
        y = place.y - place.half_depth - 10
        canvas.tube(Tissue.ARTERY, (y, place.x + side * 27), (3.5 * neck, 3.5 * neck))
        canvas.tube(Tissue.VEIN, (y + 4, place.x + side * 37), (6 * neck, 6 * neck))
