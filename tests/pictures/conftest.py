"""A bent column of blocks with a spinous process each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.volume import Grid, Scan, Zyx


def _vertebra() -> np.ndarray:
    mask = np.zeros((14, 34, 20), dtype=bool)
    mask[1:11, :16, :] = True  # body
    mask[4:8, 16:22, [2, 3, 16, 17]] = True  # pedicles around the canal
    mask[4:14, 22:34, 8:12] = True  # spinous process
    return mask


@pytest.fixture
def grid() -> Grid:
    return Grid.canonical((90, 80, 100), (2.0, 1.0, 1.0))


@pytest.fixture
def scan(grid: Grid) -> Scan:
    noise = np.random.default_rng(0).normal(40, 20, grid.shape).astype(np.int16)
    return Scan.from_canonical(noise, grid, name="bent")


@pytest.fixture
def segmentation(grid: Grid) -> Callable[..., Segmentation]:
    """Five vertebrae, bent to the patient's left; chosen ones incomplete or with levels."""

    def _make(incomplete: tuple[int, ...] = (), levels: tuple[Level, ...] = ()) -> Segmentation:
        chain = [
            VertebraInstance(
                id=i,
                start=Zyx(16 * i - 10, 20, 4 + 15 * (i - 1)),
                mask=_vertebra(),
                completeness=0.25 if i in incomplete else 0.97,
                is_complete=i not in incomplete,
                confidence=0.9,
                entropy=0.1,
                last_overlap=1.0,
                steps=3,
                is_cut_by_patch=False,
                direction="down",
                level=levels[i - 1] if levels else None,
            )
            for i in range(1, 6)
        ]
        return Segmentation(grid, tuple(chain))

    return _make
