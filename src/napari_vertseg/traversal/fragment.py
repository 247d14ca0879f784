"""Some voxels of a window, as a crop: what an answer is cut down to before it travels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..volume import Slices, Window, Zyx, bounding_slices


@dataclass(frozen=True, eq=False, slots=True)
class Fragment:
    """A mask within a window, without the empty space around it."""

    offset: Zyx
    """Voxel of the window that is the crop's first voxel."""
    mask: NDArray[np.bool_]
    """(z, y, x) crop."""

    @classmethod
    def of(cls, patch: NDArray[np.bool_]) -> Fragment | None:
        """Crop a mask of the window's shape to its true voxels; None where there are none."""
        box = bounding_slices(patch)
        return None if box is None else cls(Zyx(*(s.start for s in box)), patch[box].copy())

    @property
    def voxels(self) -> int:
        """Number of true voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def slices(self) -> Slices:
        """Where the crop lies in the window."""
        z, y, x = (slice(a, a + n) for a, n in zip(self.offset, self.mask.shape, strict=True))
        return z, y, x

    def start_in(self, window: Window) -> Zyx:
        """Voxel of the scan that is the crop's first voxel."""
        return Zyx(*(a + b for a, b in zip(window.start, self.offset, strict=True)))

    def within(self, window: Window) -> NDArray[np.bool_]:
        """The mask at the window's full shape."""
        patch = np.zeros(window.shape, dtype=bool)
        patch[self.slices] = self.mask
        return patch


def next_center(fragment: Fragment, window: Window) -> Zyx:
    """Centre of the bounding box of a fragment (P7).

    Parameters
    ----------
    fragment : Fragment
        Cropped to its true voxels, all of them inside the scan.
    window : Window
        Where it was seen.

    Returns
    -------
    Zyx
        Voxel of the scan, inside its bounds.
    """
    start = fragment.start_in(window)
    return Zyx(*(a + n // 2 for a, n in zip(start, fragment.mask.shape, strict=True)))


def dice(a: Fragment, a_window: Window, b: Fragment, b_window: Window) -> float:
    """Overlap of two fragments of one scan, seen in different windows."""
    common = shared_voxels(a, a_window, b, b_window)
    total = a.voxels + b.voxels
    return 2.0 * common / total if total else 0.0


def shared_voxels(a: Fragment, a_window: Window, b: Fragment, b_window: Window) -> int:
    """Voxels of the scan that belong to both fragments."""
    inside_a, inside_b = [], []
    boxes = zip(
        a.start_in(a_window), a.mask.shape, b.start_in(b_window), b.mask.shape, strict=True
    )
    for a_start, a_size, b_start, b_size in boxes:
        low = max(a_start, b_start)
        high = max(min(a_start + a_size, b_start + b_size), low)
        inside_a.append(slice(low - a_start, high - a_start))
        inside_b.append(slice(low - b_start, high - b_start))
    return int(np.count_nonzero(a.mask[tuple(inside_a)] & b.mask[tuple(inside_b)]))
