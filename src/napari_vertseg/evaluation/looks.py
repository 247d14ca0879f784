"""The volumes of a pair once more, for its pictures: scores alone are kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import VertsegError
from ..io import read_scan
from ..volume import Grid
from .folders import read_pair
from .pairing import Pair
from .predictions import Values

_SAME_PLACE_MM = 0.1


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """Both label maps of a pair, and the CT where there is one on their grid."""

    prediction: NDArray[Any]
    """(z, y, x) as it was scored."""
    reference: NDArray[Any]
    """(z, y, x) as it was scored against."""
    grid: Grid
    voxels: NDArray[np.int16] | None
    """(z, y, x) HU: outlines without it are still outlines."""


Looks = Callable[[Pair], Look]
"""Reads a pair once more; raises ``VertsegError`` where it is no longer there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLooks:
    """Looks at pairs of files, read as they were when they were scored."""

    root: Path | None = None
    values: Values = "auto"
    is_range: bool = False

    def __call__(self, pair: Pair) -> Look:
        """See ``Looks``."""
        prediction, reference = read_pair(pair, self.root, self.values, self.is_range)
        return Look(
            prediction.labels.labels,
            reference.reference.labels,
            reference.grid,
            _voxels(pair.scan, reference.grid),
        )


def _voxels(scan: Path | None, grid: Grid) -> NDArray[np.int16] | None:
    if scan is None:
        return None
    try:
        opened = read_scan(scan, check_ct=False)
    except VertsegError:
        return None
    return opened.voxels if opened.grid.is_same(grid, _SAME_PLACE_MM) else None
