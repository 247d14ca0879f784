"""Procedural ribs that start at the costovertebral joints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .painting import Canvas
from .spine_frame import SpineFrame
from .tissue import Tissue

Floats = NDArray[np.float64]

_OVER = (
    Tissue.FAT,
    Tissue.MUSCLE,
    Tissue.SOFT,
    Tissue.LUNG,
    Tissue.AIR,
    Tissue.LIVER,
    Tissue.SPLEEN,
    Tissue.KIDNEY,
    Tissue.BOWEL,
    Tissue.ORGAN,
    Tissue.HEART,
)


def paint_ribs(canvas: Canvas, frame: SpineFrame, scale: float, rng: np.random.Generator) -> None:
    """Ribs of every thoracic vertebra of the frame; only over soft tissue."""
    droop = rng.uniform(0.7, 1.2)
    for rank, center, width, depth in zip(
        frame.rank, frame.center_mm, frame.half_width_mm, frame.half_depth_mm, strict=True
    ):
        if not 8 <= rank <= 19 or (rank == 19 and rng.random() < 0.15):
            continue
        for side in (-1, 1):
            points = _rib(float(rank), center, width, depth, side, scale, droop)
            taper = np.linspace(1.0, 0.85, len(points))
            canvas.curve(Tissue.RIB, points, 4.9 * scale * taper, over=_OVER)


def _rib(
    rank: float,
    center: Floats,
    half_width: float,
    half_depth: float,
    side: int,
    scale: float,
    droop: float,
) -> Floats:
    """(n, 3) mm: from the head beside the body, backwards, then round the lung and down."""
    index = rank - 7
    reach = np.interp(index, (1, 2, 4, 7, 12), (52, 75, 105, 128, 125)) * scale
    length = np.interp(index, (1, 2, 7, 10, 11, 12), (2.5, 2.6, 2.3, 2.1, 1.5, 1.1))
    front = np.interp(index, (1, 7, 12), (45, 92, 90)) * scale
    head = center + np.array([-6.0, half_depth + 1.0, side * (half_width + 3.5)])
    turn = np.linspace(0, length, 26)[1:]
    # An ellipse seen from above: the angle counts from the back, tangent to the neck.
    middle = np.array([center[1] - front + half_depth + 24, center[2]])
    y = middle[0] + front * np.cos(turn * 1.0 + 0.35)
    x = middle[1] + side * (reach * np.sin(turn * 1.0 + 0.35))
    z = head[0] + droop * (6 + 22 * turn + 6 * turn**2)
    neck = head + np.array([2.0, 12.0, side * 16.0])
    return np.vstack([head, neck, np.stack([z, y, x], axis=1)])
