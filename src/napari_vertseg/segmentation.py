"""Vertebrae found in a scan, each as its own small mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .anatomy import Level
from .volume import Grid, Zyx

Direction = Literal["down", "up"]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class VertebraInstance:
    """One vertebra on some grid, as a crop."""

    id: int
    """Stable number within the walk, from 1 in order of discovery; never reused."""
    start: Zyx
    """First voxel of the crop on the segmentation's grid."""
    mask: NDArray[np.bool_]
    """(z, y, x) crop; never empty."""
    completeness: float
    """P(completely visible)."""
    is_complete: bool
    """``completeness`` at or above the model's threshold."""
    confidence: float
    """Mean probability inside the mask × Dice of the last two evaluations."""
    entropy: float
    """Mean binary entropy (bits) of the probability over the mask's bounding box."""
    last_overlap: float
    """Dice of the masks of the last two evaluations; 1 = fully settled."""
    steps: int
    """Evaluations spent on this vertebra."""
    is_cut_by_patch: bool
    """The mask touches a face of the patch that lies inside the scan."""
    direction: Direction
    """Which way the walk went when it found this vertebra."""
    level: Level | None = None
    """Anatomical level where known."""
    is_refined: bool | None = None
    """Dark voxels were taken from the surface (P14); False where that would have
    taken more than a tenth and was left out, None where the model does not ask for it."""

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Where the crop lies on the grid."""
        z, y, x = (slice(a, a + n) for a, n in zip(self.start, self.mask.shape, strict=True))
        return z, y, x


@dataclass(frozen=True, eq=False)
class Segmentation:
    """All vertebrae of a scan, head to foot, on one grid."""

    grid: Grid
    instances: tuple[VertebraInstance, ...]

    def label_map(self, *, keep_incomplete: bool = False) -> NDArray[Any]:
        """(z, y, x) labels: VerSe values where every level is known, else 1 = topmost.

        Vertebrae judged incomplete are left out unless asked for (P11); numbers
        stay those of the whole chain, so both maps agree. Wider than eight bits
        only where a number needs it.
        """
        numbered = self.numbered()
        highest = max((number for number, _ in numbered), default=0)
        labels = np.zeros(self.grid.shape, dtype=np.uint8 if highest < 256 else np.uint16)
        for number, instance in numbered:
            if instance.is_complete or keep_incomplete:
                labels[instance.slices][instance.mask] = number
        return labels

    def numbered(self) -> list[tuple[int, VertebraInstance]]:
        """Every instance with the value it has in ``label_map``."""
        levels = [instance.level for instance in self.instances]
        if levels and all(level is not None for level in levels):
            return [(int(i.level), i) for i in self.instances if i.level is not None]
        return list(enumerate(self.instances, start=1))
