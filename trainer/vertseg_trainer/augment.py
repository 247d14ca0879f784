"""What a scanner might have done to a patch: drawn in one function, applied in another (P22)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.training import AugmentConfig
from napari_vertseg.volume import AIR_HU, bounding_slices

_BRIGHTEST_HU = 4000


@dataclass(frozen=True)
class Disturbance:
    """Drawn changes of one patch."""

    slab_voxels: int = 1
    """Slices averaged and interpolated again, as thick slices are; 1 = none."""
    slab_offset: int = 0
    """Slices in the first slab, which the patch may cut; 0 = a whole one."""
    smoothing_voxels: float = 0.0
    noise_hu: float = 0.0
    gain: float = 1.0
    shift_hu: float = 0.0


def draw_disturbance(
    rng: np.random.Generator, config: AugmentConfig, spacing_mm: float
) -> Disturbance:
    """Most samples get some noise and a slight change of intensity."""
    is_thick = rng.random() < config.thick_slice_share
    slab = int(rng.integers(2, max(3, round(6 / spacing_mm) + 1))) if is_thick else 1
    offset = int(rng.integers(slab))
    strongest = config.smoothing_voxels
    is_smooth = rng.random() < 0.25
    return Disturbance(
        slab_voxels=slab,
        slab_offset=offset,
        smoothing_voxels=float(rng.uniform(min(0.3, strongest), strongest)) if is_smooth else 0.0,
        noise_hu=float(config.noise_hu * rng.random() ** 2) if rng.random() < 0.6 else 0.0,
        gain=float(np.exp(rng.normal(0, 0.05))),
        shift_hu=float(rng.normal(0, config.shift_hu / 2)),
    )


def disturb(
    image: NDArray[np.int16], disturbance: Disturbance, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Apply a drawn disturbance; voxels beyond the scan stay beyond the scan.

    Works on the box of the patch that the scan covers: were the emptiness beyond
    averaged in, a dark rim would tell the network that a vertebra is cut.
    """
    outside = image < AIR_HU
    box = bounding_slices(~outside)
    result = image.copy()
    if box is None:
        return result
    hu = np.where(outside[box], AIR_HU, image[box]).astype(np.float32)
    if disturbance.slab_voxels > 1:
        hu = thick_slices(hu, disturbance.slab_voxels, disturbance.slab_offset)
    if disturbance.smoothing_voxels:
        hu = ndimage.gaussian_filter(hu, disturbance.smoothing_voxels, truncate=3.0)
    if disturbance.noise_hu:
        hu += rng.standard_normal(hu.shape, dtype=np.float32) * disturbance.noise_hu
    hu = np.clip(hu * disturbance.gain + disturbance.shift_hu, AIR_HU, _BRIGHTEST_HU)
    result[box] = np.where(outside[box], image[box], np.rint(hu)).astype(np.int16)
    return result


def thick_slices(hu: NDArray[np.float32], slab: int, offset: int) -> NDArray[np.float32]:
    """Average slabs along z and interpolate back between their centres."""
    starts = np.arange(offset - slab, hu.shape[0], slab)
    bounds = [(max(a, 0), min(a + slab, hu.shape[0])) for a in starts]
    bounds = [(a, b) for a, b in bounds if b > a]
    means = np.stack([hu[a:b].mean(axis=0) for a, b in bounds])
    centers = np.array([(a + b - 1) / 2 for a, b in bounds])
    position = np.interp(np.arange(hu.shape[0]), centers, np.arange(len(centers)))
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, len(centers) - 1)
    part = (position - low).astype(np.float32)[:, None, None]
    mixed: NDArray[np.float32] = means[low] * (1 - part) + means[high] * part
    return mixed
