"""The simulated scanner: point spread, slices, noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .appearance import Appearance

Spacing = tuple[float, float, float]

_COARSER = 1.15
"""Grids within this ratio count as equally fine."""


def blur(volume: NDArray[np.float32], spacing: Spacing, appearance: Appearance) -> None:
    """Apply the point spread in place, less what the voxels already average.

    Grids coarser than the scanner's voxels see it through the reduction that
    made them: a triangle as wide as their own voxels.
    """
    for axis, (psf, s) in enumerate(zip(appearance.psf_mm, spacing, strict=True)):
        native = appearance.slice_mm if axis == 0 else appearance.pixel_mm
        reduction = s**2 / 6 if s > _COARSER * native else 0.0
        sigma = np.sqrt(max(psf**2 + reduction - s**2 / 12, 0.0)) / s
        if sigma > 0.15:
            ndimage.gaussian_filter1d(volume, sigma, axis, output=volume, truncate=3.0)
    if appearance.sharpening > 0:
        _sharpen(volume, spacing, appearance.sharpening)


def noise_hu_on(spacing: Spacing, appearance: Appearance) -> float:
    """Standard deviation that is left of the scanner's noise on a grid."""
    left = appearance.noise_hu / float(np.sqrt(max(appearance.slice_mm, 1.0)))
    grain = (0.0, *appearance.noise_mm)
    native = (appearance.slice_mm, appearance.pixel_mm, appearance.pixel_mm)
    for s, step, sigma in zip(spacing, native, grain, strict=True):
        # A triangle over r independent samples keeps 2 / (3 r) of their variance.
        samples = s / max(step, 2.5 * sigma)
        if s > _COARSER * step:
            left *= min(1.0, float(np.sqrt(2 / (3 * samples))))
    return left


def _sharpen(volume: NDArray[np.float32], spacing: Spacing, amount: float) -> None:
    """Overshoot of a bone kernel: unsharp mask in the plane."""
    soft = volume
    for axis in (1, 2):
        soft = ndimage.gaussian_filter1d(soft, max(1.2 / spacing[axis], 0.6), axis, truncate=2.5)
    volume *= 1 + amount
    volume -= amount * soft


def slice_matrix(
    slices: int, spacing_z: float, slice_mm: float, thickness_mm: float, phase: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    """How a scanner with thick slices sees a finer stack, and how it is read back.

    Parameters
    ----------
    slices : int
        Slices of the volume at hand, ``spacing_z`` mm apart.
    slice_mm, thickness_mm : float
        Distance and extent of the scanner's slices.
    phase : float
        Position of the first slice within one slice distance, 0 to 1.

    Returns
    -------
    (scanner, volume) and (volume, scanner) float32, or None
        Averaging over each thick slice; linear interpolation between their
        centres. None where the scanner's slices are no coarser than the volume's.
    """
    if slice_mm <= _COARSER * spacing_z or slices < 2:
        return None
    z = np.arange(slices) * spacing_z
    centers = np.arange(-phase * slice_mm, z[-1] + slice_mm, slice_mm)
    gap = np.abs(z[None, :] - centers[:, None])
    seen = np.clip((thickness_mm + spacing_z) / 2 - gap, 0, spacing_z)
    nearest = gap == gap.min(axis=1, keepdims=True)
    seen = np.where(seen.sum(axis=1, keepdims=True) > 0, seen, nearest)
    seen /= seen.sum(axis=1, keepdims=True)
    back = np.clip(1 - gap.T / slice_mm, 0, None)
    back /= back.sum(axis=1, keepdims=True)
    return seen.astype(np.float32), back.astype(np.float32)


def acquire(
    volume: NDArray[np.float32],
    spacing: Spacing,
    appearance: Appearance,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Blur, slice and add noise; returns the volume as the scanner saw it."""
    blur(volume, spacing, appearance)
    matrices = slice_matrix(
        volume.shape[0],
        spacing[0],
        appearance.slice_mm,
        appearance.slice_thickness_mm,
        float(rng.random()),
    )
    if matrices is None:
        volume += noise(rng, volume.shape, spacing, appearance, correlate_z=True)
        return volume
    seen, back = matrices
    stack = np.tensordot(seen, volume, axes=(1, 0))
    stack += noise(rng, stack.shape, spacing, appearance, correlate_z=False)
    return np.asarray(np.tensordot(back, stack, axes=(1, 0)), dtype=np.float32)


def noise(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    spacing: Spacing,
    appearance: Appearance,
    *,
    correlate_z: bool,
) -> NDArray[np.float32]:
    """Correlated noise of the strength that this grid sees."""
    field = rng.standard_normal(shape, dtype=np.float32)
    sigmas = (0.4 if correlate_z else 0.0, *appearance.noise_mm)
    native = (appearance.slice_mm, appearance.pixel_mm, appearance.pixel_mm)
    for axis, (mm, s, step) in enumerate(zip(sigmas, spacing, native, strict=True)):
        # The reduction to a coarser grid ties neighbours together.
        least = 0.45 if s > _COARSER * step and (axis or correlate_z) else 0.0
        sigma = max(mm / s, least)
        if sigma > 0.2:
            ndimage.gaussian_filter1d(field, sigma, axis, output=field, truncate=3.0)
    sample = field[:: max(1, shape[0] // 16)]
    field *= noise_hu_on(spacing, appearance) / max(float(sample.std()), 1e-6)
    return field
