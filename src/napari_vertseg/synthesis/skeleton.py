"""Bones that are no vertebrae: pelvis, skull, shoulders, breastbone, arms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .painting import Canvas
from .spine_frame import SpineFrame
from .tissue import Tissue

Floats = NDArray[np.float64]

_SOFT = (Tissue.FAT, Tissue.MUSCLE, Tissue.SOFT, Tissue.AIR, Tissue.BOWEL, Tissue.BOWEL_GAS)


def paint_skeleton(
    canvas: Canvas, frame: SpineFrame, scale: float, arms: str, rng: np.random.Generator
) -> None:
    """All bones that the frame's range makes likely to be in view."""
    ranks = frame.rank
    if ranks[-1] >= 24.5:
        _paint_pelvis(canvas, frame.center_mm[-1], scale, rng)
    if ranks[0] <= 1:
        _paint_skull(canvas, frame.center_mm[0], scale, rng)
    if ranks[0] <= 9 <= ranks[-1]:
        _paint_shoulders(canvas, frame, scale, arms, rng)
    if arms == "down":
        _paint_arms(canvas, frame, scale, rng)


def _paint_pelvis(canvas: Canvas, sacrum: Floats, scale: float, rng: np.random.Generator) -> None:
    """Iliac wings as fans of rods, hip sockets, femoral heads, pubic and ischial rami."""
    share = np.linspace(0, 1, 18)[:, None]
    flare = rng.uniform(0.9, 1.1)
    for side in (-1, 1):
        turn = np.array([1.0, 1.0, side])

        def at(*points: tuple[float, float, float], turn: Floats = turn) -> Floats:
            return np.array(sacrum + np.array(points) * turn * scale, dtype=float)

        inner = at((-6, 36, 62), (55, 34, 54))
        joint = inner[0] + share * (inner[1] - inner[0])
        crest = _bow(at((12, 58, 50), (-42, 22, 112 * flare), (-12, -62, 128 * flare)), len(share))
        for a, b in zip(joint[::-1], crest, strict=True):
            middle = (a + b) / 2 + np.array([4.0, 8.0, 6.0 * side]) * scale
            _rod(canvas, np.array([a, middle, b]), 3.4 * scale)
        _rod(canvas, crest, 5.5 * scale)
        socket = at((88, -36, 88))[0]
        _rod(canvas, np.array([joint[-1], socket]), 12 * scale)
        _rod(canvas, np.array([crest[-1], socket]), 9 * scale)
        _rod(canvas, np.vstack([socket, at((104, -84, 12))]), 8 * scale)
        _rod(canvas, np.vstack([socket, at((142, 4, 62), (120, -80, 14))]), 9 * scale)
        head = at((92, -36, 100))[0]
        canvas.ellipsoid(Tissue.SOFT, tuple(head), (26 * scale,) * 3)
        canvas.ellipsoid(Tissue.OTHER_BONE, tuple(head), (23 * scale,) * 3)
        _rod(canvas, np.vstack([head, at((122, -30, 148), (330, -38, 135))]), 15 * scale)


def _paint_skull(canvas: Canvas, atlas: Floats, scale: float, rng: np.random.Generator) -> None:
    """Vault, condyles, skull base, jaw with teeth; all above or in front of C1."""
    s = min(scale, 1.05) ** 0.5
    z, y, x = (float(v) for v in atlas)
    top = (z - 84 * s, y - 8 * s, x)
    canvas.ellipsoid(Tissue.SKULL, top, (78 * s, 94 * s, 76 * s))
    canvas.ellipsoid(Tissue.BRAIN, top, (71 * s, 87 * s, 69 * s))
    canvas.ellipsoid(Tissue.CANAL, (z - 8 * s, y + 16 * s, x), (14 * s, 15 * s, 14 * s))
    for side in (-1, 1):
        joint = (z - 13 * s, y + 1.0, x + side * 16 * s)
        canvas.ellipsoid(Tissue.SKULL, joint, (5.5 * s, 8 * s, 6 * s), over=(*_SOFT, Tissue.BRAIN))
        ear = (z - 16 * s, y - 6 * s, x + side * 46 * s)
        canvas.ellipsoid(Tissue.SKULL, ear, (14 * s, 14 * s, 14 * s), over=(*_SOFT, Tissue.BRAIN))
        canvas.ellipsoid(Tissue.AIRWAY, ear, (5 * s, 5 * s, 5 * s))
        jaw = np.array(
            [(-14, -26, 50), (32, -34, 47), (44, -62, 34), (48, -96, 8), (48, -98, 0)], dtype=float
        )
        jaw = atlas + jaw * np.array([s, s, side * s])
        canvas.curve(Tissue.SKULL, jaw, 6.5 * s, over=_SOFT)
        teeth = jaw[2:] - np.array([12 * s, 0, 0])
        canvas.curve(Tissue.TOOTH, teeth, 4.5 * s, over=_SOFT)
        sinus = (z - 32 * s, y - 84 * s, x + side * 24 * s)
        canvas.ellipsoid(
            Tissue.SKULL, sinus, (22 * s, 22 * s, 18 * s), over=(*_SOFT, Tissue.BRAIN)
        )
        canvas.ellipsoid(Tissue.AIRWAY, sinus, (19 * s, 19 * s, 15 * s))
    clivus = atlas + np.array([(-14, -14, 0), (-36, -34, 0)]) * s
    canvas.curve(Tissue.SKULL, clivus, rng.uniform(6, 9) * s, over=(*_SOFT, Tissue.BRAIN))


def _paint_shoulders(
    canvas: Canvas, frame: SpineFrame, scale: float, arms: str, rng: np.random.Generator
) -> None:
    """Clavicles, shoulder blades, breastbone with cartilages, upper ends of the arms."""
    lift = rng.uniform(-20, 15) - (30 if arms == "up" else 0)

    def at(rank: float, y: float, x: float, side: int) -> Floats:
        z = np.interp(rank, frame.rank, frame.center_mm[:, 0])
        spine = np.interp(rank, frame.rank, frame.center_mm[:, 1])
        middle = np.interp(rank, frame.rank, frame.center_mm[:, 2])
        return np.array([z, spine + scale * y, middle + side * scale * x])

    front = -np.interp(scale, (0.75, 1.2), (95, 118)) / scale
    sternum = np.array(
        [at(9.6, 0.62 * front, 0, 1), at(12, front, 0, 1), at(15.5, 1.25 * front, 0, 1)]
    )
    canvas.curve(Tissue.OTHER_BONE, sternum + np.array([0, 0, 6]), 6.5 * scale, over=_SOFT)
    canvas.curve(Tissue.OTHER_BONE, sternum - np.array([0, 0, 6]), 6.5 * scale, over=_SOFT)
    for side in (-1, 1):
        raised = np.array([lift, 0, 0])
        glenoid = at(9, 4, 150, side) + raised
        for t in np.linspace(0, 1, 14):
            medial = at(9.2 + 5.3 * t, 52, 66 + 14 * t, side) + 0.5 * raised
            canvas.curve(Tissue.OTHER_BONE, np.array([medial, glenoid]), 2.6 * scale, over=_SOFT)
        ridge = np.array([at(10, 56, 70, side), at(8.5, 40, 150, side)]) + raised
        canvas.curve(Tissue.OTHER_BONE, ridge, 5 * scale, over=_SOFT)
        collar = np.array(
            [at(9.4, 0.6 * front, 12, side), at(8.4, -30, 80, side), at(8.3, 10, 150, side)]
        )
        collar[1:] += raised
        canvas.curve(Tissue.OTHER_BONE, collar, 5.5 * scale, over=_SOFT)
        head = glenoid + np.array([0, -6, side * 26]) * scale
        canvas.ellipsoid(Tissue.OTHER_BONE, tuple(head), (22 * scale,) * 3, over=_SOFT)
        for k in range(7):
            target = at(10.2 + 0.8 * k, front * (0.75 + 0.08 * k), 8, side)
            source = at(10.4 + 1.1 * k, front * (0.6 + 0.06 * k), 55 + 9 * k, side)
            canvas.curve(
                Tissue.CARTILAGE, np.array([source, target]), 5 * scale, over=(*_SOFT, Tissue.LUNG)
            )


def _paint_arms(canvas: Canvas, frame: SpineFrame, scale: float, rng: np.random.Generator) -> None:
    """Arms beside the trunk, each with its bone."""
    top, length = float(np.interp(8.6, frame.rank, frame.center_mm[:, 0])), 620 * scale
    middle = float(frame.center_mm[:, 2].mean())
    y = float(np.median(frame.center_mm[:, 1]))
    apart = np.array([0.0, 14.0, 0.0])
    for side in (-1, 1):
        reach = rng.uniform(195, 225) * scale
        points = np.array(
            [
                [top, y + 5, middle + side * 172 * scale],
                [top + 0.45 * length, y + 15, middle + side * reach],
                [top + length, y - 40 * rng.random(), middle + side * (reach + 5)],
            ]
        )
        air = (Tissue.AIR,)
        canvas.curve(Tissue.FAT, points, 46 * scale, over=air)
        canvas.curve(Tissue.MUSCLE, points, 38 * scale, over=(Tissue.AIR, Tissue.FAT))
        canvas.curve(Tissue.OTHER_BONE, points[:2], 11.5 * scale, over=_SOFT)
        canvas.curve(Tissue.OTHER_BONE, points[1:] + apart, 7 * scale, over=_SOFT)
        canvas.curve(Tissue.OTHER_BONE, points[1:] - apart, 7 * scale, over=_SOFT)


def _rod(canvas: Canvas, points: Floats, radius: float) -> None:
    canvas.curve(Tissue.OTHER_BONE, points, radius, over=_SOFT)


def _bow(corners: Floats, count: int) -> Floats:
    """(count, 3) points of the quadratic curve through three corners."""
    t = np.linspace(0, 1, count)[:, None]
    a, b, c = corners
    control = 2 * b - (a + c) / 2
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * c)
