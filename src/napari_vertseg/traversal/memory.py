"""What has been segmented so far, and what counts as done (P3, P10, P27)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..segmentation import Direction
from ..volume import Window, Zyx


@dataclass(frozen=True, slots=True)
class HalfSpace:
    """All that lies behind a plane across z counts as done (P27)."""

    plane: int
    """z of the first slice that is *not* done, in walking direction."""
    direction: Direction
    """Walking ``down``, the slices above the plane are done; walking ``up``, those below."""

    def covers(self, window: Window) -> NDArray[np.bool_]:
        """(z,) which slices of a window are done, those beyond the scan included."""
        z = np.arange(window.start.z, window.stop.z)
        return z < self.plane if self.direction == "down" else z > self.plane


class InstanceMemory:
    """The instance that each voxel of the working grid belongs to.

    Owns its array. Incomplete vertebrae are remembered like all others (P3).
    """

    def __init__(self, labels: NDArray[np.uint16], half_space: HalfSpace | None = None) -> None:
        self._labels = labels
        self.half_space = half_space

    @classmethod
    def empty(cls, shape: tuple[int, int, int]) -> InstanceMemory:
        """Nothing segmented yet."""
        return cls(np.zeros(shape, dtype=np.uint16))

    @classmethod
    def from_labels(cls, label_map: NDArray[Any]) -> InstanceMemory:
        """Take any (z, y, x) label map as memory, a corrected one too; it is copied.

        Raises
        ------
        ValueError
            Not three axes, or labels outside 0…65535.
        """
        if label_map.ndim != 3:
            raise ValueError(f"a label map has three axes, not {label_map.ndim}")
        if label_map.size and (label_map.min() < 0 or label_map.max() > 65535):
            raise ValueError(f"labels {label_map.min()}…{label_map.max()} are not all in 0…65535")
        return cls(label_map.astype(np.uint16))

    @property
    def labels(self) -> NDArray[np.uint16]:
        """(z, y, x) instance ids, 0 = free; a view that cannot be written to."""
        view = self._labels.view()
        view.flags.writeable = False
        return view

    @property
    def shape(self) -> Zyx:
        """Shape of the working grid."""
        return Zyx(*self._labels.shape)

    def occupied(self, window: Window, *, but: int | None = None) -> NDArray[np.bool_]:
        """The memory patch that the network is shown: instances and the half-space.

        Parameters
        ----------
        but : int, optional
            Instance that counts as free.
        """
        patch = self.segmented(window, but=but)
        if self.half_space is not None:
            patch[self.half_space.covers(window)] = True
        return patch

    def segmented(self, window: Window, *, but: int | None = None) -> NDArray[np.bool_]:
        """Voxels of instances only: these are not given away again (P10).

        The half-space is left out: it tells the network where to begin, yet a
        vertebra just beyond its plane may reach back across it.

        Parameters
        ----------
        but : int, optional
            Instance that counts as free.
        """
        patch = np.zeros(window.shape, dtype=bool)
        inside = self._labels[window.inside(self.shape)]
        free = 0 if but is None else but
        patch[window.inside_patch(self.shape)] = (inside != 0) & (inside != free)
        return patch

    def remember(self, window: Window, mask: NDArray[np.bool_], instance: int) -> int:
        """Add a mask of the window's shape; voxels of older instances stay theirs (P10).

        Returns
        -------
        int
            Voxels that were added.
        """
        region = self._labels[window.inside(self.shape)]
        free = mask[window.inside_patch(self.shape)] & (region == 0)
        region[free] = instance
        return int(np.count_nonzero(free))

    def forget(self, instance: int) -> None:
        """Take an instance out, so that it can be segmented anew."""
        self._labels[self._labels == instance] = 0

    def seed_half_space(self, plane: int, direction: Direction) -> None:
        """Count everything behind a plane as done; replaces an earlier half-space (P27)."""
        self.half_space = HalfSpace(plane, direction)

    def clear_half_space(self) -> None:
        """Only instances count again."""
        self.half_space = None

    def turned(self) -> InstanceMemory:
        """The same memory seen from the other end; both share one array."""
        return InstanceMemory(self._labels[::-1], self._turned_half_space())

    def _turned_half_space(self) -> HalfSpace | None:
        if self.half_space is None:
            return None
        opposite: Direction = "up" if self.half_space.direction == "down" else "down"
        return HalfSpace(self.shape.z - 1 - self.half_space.plane, opposite)


def plane_behind(mask: NDArray[np.bool_]) -> int:
    """Where the half-space behind a finished vertebra ends (P27).

    A quarter of the vertebra lies behind the plane. On 84 pairs of neighbours
    in the shared label maps, walked both ways, more than three quarters of the
    vertebra behind are then covered, and at most 1 % of the one ahead (two
    cut or crowded upper thoracic pairs apart): facets and spinous processes
    reach far across, so neither the first slice of the vertebra nor its middle
    would do.

    Parameters
    ----------
    mask : (z, y, x) bool
        The vertebra as walked (towards +z); not empty.

    Returns
    -------
    int
        Slice of the mask; counted from its first slice.
    """
    share = np.cumsum(np.count_nonzero(mask, axis=(1, 2))) / np.count_nonzero(mask)
    return int(np.searchsorted(share, 0.25))
