"""Where the vertebral bodies stand: what surroundings are arranged around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..anatomy import HEAD_TO_FOOT, Level
from ..volume import Grid, bounding_slices

Floats = NDArray[np.float64]

_RANK = {int(level): float(level) for level in Level} | {int(Level.T13): 19.5}
"""Position along the spine: C1 = 1 … L5 = 24, S1 = 26 counts as 25."""
_RANK[int(Level.S1)] = 25.0


@dataclass(frozen=True, eq=False)
class SpineFrame:
    """Body centres in mm from the grid's first voxel, head to foot."""

    rank: Floats
    """(n,) position along the spine, C1 = 1 … L5 = 24, S1 = 25."""
    center_mm: Floats
    """(n, 3) body centres along (z, y, x)."""
    half_width_mm: Floats
    """(n,) half of the body from side to side."""
    half_depth_mm: Floats
    """(n,) half of the body from front to back."""

    def at(self, z_mm: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Rank, y, x, half width and half depth at heights; continued beyond the ends."""
        z = self.center_mm[:, 0]
        y, x = (_continued(z_mm, z, self.center_mm[:, a], slope=0.0) for a in (1, 2))
        pitch = 1 / max(_pitch_mm(self), 8.0)
        rank = _continued(z_mm, z, self.rank, slope=pitch)
        width = np.interp(z_mm, z, self.half_width_mm)
        depth = np.interp(z_mm, z, self.half_depth_mm)
        return rank, y, x, width, depth

    def continued_to_sacrum(self) -> SpineFrame:
        """With a sacrum where it must be, if the frame ends at the last lumbar vertebra."""
        if not 23.9 <= self.rank[-1] < 25:
            return self
        size = float(self.half_width_mm[-1]) / 25
        sacrum = self.center_mm[-1] + np.array([34.0, 14.0, 0.0]) * size
        return SpineFrame(
            rank=np.append(self.rank, 25.4),
            center_mm=np.vstack([self.center_mm, sacrum]),
            half_width_mm=np.append(self.half_width_mm, self.half_width_mm[-1]),
            half_depth_mm=np.append(self.half_depth_mm, self.half_depth_mm[-1]),
        )


def frame_of_labels(vertebrae: NDArray[np.uint8], grid: Grid) -> SpineFrame | None:
    """Body centres of a label map, or None where it holds no vertebra.

    The body is where a wide blur of the vertebra is highest: it is the only
    part thicker than about a centimetre.
    """
    spacing = np.array(grid.spacing_mm)
    rows = []
    for level in HEAD_TO_FOOT:
        mask = vertebrae == int(level)
        box = bounding_slices(mask)
        if box is None:
            continue
        rows.append((_RANK[int(level)], *_body(mask[box], box, spacing)))
    if not rows:
        return None
    table = np.array(rows)
    table = table[np.argsort(table[:, 1])]
    return SpineFrame(table[:, 0], table[:, 1:4], table[:, 4], table[:, 5])


def _body(
    mask: NDArray[np.bool_], box: tuple[slice, ...], spacing: Floats
) -> tuple[float, float, float, float, float]:
    """Centre (z, y, x), half width and half depth of the body, in mm."""
    sigma = 5.0 / spacing
    wide = ndimage.gaussian_filter(mask.astype(np.float32), sigma, mode="constant")
    core = np.argwhere(wide > 0.85 * wide.max()) * spacing
    start = np.array([s.start for s in box]) * spacing
    center = core.mean(axis=0)
    reach = np.ptp(core, axis=0) / 2
    z, y, x = (float(v) for v in start + center)
    half_width = float(np.clip(reach[2] + 8.0, 9.0, 30.0))
    half_depth = float(np.clip(reach[1] + 7.0, 7.0, 22.0))
    return z, y, x, half_width, half_depth


def _pitch_mm(frame: SpineFrame) -> float:
    """Height of one level."""
    if len(frame.rank) < 2:
        return 30.0 if frame.rank[0] > 18 else 22.0
    span = frame.center_mm[-1, 0] - frame.center_mm[0, 0]
    return float(span / max(frame.rank[-1] - frame.rank[0], 1.0))


def _continued(at: Floats, z: Floats, values: Floats, slope: float) -> Floats:
    """Linear interpolation that goes on with a given slope beyond the ends."""
    inner = np.interp(at, z, values)
    return np.asarray(inner + slope * (np.minimum(at - z[0], 0) + np.maximum(at - z[-1], 0)))
