"""A vertebra on the working grid, as the walk committed it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..segmentation import Direction
from ..volume import Slices, Window, Zyx, ZyxFloat
from .fragment import Fragment


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class FoundVertebra:
    """Mask and probability of one vertebra, with what suspicion will need later."""

    id: int
    """Stable number within the walk, in order of discovery; never reused."""
    window: Window
    """The patch that settled; its mask is pasted through this very window (P8)."""
    fragment: Fragment
    """The vertebra with a margin around it; all of the crop lies inside the scan."""
    probability: NDArray[np.uint8]
    """(z, y, x) crop like the mask's; 255 = certain. Voxels of other pieces and of
    older vertebrae are 0, so that at the threshold it gives exactly the mask."""
    completeness: float
    """P(completely visible)."""
    is_complete: bool
    """``completeness`` reaches the threshold (P11)."""
    confidence: float
    """Mean probability inside the mask × Dice of the last two evaluations."""
    entropy: float
    """Mean binary entropy (bits) of the probability over the mask's bounding box."""
    last_overlap: float
    """Dice of the last two evaluations."""
    steps: int
    """Evaluations spent on this vertebra, the look that found it included."""
    is_cut_by_patch: bool
    """The mask touches a face of the patch that lies inside the scan."""
    is_jump: bool
    """Further from the vertebra before than the spine's spacing explains (P13)."""
    direction: Direction
    """Which way the walk went."""
    centroid: ZyxFloat
    """Mean voxel position on the working grid."""
    volume_mm3: float
    """Volume of the mask."""
    level: float | None = None
    """Raw anatomical level, where the model has such a head."""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(z, y, x) crop."""
        return self.fragment.mask

    @property
    def start(self) -> Zyx:
        """Voxel of the working grid that is the crop's first voxel."""
        return self.fragment.start_in(self.window)

    @property
    def slices(self) -> Slices:
        """Where the crop lies on the working grid."""
        z, y, x = (slice(a, a + n) for a, n in zip(self.start, self.mask.shape, strict=True))
        return z, y, x
