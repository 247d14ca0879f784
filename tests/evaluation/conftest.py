"""Two small scans with known scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.evaluation import Reference, evaluate_scan
from napari_vertseg.metrics import ScanScore
from napari_vertseg.segmentation import Segmentation, VertebraInstance
from napari_vertseg.volume import Grid, Zyx


@pytest.fixture
def grid() -> Grid:
    return Grid.canonical((50, 30, 30), (2.0, 1.0, 0.5))


@pytest.fixture
def chain(grid: Grid) -> Callable[..., Segmentation]:
    """Blocks of 10³ at the given heights; ``cut`` numbers are judged incomplete."""

    def _chain(
        *tops: int, cut: tuple[int, ...] = (), levels: tuple[Level, ...] = ()
    ) -> Segmentation:
        return Segmentation(
            grid,
            tuple(
                VertebraInstance(
                    id=i,
                    start=Zyx(top, 10, 10),
                    mask=np.ones((10, 10, 10), dtype=bool),
                    completeness=0.1 if i in cut else 0.9,
                    is_complete=i not in cut,
                    confidence=1.0,
                    entropy=0.0,
                    last_overlap=1.0,
                    steps=2,
                    is_cut_by_patch=False,
                    direction="down",
                    level=levels[i - 1] if levels else None,
                )
                for i, top in enumerate(tops, start=1)
            ),
        )

    return _chain


@pytest.fixture
def reference(chain: Callable[..., Segmentation]) -> Reference:
    """L1 and L2, both complete."""
    labels = chain(5, 20, levels=(Level.L1, Level.L2)).label_map()
    return Reference(labels=labels, is_complete={20: True, 21: True})


@pytest.fixture
def scores(chain: Callable[..., Segmentation], reference: Reference) -> list[ScanScore]:
    """A perfect scan, and one with a miss, a false vertebra and a wrong class."""
    good = evaluate_scan(chain(5, 20), reference, name="good", steps=7, seconds=2.5)
    bad = evaluate_scan(chain(7, 36, cut=(1,)), reference, name="bad", steps=9, seconds=3.5)
    return [good, bad]
