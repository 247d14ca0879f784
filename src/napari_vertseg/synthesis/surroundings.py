"""Procedural body around a spine: outline, muscles, organs, vessels, canal, discs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .painting import Canvas
from .spine_frame import SpineFrame
from .tissue import Tissue

Floats = NDArray[np.float64]

_OUTLINE = {
    "rank": (-3.0, 1.0, 6.0, 7.5, 9.0, 13.0, 18.0, 22.0, 25.0, 29.0),
    "half_width": (75.0, 72.0, 62.0, 120.0, 185.0, 165.0, 150.0, 150.0, 172.0, 180.0),
    "front": (100.0, 70.0, 55.0, 75.0, 110.0, 150.0, 150.0, 130.0, 140.0, 135.0),
    "back": (80.0, 70.0, 58.0, 62.0, 66.0, 64.0, 66.0, 76.0, 88.0, 95.0),
}
"""Skin around the body centres in mm by rank along the spine."""

_INNER = (Tissue.FAT, Tissue.MUSCLE, Tissue.SOFT, Tissue.LUNG)


@dataclass(frozen=True)
class Build:
    """What kind of body lies around the spine; everything random about it."""

    scale: float
    """Size of the trunk relative to an average adult."""
    fat_mm: float
    """Subcutaneous fat."""
    inner_fat: float
    """0: viscera touch, 1: wide layers of fat between organs."""
    gas: float
    """Share of bowel loops that are gas."""
    aorta_mm: float
    """Radius of the aorta."""
    has_table: bool
    """Whether the patient lies on a visible table."""
    seed: int
    """Of the irregularities."""


def draw_build(rng: np.random.Generator, scale: float = 1.0) -> Build:
    """A random body."""
    return Build(
        scale=float(scale * rng.uniform(0.9, 1.12)),
        fat_mm=float(np.clip(rng.gamma(2.2, 8.0), 3, 60)),
        inner_fat=float(rng.random()),
        gas=float(rng.uniform(0.05, 0.4)),
        aorta_mm=float(np.clip(rng.normal(10.5, 2.0), 6.5, 20)),
        has_table=bool(rng.random() < 0.7),
        seed=int(rng.integers(2**31)),
    )


@dataclass(frozen=True, eq=False)
class _Place:
    """The frame at every slice."""

    z: Floats
    rank: Floats
    y: Floats
    x: Floats
    half_width: Floats
    half_depth: Floats

    def shown(self, first: float, last: float, soft: float = 0.6) -> Floats:
        """0 outside a range of ranks, rising to 1 within ``soft`` ranks."""
        rise = np.clip((self.rank - first) / soft, 0, 1)
        fall = np.clip((last - self.rank) / soft, 0, 1)
        return np.sqrt(np.minimum(rise, fall))

    def by_rank(self, ranks: ArrayLike, values: ArrayLike) -> Floats:
        """Values given at ranks, interpolated to the slices."""
        return np.interp(self.rank, np.asarray(ranks, float), np.asarray(values, float))


def paint_surroundings(canvas: Canvas, frame: SpineFrame, build: Build) -> None:
    """Fill an empty canvas with everything but bone; bones are laid on top afterwards."""
    rng = np.random.default_rng(build.seed)
    place = _Place(canvas.slices_mm, *frame.at(canvas.slices_mm))
    _paint_outline(canvas, place, build)
    _paint_thorax(canvas, place, build, rng)
    _paint_abdomen(canvas, place, build, rng)
    _paint_neck(canvas, place, build)
    _paint_vessels(canvas, place, build, rng)
    _paint_muscles(canvas, place, build)
    _paint_spine_inside(canvas, place, frame)
    if build.has_table:
        _paint_table(canvas, place, build)


def _paint_outline(canvas: Canvas, place: _Place, build: Build) -> None:
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


def _paint_thorax(canvas: Canvas, place: _Place, build: Build, rng: np.random.Generator) -> None:
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
    z = _height_of(place, 15.2)
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


def _column(canvas: Canvas, place: _Place, tissue: Tissue, first: float, last: float) -> None:
    """A thin sleeve around the bodies, so that lung never touches bone."""
    show = place.shown(first, last, 0.3)
    radius = ((place.half_depth + 5) * show, (place.half_width + 3) * show)
    canvas.tube(tissue, (place.y, place.x), radius, over=_INNER)
    back = place.y + place.half_depth + 26
    canvas.tube(Tissue.MUSCLE, (back, place.x), (30 * show, 34 * show), over=_INNER)


def _paint_abdomen(canvas: Canvas, place: _Place, build: Build, rng: np.random.Generator) -> None:
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
        z = _height_of(place, rank + rng.normal(0, 0.3))
        center = (
            z + jitter[0],
            float(np.interp(z, place.z, place.y)) + s * y + jitter[1],
            float(np.interp(z, place.z, place.x)) + s * x + jitter[2],
        )
        size = s * rng.uniform(0.85, 1.15)
        r = (radius[0] * size, radius[1] * size, radius[2] * size)
        canvas.ellipsoid(tissue, center, r, over=free, wobble=0.08, phase=rng.uniform(0, 6))
    for _ in range(int(rng.integers(25, 60) * (1.3 - build.inner_fat))):
        z = _height_of(place, rng.uniform(20.2, 28.5))
        tissue = Tissue.BOWEL_GAS if rng.random() < build.gas else Tissue.BOWEL
        r = rng.uniform(9, 24, 3) * s
        center = (
            z,
            float(np.interp(z, place.z, place.y)) - s * rng.uniform(45, 125),
            float(np.interp(z, place.z, place.x)) + s * rng.uniform(-115, 115),
        )
        canvas.ellipsoid(tissue, center, (r[0], r[1], r[2]), over=(Tissue.FAT,), wobble=0.1)


def _height_of(place: _Place, rank: float) -> float:
    """Z in mm of a rank, continued beyond the volume."""
    step = float(np.mean(np.diff(place.rank))) if len(place.rank) > 1 else 0.05
    spacing = float(place.z[1] - place.z[0]) if len(place.z) > 1 else 1.0
    pitch = spacing / max(step, 1e-3)
    if rank < place.rank[0]:
        return float(place.z[0] - (place.rank[0] - rank) * pitch)
    if rank > place.rank[-1]:
        return float(place.z[-1] + (rank - place.rank[-1]) * pitch)
    return float(np.interp(rank, place.rank, place.z))


def _paint_neck(canvas: Canvas, place: _Place, build: Build) -> None:
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


def _paint_vessels(canvas: Canvas, place: _Place, build: Build, rng: np.random.Generator) -> None:
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


def _paint_muscles(canvas: Canvas, place: _Place, build: Build) -> None:
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


def _paint_spine_inside(canvas: Canvas, place: _Place, frame: SpineFrame) -> None:
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


def _paint_table(canvas: Canvas, place: _Place, build: Build) -> None:
    """A thin shell under the back, with a gap of mattress."""
    back = float(np.max(place.y)) + build.scale * 95 + build.fat_mm + 14
    row = round(back / canvas.spacing_mm[1])
    thick = max(1, round(3.0 / canvas.spacing_mm[1]))
    if row < canvas.structures.shape[1]:
        part = canvas.structures[:, row : row + thick]
        part[part == Tissue.AIR] = Tissue.TABLE
