"""What lies just outside a mask."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..segmentation import VertebraInstance
from ..volume import Grid, Slices

BONE_HU: Final = 200.0
"""As in the paper's refinement (P14); contrast and cortex are brighter, discs and muscle not."""
_SHELL_MM: Final = (1.2, 3.5)
"""Distances from the mask; nearer, partial volume makes the surface of any bone bright."""
_SAMPLE_MM: Final = 1.5
"""Finer scans are thinned: the share is the same, in a tenth of the time."""


def bone_share_around(
    instance: VertebraInstance,
    grid: Grid,
    voxels: NDArray[np.int16],
    taken: NDArray[Any],
) -> float:
    """Share of a thin shell around a mask that is bright as bone and in no other mask.

    A whole vertebra meets bone only at the ribs and, across the joints, at its
    neighbours; where a part of it is missing from the mask, that part is there.

    Parameters
    ----------
    instance : VertebraInstance
        On ``grid``.
    grid : Grid
    voxels : (z, y, x) int16 HU
        The scan.
    taken : (z, y, x)
        Not 0 where any vertebra is.

    Returns
    -------
    float
        0 … 1; 0 where there is no room around the mask.
    """
    box, mask = _room(instance, grid)
    spacing_mm = np.array(grid.spacing_mm)
    steps = np.maximum((_SAMPLE_MM / spacing_mm).astype(int), 1)
    thin = np.s_[:: steps[0], :: steps[1], :: steps[2]]
    distance = ndimage.distance_transform_edt(~mask[thin], sampling=spacing_mm * steps)
    shell = (distance > _SHELL_MM[0]) & (distance <= _SHELL_MM[1])
    # Two voxels are enough against the noise of a low dose.
    bright = ndimage.uniform_filter(voxels[box][thin].astype(np.float32), 2) > BONE_HU
    room = int(np.count_nonzero(shell))
    bone = int(np.count_nonzero(shell & bright & (taken[box][thin] == 0)))
    return bone / room if room else 0.0


def _room(instance: VertebraInstance, grid: Grid) -> tuple[Slices, NDArray[np.bool_]]:
    """The mask with room for the shell, within the scan."""
    spans = []
    for start, size, shape, mm in zip(
        instance.start, instance.mask.shape, grid.shape, grid.spacing_mm, strict=True
    ):
        room = int(np.ceil(_SHELL_MM[1] / mm)) + 1
        spans.append(slice(max(start - room, 0), min(start + size + room, shape)))
    mask = np.zeros([span.stop - span.start for span in spans], dtype=bool)
    inner = [
        slice(own.start - span.start, own.stop - span.start)
        for own, span in zip(instance.slices, spans, strict=True)
    ]
    mask[tuple(inner)] = instance.mask
    return (spans[0], spans[1], spans[2]), mask
