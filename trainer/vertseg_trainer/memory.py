"""What the memory looks like at a moment, with the flaws it has in a real walk (P18)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_LEAK_MM = 14.0
"""Largest radius of a leak into the next vertebra."""
_LOSS_MM = 10.0
"""Largest radius of a piece that is missing."""


def remembered(labels: NDArray[np.uint8], done: tuple[int, ...]) -> NDArray[np.bool_]:
    """Voxels of the vertebrae that the walk has passed, from the truth.

    Parameters
    ----------
    labels : (z, y, x) uint8
        Labels in the patch.
    done : labels that the walk has passed.
    """
    table = np.zeros(256, dtype=bool)
    table[list(done)] = True
    return np.asarray(table[labels])


def with_half_space(memory: NDArray[np.bool_], plane: float | None) -> NDArray[np.bool_]:
    """The memory patch with everything before a slice counted as done (P27).

    ``plane`` is a z of the patch, in walking direction; slices beyond the scan are
    covered too, as the walk's own memory does it.
    """
    if plane is None:
        return memory
    seeded = memory.copy()
    seeded[: max(int(np.ceil(plane)), 0)] = True
    return seeded


def perturb(
    rng: np.random.Generator,
    memory: NDArray[np.bool_],
    labels: NDArray[np.uint8],
    spacing_mm: float,
) -> NDArray[np.bool_]:
    """Erode, dilate, leak into labelled bone, lose a corner or an arch: it holds predictions.

    A walk whose first vertebra got the arch of the one before it would hand every
    vertebra the wrong arch from there on, unless it has seen an arch left over.

    Parameters
    ----------
    memory, labels : (z, y, x)
        Patches of one window; ``memory`` stays as it is.
    spacing_mm : float
        Of the working grid.
    """
    match int(rng.integers(5)):
        case 0:
            # The memory goes on beyond the patch, so its faces are no surface.
            return np.asarray(ndimage.binary_erosion(memory, border_value=1))
        case 1:
            grown = ndimage.binary_dilation(memory)
            return np.asarray(memory | (grown & (rng.random(memory.shape) < 0.6)))
        case 2:
            return memory & ~_arch(rng, memory, labels)
        case 3:
            return memory | (_blob(rng, memory, _LEAK_MM / spacing_mm) & (labels > 0))
        case _:
            return memory & ~_blob(rng, memory, _LOSS_MM / spacing_mm)


def _arch(
    rng: np.random.Generator, memory: NDArray[np.bool_], labels: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """All of one remembered vertebra that lies behind its body; y goes to the back."""
    present = np.unique(labels[memory & (labels > 0)])
    arch = np.zeros(memory.shape, dtype=bool)
    if present.size == 0:
        return arch
    one = labels == rng.choice(present)
    rows = np.flatnonzero(one.any(axis=(0, 2)))
    body_end = rows[0] + rng.uniform(0.35, 0.55) * (rows[-1] - rows[0])
    behind = int(np.ceil(body_end))
    arch[:, behind:] = one[:, behind:]
    return arch


def _blob(rng: np.random.Generator, memory: NDArray[np.bool_], radius: float) -> NDArray[np.bool_]:
    """A ball of at most ``radius`` voxels somewhere on the remembered ones."""
    voxels = np.flatnonzero(memory)
    blob = np.zeros(memory.shape, dtype=bool)
    if voxels.size == 0:
        return blob
    center = np.unravel_index(int(rng.choice(voxels)), memory.shape)
    reach = rng.uniform(0.4, 1.0) * radius
    axes = np.ogrid[tuple(slice(0, n) for n in memory.shape)]
    distance = sum((axis - c) ** 2 for axis, c in zip(axes, center, strict=True))
    blob[distance <= reach**2] = True
    return blob
