"""What the memory looks like at a moment, with the flaws it has in a real walk (P18)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def remembered(
    labels: NDArray[np.uint8], done: tuple[int, ...], plane: float | None
) -> NDArray[np.bool_]:
    """Memory patch from the truth.

    Parameters
    ----------
    labels : (z, y, x) uint8
        Labels in the patch.
    done : labels that the walk has passed.
    plane : z of the patch below which everything counts as done, or None.
    """
    table = np.zeros(256, dtype=bool)
    table[list(done)] = True
    memory: NDArray[np.bool_] = table[labels]
    if plane is not None:
        memory[: max(int(np.ceil(plane)), 0)] = True
    return memory


def perturb(
    rng: np.random.Generator, memory: NDArray[np.bool_], labels: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """Erode, dilate, leak into the neighbour, or lose a corner: it holds predictions."""
    match int(rng.integers(4)):
        case 0:
            return np.asarray(ndimage.binary_erosion(memory))
        case 1:
            grown = ndimage.binary_dilation(memory)
            return np.asarray(memory | (grown & (rng.random(memory.shape) < 0.6)))
        case 2:
            return memory | (_blob(rng, memory, 7.0) & (labels > 0))
        case _:
            return memory & ~_blob(rng, memory, 5.0)


def _blob(
    rng: np.random.Generator, memory: NDArray[np.bool_], radius: float
) -> NDArray[np.bool_]:
    """A ball somewhere on the remembered voxels."""
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
