"""Organs arranged around the spine: chest and abdomen."""

from __future__ import annotations

import numpy as np

from .build import Build
from .painting import Canvas
from .spine_place import SpinePlace
from .tissue import Tissue

_INNER = (Tissue.FAT, Tissue.MUSCLE, Tissue.SOFT, Tissue.LUNG)


def paint_thorax(
    canvas: Canvas, place: SpinePlace, build: Build, rng: np.random.Generator
) -> None:
    """Lungs reach behind the bodies on both sides; heart and mediastinum lie between."""
    s = build.scale
    top, base = 7.6 + rng.uniform(-0.3, 0.3), 19.2 + rng.uniform(-1.2, 0.8)
    size = place.by_rank((7, 9, 11, 14, 18, 21), (0.3, 0.62, 0.85, 1.0, 1.02, 0.9))
    show = place.shown(top, base, 2.2) * size * s
    lean = place.by_rank((7, 13, 20), (8, -38, -10)) * s
    for side in (-1, 1):
        center = (place.y + lean, place.x + side * (68 * s * size + 4))
        canvas.tube(Tissue.LUNG, center, (88 * show, 60 * show), over=_INNER, power=2.4)
    middle = place.shown(8, 19.5, 0.5) * s
    canvas.tube(
        Tissue.SOFT,
        (place.y - 58 * s, place.x + 3),
        (55 * middle, 30 * middle),
        over=_INNER,
        wobble=0.1,
        phase=rng.uniform(0, 6),
    )
    _column(canvas, place, Tissue.SOFT, 9, 20)
    z = place.height_of(15.2)
    canvas.ellipsoid(
        Tissue.HEART,
        (
            z,
            float(np.interp(z, place.z, place.y)) - 82 * s,
            float(np.interp(z, place.z, place.x)) + 22 * s,
        ),
        (58 * s, 42 * s, 56 * s),
        over=_INNER,
    )


def _column(canvas: Canvas, place: SpinePlace, tissue: Tissue, first: float, last: float) -> None:
    """A thin sleeve around the bodies, so that lung never touches bone."""
    show = place.shown(first, last, 0.3)
    radius = ((place.half_depth + 5) * show, (place.half_width + 3) * show)
    canvas.tube(tissue, (place.y, place.x), radius, over=_INNER)
    back = place.y + place.half_depth + 26
    canvas.tube(Tissue.MUSCLE, (back, place.x), (30 * show, 34 * show), over=_INNER)


def paint_abdomen(
    canvas: Canvas, place: SpinePlace, build: Build, rng: np.random.Generator
) -> None:
    """Liver, spleen, kidneys, bowel loops in the cavity's fat."""
    s = build.scale
    free = (Tissue.FAT, Tissue.SOFT)
    organs = (
        (Tissue.LIVER, 18.9, -62, -78, (85, 85, 72)),
        (Tissue.SPLEEN, 19.2, 2, 98, (48, 40, 26)),
        (Tissue.BOWEL, 19.3, -80, 62, (45, 45, 52)),
        (Tissue.KIDNEY, 20.9, 8, 62, (52, 27, 27)),
        (Tissue.KIDNEY, 21.3, 8, -62, (52, 27, 27)),
        (Tissue.ORGAN, 20.9, -48, 15, (14, 12, 60)),
        (Tissue.BLADDER, 29.5, -75, 0, (35, 32, 42)),
    )
    for tissue, rank, y, x, radius in organs:
        jitter = rng.normal(0, 7, 3) * s
        z = place.height_of(rank + rng.normal(0, 0.3))
        center = (
            z + jitter[0],
            float(np.interp(z, place.z, place.y)) + s * y + jitter[1],
            float(np.interp(z, place.z, place.x)) + s * x + jitter[2],
        )
        size = s * rng.uniform(0.85, 1.15)
        r = (radius[0] * size, radius[1] * size, radius[2] * size)
        canvas.ellipsoid(tissue, center, r, over=free, wobble=0.08, phase=rng.uniform(0, 6))
    for _ in range(int(rng.integers(25, 60) * (1.3 - build.inner_fat))):
        z = place.height_of(rng.uniform(20.2, 28.5))
        tissue = Tissue.BOWEL_GAS if rng.random() < build.gas else Tissue.BOWEL
        r = (rng.uniform(9, 24, 3) * s).tolist()
        center = (
            z,
            float(np.interp(z, place.z, place.y)) - s * rng.uniform(45, 125),
            float(np.interp(z, place.z, place.x)) + s * rng.uniform(-115, 115),
        )
        canvas.ellipsoid(tissue, center, (r[0], r[1], r[2]), over=(Tissue.FAT,), wobble=0.1)
