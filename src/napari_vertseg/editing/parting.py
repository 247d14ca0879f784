"""Which voxel of a mask belongs to which seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.graph import MCP_Geometric
from skimage.measure import block_reduce
from skimage.segmentation import watershed

from ..volume import ZyxFloat
from .distance import distance_mm

_DEEP_MM = 6.0
"""Deeper than this nothing is thin; about half a vertebral body's endplate to centre."""
_GAP_MM = 2.5
"""Half the width of the widest joint gap that counts as a dark line."""
_GAP_HU = 300.0
"""A line this much darker than both its sides is surely a gap."""
_COARSE_MM = 1.5
"""Ways need no finer grid."""
_SURE = 0.3
"""A voxel is sure where the ways to two seeds differ by this share of their sum.

Chosen on pairs of phantom and VerSe vertebrae merged at their joints, one seed in each body.
"""


def part(
    own: NDArray[np.bool_],
    markers: NDArray[np.int32],
    spacing_mm: ZyxFloat,
    image: NDArray[np.int16] | None,
) -> NDArray[np.int32]:
    """Divide a mask between seeds.

    A watershed alone lets the arch of one vertebra fall to the next wherever a joint is wider
    than a pedicle. So the ways from every seed through the mask are measured first, dear where
    it is thin or where a dark line crosses; what is clearly nearer to one seed is its own, and
    only the rest is flooded.

    Parameters
    ----------
    own : (z, y, x) bool
    markers : (z, y, x) int32
        Seeds, numbered from 1 without a gap; inside ``own``.
    spacing_mm : ZyxFloat
    image : (z, y, x) int16 HU, optional

    Returns
    -------
    (z, y, x) int32
        The parts; 0 outside ``own``.
    """
    depth_mm = distance_mm(~own, spacing_mm)
    gap = np.zeros_like(depth_mm) if image is None else _dark_lines(image, spacing_mm)
    cost = (0.2 + np.minimum(depth_mm / _DEEP_MM, 1)) ** -2 * np.exp(2 * gap)
    sure = _sure(np.where(own, cost, np.inf), markers, spacing_mm)
    parts: NDArray[np.int32] = watershed(gap - depth_mm, sure, mask=own)
    _give_rest_to_nearest(parts, own, spacing_mm)
    return parts


def _dark_lines(image: NDArray[np.int16], spacing_mm: ZyxFloat) -> NDArray[np.float32]:
    """0 to 1: how much darker a voxel is than both sides of a narrow gap."""
    smooth = ndimage.gaussian_filter(
        image.astype(np.float32), [0.5 / mm for mm in spacing_mm], truncate=2.5
    )
    size = [2 * int(np.ceil(_GAP_MM / mm)) + 1 for mm in spacing_mm]
    lines: NDArray[np.float32] = ndimage.grey_closing(smooth, size) - smooth
    share: NDArray[np.float32] = np.clip(lines / np.float32(_GAP_HU), 0, 1)
    return share


def _sure(
    cost: NDArray[np.float64], markers: NDArray[np.int32], spacing_mm: ZyxFloat
) -> NDArray[np.int32]:
    """Seeds grown to all voxels that are clearly nearer to one of them than to any other."""
    step = tuple(max(1, round(_COARSE_MM / mm)) for mm in spacing_mm)
    coarse = block_reduce(cost, step, np.min, cval=np.inf)
    coarse_mm = tuple(n * mm for n, mm in zip(step, spacing_mm, strict=True))
    ways = []
    for number in range(1, int(markers.max()) + 1):
        starts = np.unique(np.argwhere(markers == number) // step, axis=0)
        ways.append(MCP_Geometric(coarse, sampling=coarse_mm).find_costs(starts)[0])
    nearest = _spread(_clearly_nearest(np.stack(ways)), step, markers.shape)
    return np.where(markers > 0, markers, np.where(np.isfinite(cost), nearest, 0))


def _clearly_nearest(ways: NDArray[np.float64]) -> NDArray[np.int32]:
    first, second = np.partition(ways, 1, axis=0)[:2]
    known = np.isfinite(first)
    # An infinite second way is no doubt at all.
    first, second = np.where(known, first, 1), np.where(np.isfinite(second), second, np.inf)
    is_sure = known & (first * (1 + _SURE) < second * (1 - _SURE))
    return np.where(is_sure, 1 + np.argmin(ways, axis=0), 0).astype(np.int32)


def _spread(
    coarse: NDArray[np.int32], step: tuple[int, ...], shape: tuple[int, ...]
) -> NDArray[np.int32]:
    for axis, times in enumerate(step):
        coarse = np.repeat(coarse, times, axis=axis)
    return coarse[: shape[0], : shape[1], : shape[2]]


def _give_rest_to_nearest(
    parts: NDArray[np.int32], own: NDArray[np.bool_], spacing_mm: ZyxFloat
) -> None:
    """Pieces that no seed reaches go to the part that is nearest through the air."""
    rest = own & (parts == 0)
    if rest.any():
        numbers = range(1, int(parts.max()) + 1)
        away = np.stack([distance_mm(parts == n, spacing_mm)[rest] for n in numbers])
        parts[rest] = 1 + np.argmin(away, axis=0)
