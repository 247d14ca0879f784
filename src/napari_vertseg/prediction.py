"""What a network answers about one patch, and the shape of anything that can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Prediction:
    """Answer for one patch."""

    probability: NDArray[np.float32]
    """(z, y, x) in [0, 1]: the voxel belongs to the next vertebra."""
    completeness: float
    """P(that vertebra is completely visible in the patch)."""
    level: float | None = None
    """Raw anatomical level (VerSe value), where the model has such a head."""


class Predictor(Protocol):
    """Anything that finds the next vertebra in a patch: a network or an oracle."""

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        """Answer for one patch.

        Parameters
        ----------
        image_patch : (z, y, x) int16 HU
            ``OUTSIDE_HU`` where the patch overhangs the scan. For an upward
            walk the traversal has flipped both patches along z, so that the
            walk always goes towards +z.
        memory_patch : (z, y, x) bool
            Voxels already segmented in an earlier iteration (P3).
        """
        ...
