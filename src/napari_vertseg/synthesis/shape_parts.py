"""Distances to simple solids, in millimetres; negative inside. Arrays broadcast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Pair = tuple[float, float]
Triple = tuple[float, float, float]


def segment_2d(a: Field, b: Field, start: Pair, stop: Pair) -> tuple[Field, Field]:
    """Distance to a segment in a plane, and the share 0 to 1 along it."""
    da, db = stop[0] - start[0], stop[1] - start[1]
    a, b = a - np.float32(start[0]), b - np.float32(start[1])
    length = max(da * da + db * db, 1e-6)
    share = np.clip(a * np.float32(da / length) + b * np.float32(db / length), 0, 1)
    gap: Field = np.hypot(a - share * np.float32(da), b - share * np.float32(db))
    return gap, share


def rod(h: Field, p: Field, s: Field, start: Triple, stop: Triple, radius: Pair) -> Field:
    """Distance to a rod between two points whose radius runs from one value to another."""
    line = [np.float32(b - a) for a, b in zip(start, stop, strict=True)]
    h, p, s = h - np.float32(start[0]), p - np.float32(start[1]), s - np.float32(start[2])
    length = np.float32(max(float(sum(v * v for v in line)), 1e-6))
    share = np.clip((h * line[0] + p * line[1] + s * line[2]) / length, 0, 1)
    gap = np.sqrt(
        (h - share * line[0]) ** 2 + (p - share * line[1]) ** 2 + (s - share * line[2]) ** 2
    )
    reach = np.float32(radius[0]) + share * np.float32(radius[1] - radius[0])
    return np.asarray(gap - reach, dtype=np.float32)


def ellipse(a: Field, b: Field, center: Pair, radius: Pair, power: float = 2.0) -> Field:
    """Approximate distance to a superellipse in a plane."""
    ra, rb = (
        np.abs(a - np.float32(center[0])) / radius[0],
        np.abs(b - np.float32(center[1])) / radius[1],
    )
    if power == 2.0:
        reach = np.hypot(ra, rb)
    else:
        reach = (ra**power + rb**power) ** np.float32(1 / power)
    return np.asarray((reach - 1) * min(radius), dtype=np.float32)


def ellipsoid(h: Field, p: Field, s: Field, center: Triple, radius: Triple) -> Field:
    """Approximate distance to an ellipsoid."""
    reach = np.sqrt(
        sum(
            ((v - np.float32(c)) / np.float32(r)) ** 2
            for v, c, r in zip((h, p, s), center, radius, strict=True)
        )
    )
    return np.asarray((reach - 1) * min(radius), dtype=np.float32)


def blend(one: Field, other: Field, soft_mm: float) -> Field:
    """Union with a fillet."""
    mix = np.clip(0.5 + 0.5 * (other - one) / soft_mm, 0, 1)
    return np.asarray(
        other + (one - other) * mix - np.float32(soft_mm) * mix * (1 - mix), dtype=np.float32
    )
