from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_vertseg.labelling import head_to_foot


def test_any_walking_order_becomes_head_to_foot():
    heights = np.arange(12) * 25.0
    points = np.stack([heights, np.zeros(12), 30 * np.sin(heights / 60)], axis=1)
    shuffled = np.random.default_rng(0).permutation(12)
    order = head_to_foot(points[shuffled])

    assert list(shuffled[order]) == list(range(12))


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(-500, 500)] * 3), max_size=12))
def test_it_is_always_a_permutation(points):
    assert sorted(head_to_foot(points)) == list(range(len(points)))


def test_neighbours_at_about_the_same_height_follow_the_chain():
    # A neck bent forward: for two vertebrae the chain runs slightly upwards.
    points = [(0, 0, 0), (14, 0, 0), (20, 14, 0), (19, 28, 0), (24, 42, 0), (38, 48, 0)]
    by_height = np.argsort([p[0] for p in points])

    assert list(by_height) != [0, 1, 2, 3, 4, 5]
    assert head_to_foot(points) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("points", [[], [(1.0, 2.0, 3.0)]])
def test_short_chains_are_sorted_too(points):
    assert head_to_foot(np.reshape(points, (-1, 3))) == list(range(len(points)))
