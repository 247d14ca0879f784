from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_vertseg.traversal import Fragment
from napari_vertseg.traversal.fragment import dice, next_center
from napari_vertseg.traversal.heading import Heading
from napari_vertseg.volume import Window, Zyx

SHAPE = Zyx(6, 7, 5)
masks = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).random(SHAPE) < 0.05
)
windows = st.tuples(*[st.integers(-3, 12)] * 3).map(lambda c: Window(Zyx(*c), SHAPE))


@settings(deadline=None)
@given(masks)
def test_cropping_to_a_fragment_loses_nothing(mask):
    fragment = Fragment.of(mask)
    if fragment is None:
        assert not mask.any()
        return

    assert np.array_equal(fragment.within(Window(Zyx(0, 0, 0), SHAPE)), mask)
    assert fragment.mask.any(axis=(1, 2))[[0, -1]].all()


@settings(deadline=None)
@given(masks, masks, windows, windows)
def test_dice_of_fragments_is_dice_of_the_pasted_masks(a, b, a_window, b_window):
    a_part, b_part = Fragment.of(a), Fragment.of(b)
    if a_part is None or b_part is None:
        return
    scan_a, scan_b = np.zeros((30, 30, 30), dtype=bool), np.zeros((30, 30, 30), dtype=bool)
    for scan, mask, window in ((scan_a, a, a_window), (scan_b, b, b_window)):
        Window(Zyx(*(c + 8 for c in window.center)), SHAPE).paste(scan, mask)
    expected = 2 * np.count_nonzero(scan_a & scan_b) / (a.sum() + b.sum())

    assert dice(a_part, a_window, b_part, b_window) == expected


def test_the_next_centre_is_the_middle_of_the_box():
    fragment = Fragment(Zyx(1, 2, 0), np.ones((4, 3, 5), dtype=bool))
    window = Window(Zyx(10, 10, 10), SHAPE)

    assert next_center(fragment, window) == Zyx(7 + 1 + 2, 7 + 2 + 1, 8 + 0 + 2)


@settings(deadline=None)
@given(masks, windows)
def test_turning_twice_changes_nothing(mask, window):
    heading = Heading("up", 17)
    fragment = Fragment.of(mask)

    assert heading.window(heading.window(window)) == window
    assert heading.voxel(heading.voxel(window.center)) == window.center
    if fragment is not None:
        again = heading.fragment(heading.fragment(fragment, SHAPE), SHAPE)
        assert again.offset == fragment.offset
        assert np.array_equal(again.mask, fragment.mask)


@settings(deadline=None)
@given(windows)
def test_a_turned_window_shows_the_turned_scan(window):
    rng = np.random.default_rng(0)
    scan = rng.integers(0, 100, (17, 9, 9))
    heading = Heading("up", 17)
    turned = heading.window(window).crop(heading.array(scan), -1)

    assert np.array_equal(turned[::-1], window.crop(scan, -1))


def test_walking_down_leaves_everything_as_it_is():
    heading = Heading("down", 17)
    window = Window(Zyx(3, 4, 5), SHAPE)

    assert heading.window(window) == window
    assert heading.voxel(Zyx(1, 2, 3)) == Zyx(1, 2, 3)
