"""Blocks in place of vertebrae: everything about them can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Labels = NDArray[np.uint8]
Block = tuple[slice, slice, slice]


@pytest.fixture
def draw() -> Callable[..., Labels]:
    """Draw labelled blocks ``{label: ((z0, z1), (y0, y1), (x0, x1))}`` into an empty map."""

    def _draw(
        shape: tuple[int, int, int], blocks: dict[int, tuple[tuple[int, int], ...]]
    ) -> Labels:
        labels = np.zeros(shape, dtype=np.uint8)
        for label, ranges in blocks.items():
            labels[tuple(slice(*r) for r in ranges)] = label
        return labels

    return _draw


@pytest.fixture
def spine(draw: Callable[..., Labels]) -> Callable[..., Labels]:
    """A column of 10³ blocks, 2 voxels apart, well inside a 70 x 30 x 30 map.

    ``spine({20: 0, 21: 1})`` puts label 20 on the topmost place.
    """

    def _spine(places: dict[int, float], shift: int = 0) -> Labels:
        blocks = {}
        for label, place in places.items():
            top = 5 + int(12 * place) + shift
            blocks[label] = ((top, top + 10), (10, 20), (10, 20))
        return draw((70, 30, 30), blocks)

    return _spine
