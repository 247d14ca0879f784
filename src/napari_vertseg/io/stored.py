"""A volume as its file holds it, before anything is turned or judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])
"""DICOM and ITK count x to the left and y to the back; NIfTI and this house the other way."""


@dataclass(frozen=True, eq=False)
class StoredVolume:
    """Voxels in file order with their place in the patient; units are millimetres."""

    voxels: NDArray[Any]
    """(i, j, k) of any number type, i fastest in the file; scaling already applied."""
    affine: NDArray[np.float64]
    """(4, 4): voxel (i, j, k) → RAS millimetres."""
    warnings: tuple[str, ...] = ()
    """Sentences for the user, the file name first."""


def affine_from(
    directions: NDArray[np.float64],
    spacing_mm: tuple[float, ...],
    origin_mm: tuple[float, ...],
) -> NDArray[np.float64]:
    """Affine from what DICOM and ITK state.

    Parameters
    ----------
    directions : (3, 3)
        Columns are the LPS unit directions of the axes i, j, k.
    spacing_mm, origin_mm : three floats
        Along i, j, k; LPS position of the first voxel.

    Returns
    -------
    (4, 4) float64
        Voxel (i, j, k) → RAS millimetres.
    """
    affine = np.eye(4)
    affine[:3, :3] = LPS_TO_RAS @ (directions * np.asarray(spacing_mm))
    affine[:3, 3] = LPS_TO_RAS @ np.asarray(origin_mm)
    return affine
