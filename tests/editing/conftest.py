from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_vertseg.editing import EditableLabels
from napari_vertseg.synthesis import FieldOfView, Phantom, draw_phantom, make_phantom

SPACING = (1.0, 0.5, 2.0)
"""No two axes alike."""


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    """A small spine with four whole vertebrae, 2 mm."""
    drawn = draw_phantom(np.random.default_rng(12))
    view = FieldOfView(16.0, 130.0, 50.0, 80.0, 60.0, 60.0)
    return make_phantom(replace(drawn, field_of_view=view), (2.0, 2.0, 2.0))


@pytest.fixture
def labels():
    """Three boxes, of 1, 2 and 3, and a single voxel of 4."""
    array = np.zeros((24, 40, 20), dtype=np.uint16)
    array[2:8, 10:30, 5:15] = 1
    array[9:15, 10:30, 5:15] = 2
    array[16:22, 10:30, 5:15] = 3
    array[23, 39, 19] = 4
    return EditableLabels.of(array, SPACING, names={1: "L1", 2: "L2", 3: "L3"})


@pytest.fixture(scope="session")
def dice():
    def overlap(a, b):
        return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))

    return overlap
