"""Pieces of a mask are found whatever its shape."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_vertseg.volume.components import find_components


@pytest.mark.parametrize(
    "shape", [(5, 1, 1), (1, 5, 1), (1, 1, 6), (1, 4, 5), (2, 1, 7), (3, 3, 3)]
)
def test_every_piece_is_found_in_rows_and_planes_too(shape: tuple[int, int, int]) -> None:
    """Every second voxel of a row is as many pieces as there can be."""
    rng = np.random.default_rng(1)
    full = np.indices(shape).sum(axis=0) % 2 == 0
    for mask in [full, *(rng.random(shape) < 0.5 for _ in range(20))]:
        expected, count = ndimage.label(mask, np.ones((3, 3, 3)))

        found = find_components(mask)

        assert len(found) == count
        assert sum(piece.voxels for piece in found) == np.count_nonzero(mask)
        again = np.zeros(shape, dtype=int)
        for number, piece in enumerate(found, start=1):
            again[piece.slices][piece.mask] = number
            assert len(np.unique(expected[again == number])) == 1
