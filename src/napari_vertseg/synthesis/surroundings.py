"""Procedural body around a spine: outline, muscles, canal, discs, table."""

from __future__ import annotations

import numpy as np

from .build import Build
from .organs import paint_abdomen, paint_thorax
from .painting import Canvas
from .spine_frame import SpineFrame
from .spine_place import SpinePlace
from .tissue import Tissue
from .vessels import paint_neck, paint_vessels

_OUTLINE = {
    "rank": (-3.0, 1.0, 6.0, 7.5, 9.0, 13.0, 18.0, 22.0, 25.0, 29.0),
    "half_width": (75.0, 72.0, 62.0, 120.0, 185.0, 165.0, 150.0, 150.0, 172.0, 180.0),
    "front": (100.0, 70.0, 55.0, 75.0, 110.0, 150.0, 150.0, 130.0, 140.0, 135.0),
    "back": (80.0, 70.0, 58.0, 62.0, 66.0, 64.0, 66.0, 76.0, 88.0, 95.0),
}
"""Skin around the body centres in mm by rank along the spine."""


def paint_surroundings(canvas: Canvas, frame: SpineFrame, build: Build) -> None:
    """Fill an empty canvas with everything but bone; bones are laid on top afterwards."""
    rng = np.random.default_rng(build.seed)
    place = SpinePlace.of(frame, canvas.slices_mm)
    _paint_outline(canvas, place, build)
    paint_thorax(canvas, place, build, rng)
    paint_abdomen(canvas, place, build, rng)
    paint_neck(canvas, place, build)
    paint_vessels(canvas, place, build, rng)
    _paint_muscles(canvas, place, build)
    _paint_spine_inside(canvas, place, frame)
    if build.has_table:
        _paint_table(canvas, place, build)


def _paint_outline(canvas: Canvas, place: SpinePlace, build: Build) -> None:
    """Skin and fat, wall muscles, cavity."""
    s = build.scale
    width, front, back = (
        s * place.by_rank(_OUTLINE["rank"], _OUTLINE[k]) for k in ("half_width", "front", "back")
    )
    center = (place.y + (back - front) / 2, place.x)
    depth = (front + back) / 2
    canvas.tube(
        Tissue.SOFT, center, (depth + build.fat_mm + 1.5, width + build.fat_mm + 1.5), power=2.5
    )
    canvas.tube(Tissue.FAT, center, (depth + build.fat_mm, width + build.fat_mm), power=2.5)
    canvas.tube(Tissue.MUSCLE, center, (depth - 2, width - 2), power=2.5, wobble=0.04)
    wall = s * place.by_rank((5, 8, 10, 20, 24, 27), (60, 30, 20, 14, 14, 30))
    inner = np.clip(place.rank - 6.5, 0, 1)
    canvas.tube(
        Tissue.FAT,
        (center[0] - 8 * s, place.x),
        ((depth - wall - 6) * inner, (width - wall) * inner),
        power=2.3,
    )


def _paint_muscles(canvas: Canvas, place: SpinePlace, build: Build) -> None:
    """Erector spinae behind, psoas beside the lumbar bodies, crura."""
    s = build.scale
    over = (Tissue.FAT, Tissue.SOFT, Tissue.MUSCLE)
    psoas = s * place.by_rank((19.4, 20.5, 24, 27), (0, 10, 24, 22)) * place.shown(19.4, 29, 0.3)
    back = s * place.by_rank((0, 6, 10, 18, 23, 26), (24, 24, 20, 24, 30, 20))
    for side in (-1, 1):
        center = (place.y + 2, place.x + side * (place.half_width + 0.75 * psoas + 2))
        canvas.tube(Tissue.MUSCLE, center, (1.15 * psoas, 0.85 * psoas), over=over, wobble=0.05)
        center = (
            place.y + place.half_depth + 15 + 0.85 * back,
            place.x + side * (1.05 * back + 5),
        )
        canvas.tube(Tissue.MUSCLE, center, (0.95 * back, 1.2 * back), over=over, wobble=0.06)


def _paint_spine_inside(canvas: Canvas, place: SpinePlace, frame: SpineFrame) -> None:
    """Discs fill the column between the bodies, the dural sac runs behind them."""
    first, last = frame.center_mm[0, 0], frame.center_mm[-1, 0]
    within = ((place.z >= first) & (place.z <= last)).astype(float)
    canvas.tube(
        Tissue.DISC,
        (place.y, place.x),
        (0.98 * place.half_depth * within, 0.98 * place.half_width * within),
        power=2.4,
    )
    wide = place.by_rank((1, 7, 10, 18, 22, 25), (12, 11.5, 8.5, 9.5, 11, 12))
    deep = place.by_rank((1, 7, 10, 18, 22, 25), (8.5, 7, 7.5, 8, 8.5, 7))
    y = place.y + place.half_depth + deep + 1.0
    canvas.tube(Tissue.FAT, (y + 1.0, place.x), (deep + 1.5, wide + 1.5))
    canvas.tube(Tissue.CANAL, (y, place.x), (deep, wide))


def _paint_table(canvas: Canvas, place: SpinePlace, build: Build) -> None:
    """A thin shell under the back, with a gap of mattress."""
    back = float(np.max(place.y)) + build.scale * 95 + build.fat_mm + 14
    row = round(back / canvas.spacing_mm[1])
    thick = max(1, round(3.0 / canvas.spacing_mm[1]))
    if row < canvas.structures.shape[1]:
        part = canvas.structures[:, row : row + thick]
        part[part == Tissue.AIR] = Tissue.TABLE
