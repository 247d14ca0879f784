"""Chains of vertebrae as healthy as can be, to be spoilt one value at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from napari_vertseg.measures import VertebraMeasures
from napari_vertseg.suspicion import Evidence, WalkEvidence
from napari_vertseg.volume import ZyxFloat


def _healthy(place: int) -> Evidence:
    """Grows as real vertebrae do, along a line that leans a little."""
    height_mm = sum(24.0 * 1.03**i for i in range(place))
    measures = VertebraMeasures(
        volume_mm3=25_000.0 * 1.06**place,
        mean_hu=250.0 + 10.0 * (place % 2),
        centroid_voxel=ZyxFloat(height_mm, 50.0, 50.0),
        centroid_mm=(0.1 * height_mm, 0.2 * height_mm, -height_mm),
        extent_mm=ZyxFloat(45.0 * 1.01**place, 70.0 * 1.02**place, 60.0 * 1.02**place),
        components=1,
        touches_border=False,
    )
    walk = WalkEvidence(
        turn=place + 1,
        direction="down",
        completeness=0.98,
        confidence=0.95,
        entropy=0.05,
        last_overlap=0.99,
        steps=3,
        is_cut_by_patch=False,
    )
    return Evidence(measures=measures, is_complete=True, bone_share_around=0.05, walk=walk)


@pytest.fixture
def chain() -> Callable[..., list[Evidence]]:
    """Vertebrae head to foot; without walks on demand."""

    def make(count: int = 8, *, walked: bool = True) -> list[Evidence]:
        healthy = [_healthy(place) for place in range(count)]
        return healthy if walked else [replace(e, walk=None) for e in healthy]

    return make


@pytest.fixture
def measured() -> Callable[..., Evidence]:
    """The same vertebra with other measures."""

    def change(evidence: Evidence, **values: Any) -> Evidence:
        return replace(evidence, measures=replace(evidence.measures, **values))

    return change


@pytest.fixture
def walked() -> Callable[..., Evidence]:
    """The same vertebra with something else said by the walk."""

    def change(evidence: Evidence, **values: Any) -> Evidence:
        assert evidence.walk is not None
        return replace(evidence, walk=replace(evidence.walk, **values))

    return change
