"""A segmentation as one label map."""

from __future__ import annotations

import numpy as np
import pytest

from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.volume import Grid, Zyx


def instance(number: int, start: Zyx) -> VertebraInstance:
    return VertebraInstance(
        id=number,
        start=start,
        mask=np.ones((1, 1, 1), dtype=bool),
        completeness=1.0,
        is_complete=True,
        confidence=1.0,
        entropy=0.0,
        last_overlap=1.0,
        steps=1,
        is_cut_by_patch=False,
        direction="down",
    )


@pytest.mark.parametrize(("count", "dtype"), [(3, np.uint8), (255, np.uint8), (300, np.uint16)])
def test_every_number_fits_into_the_label_map(count: int, dtype: type) -> None:
    grid = Grid.canonical((count, 1, 1), (1.0, 1.0, 1.0))
    chain = tuple(instance(n, Zyx(n - 1, 0, 0)) for n in range(1, count + 1))
    labels = Segmentation(grid, chain).label_map()

    assert labels.dtype == dtype
    assert labels.ravel().tolist() == list(range(1, count + 1))
