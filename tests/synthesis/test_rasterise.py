"""Rasterising: exact shares on shapes with known volume, clearance between neighbours."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from napari_vertseg.anatomy import Level
from napari_vertseg.synthesis.rasterise import Shape, rasterise
from napari_vertseg.synthesis.shape_parts import Field
from napari_vertseg.synthesis.spine_curve import Pose

EXTENT = ((-12.0, 12.0),) * 3


def ball(radius: float, h: Field, p: Field, s: Field) -> Field:
    return np.sqrt(h**2 + p**2 + s**2) - radius


def shape(value: int, center: tuple[float, float, float], radius: float = 10.0) -> Shape:
    pose = Pose(Level.L1, np.array(center), np.eye(3))
    return Shape(value, pose, EXTENT, partial(ball, radius))


def test_a_ball_cut_in_half_by_the_view_is_half_visible() -> None:
    made = rasterise([shape(20, (-0.5, 30.0, 30.0))], (60, 60, 60), (1.0, 1.0, 1.0), 1.0)
    assert made.visible_share[20] == pytest.approx(0.5, abs=1e-12)


def test_a_whole_ball_is_wholly_visible_and_has_its_volume() -> None:
    made = rasterise([shape(20, (30.0, 30.0, 30.0))], (120, 60, 60), (0.5, 1.0, 1.0), 1.0)
    assert made.visible_share == {20: 1.0}
    volume = np.count_nonzero(made.labels) * 0.5
    assert volume == pytest.approx(4 / 3 * np.pi * 1000, rel=0.02)


def test_a_ball_outside_the_view_leaves_no_trace() -> None:
    made = rasterise([shape(20, (-40.0, 30.0, 30.0))], (60, 60, 60), (1.0, 1.0, 1.0), 1.0)
    assert not made.labels.any()
    assert made.visible_share == {}


def test_neighbours_keep_their_clearance() -> None:
    """The later of two overlapping balls gives way, by at least the gap."""
    balls = [shape(20, (25.0, 30.0, 30.0)), shape(21, (40.0, 30.0, 30.0))]
    made = rasterise(balls, (70, 60, 60), (1.0, 1.0, 1.0), 2.0)
    first, second = (np.argwhere(made.labels == v) for v in (20, 21))
    to_center = np.linalg.norm(second - np.array([25.0, 30.0, 30.0]), axis=1)
    assert len(first) == np.count_nonzero(
        rasterise(balls[:1], (70, 60, 60), (1.0, 1.0, 1.0), 2.0).labels
    )
    assert to_center.min() >= 12.0 - 1e-5
