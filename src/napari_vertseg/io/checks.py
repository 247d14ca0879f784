"""Is it a volume, and does it say where it lies: one clear refusal each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .stored import StoredVolume

_MIN_SPACING_MM = 0.05
_MAX_SPACING_MM = 20.0
_MAX_SHEAR_DEGREES = 0.3
"""Rounded direction cosines reach a tenth of this; the mildest gantry tilts exceed it."""
_THICK_SLICE_MM = 5.0


def check_volume(name: str, stored: StoredVolume) -> None:
    """Refuse a volume without usable geometry or with voxels that are no numbers.

    Raises
    ------
    ScanUnreadable
        Spacing missing or implausible, axes sheared, NaN or infinite voxels.
    """
    check_affine(name, stored.affine)
    _check_finite(name, stored.voxels)


def volume_shape(name: str, shape: Sequence[int]) -> tuple[int, int, int]:
    """The three dimensions of a volume; trailing axes of 1 are dropped.

    Raises
    ------
    ScanUnreadable
        Fewer or more than three dimensions, no voxels, or a single slice.
    """
    sizes = [int(n) for n in shape]
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    if len(sizes) > 3:
        raise ScanUnreadable(
            f"{name} has {len(sizes)} dimensions {_times(sizes)}: several time points or "
            "channels; save the one volume to be segmented as a file of its own."
        )
    if 0 in sizes:
        raise ScanUnreadable(f"{name} is empty: {_times(sizes)} voxels; export it again.")
    if len(sizes) < 3 or min(sizes) == 1:
        raise ScanUnreadable(
            f"{name} is a single 2D slice {_times(sizes)}; a spine needs the whole stack."
        )
    return sizes[0], sizes[1], sizes[2]


def check_spacing(name: str, spacing_mm: Sequence[float] | None) -> None:
    """Refuse a spacing that is missing, zero, negative or of another unit.

    Parameters
    ----------
    name : str
        File name for the message.
    spacing_mm : three floats or None
        As the header states it, any axis order; None where it states none.
    """
    if spacing_mm is None or len(spacing_mm) < 3:
        raise ScanUnreadable(
            f"{name} states no voxel spacing, so lengths are unknown; "
            "save it again with its spacing in millimetres."
        )
    text = " × ".join(f"{v:g}" for v in spacing_mm)
    if not all(math.isfinite(v) and v > 0 for v in spacing_mm):
        raise ScanUnreadable(
            f"{name} has a spacing of {text} mm: zero, negative or not a number; "
            "save it again with its true spacing."
        )
    if not all(_MIN_SPACING_MM <= v <= _MAX_SPACING_MM for v in spacing_mm):
        raise ScanUnreadable(
            f"{name} has an implausible spacing of {text} mm (expected {_MIN_SPACING_MM:g} to "
            f"{_MAX_SPACING_MM:g}), perhaps another unit; save it again with millimetres."
        )


def check_affine(name: str, affine: NDArray[np.float64]) -> None:
    """Refuse an affine that is no box in space: singular, or axes not at right angles."""
    if not np.isfinite(affine).all():
        raise ScanUnreadable(
            f"{name} has no usable position in space (NaN in its affine); export it again."
        )
    spacing_mm = np.linalg.norm(affine[:3, :3], axis=0)
    check_spacing(name, [float(v) for v in spacing_mm])
    shear = shear_degrees(affine)
    if shear > _MAX_SHEAR_DEGREES:
        raise ScanUnreadable(
            f"{name} has a sheared affine: its axes are {shear:.1f}° off a right angle, as after "
            "a gantry tilt or a registration; resample it to an upright grid first."
        )


def shear_degrees(affine: NDArray[np.float64]) -> float:
    """How far the worst pair of axes is from a right angle."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.abs(directions.T @ directions - np.eye(3))
    return float(np.degrees(np.arcsin(min(float(cosines.max()), 1.0))))


def spacing_warnings(name: str, spacing_mm: Sequence[float]) -> tuple[str, ...]:
    """A sentence about slices so thick that vertebrae blur into discs."""
    if max(spacing_mm) <= _THICK_SLICE_MM:
        return ()
    return (
        f"{name} has slices {max(spacing_mm):g} mm apart; expect rough masks, "
        "and take a thinner reconstruction if there is one.",
    )


def check_not_constant(name: str, voxels: NDArray[Any]) -> None:
    """Refuse a scan in which nothing can be seen; a label map may well be all 0."""
    lowest, highest = voxels.min(), voxels.max()
    if lowest == highest:
        raise ScanUnreadable(
            f"{name} is empty: every voxel is {lowest:g}; check that the right file was exported."
        )


def _check_finite(name: str, voxels: NDArray[Any]) -> None:
    if voxels.dtype.kind != "f":
        return
    bad = voxels.size - int(np.count_nonzero(np.isfinite(voxels)))
    if bad:
        raise ScanUnreadable(
            f"{name} has {bad} voxels that are NaN or infinite; "
            "replace them (by -1024, air) and save it again."
        )


def _times(sizes: Sequence[int]) -> str:
    return "(" + " × ".join(str(n) for n in sizes) + ")"
