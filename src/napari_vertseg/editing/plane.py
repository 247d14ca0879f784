"""The three standard planes of an array."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..volume import Slices, ZyxFloat


class Plane(IntEnum):
    """A family of slices; the integer is the axis that counts them."""

    AXIAL = 0
    """Rows y, columns x."""
    CORONAL = 1
    """Rows z, columns x."""
    SAGITTAL = 2
    """Rows z, columns y."""

    @property
    def axes(self) -> tuple[int, int]:
        """Array axes of rows and columns."""
        rows, columns = (axis for axis in range(3) if axis != self)
        return rows, columns

    def stacked(self, array: NDArray[Any]) -> NDArray[Any]:
        """View of a (z, y, x) array whose first axis counts the slices."""
        return np.moveaxis(array, int(self), 0)

    def unstacked(self, stack: NDArray[Any]) -> NDArray[Any]:
        """The way back from ``stacked``, a view too."""
        return np.moveaxis(stack, 0, int(self))

    def spacing(self, spacing_mm: ZyxFloat) -> tuple[float, float]:
        """Row and column spacing in millimetres."""
        rows, columns = self.axes
        return spacing_mm[rows], spacing_mm[columns]

    def box(self, numbers: slice, rows: slice, columns: slice) -> Slices:
        """Slices of the array for a range of slice numbers and a rectangle in them."""
        parts = [rows, columns]
        parts.insert(int(self), numbers)
        return parts[0], parts[1], parts[2]
