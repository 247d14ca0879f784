"""The wire clings to the edge of bone between anchors, and can be led where it fails (P25)."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import find_contours, label

from napari_vertseg.editing import LiveWire, contour, edge_cost
from napari_vertseg.errors import EditImpossible

MM = (2.0, 1.0)


def disc(radius_mm=20.0):
    """A bright disc on dark ground in a slice of uneven pixels."""
    rows, columns = np.indices((40, 80))
    away = np.hypot((rows - 20) * MM[0], (columns - 40) * MM[1])
    image = np.where(away <= radius_mm, 400, 40).astype(np.int16)
    return image, away <= radius_mm


def largest_piece(mask):
    pieces = label(mask)
    return pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])


def outline(mask):
    """Points along the inner side of the outer edge, in order."""
    return max(find_contours(np.pad(mask, 1).astype(float), 0.7), key=len)[:-1] - 1


def drawn_around(image, mask, spacing_mm, anchors):
    wire = LiveWire(image, spacing_mm)
    around = outline(mask)
    for i in range(anchors):
        wire.anchor(around[i * len(around) // anchors])
    return wire.close().mask(mask.shape)


def test_three_anchors_enclose_a_disc(dice):
    image, truth = disc()

    assert dice(drawn_around(image, truth, MM, 3), truth) >= 0.95


def test_the_wire_runs_along_the_bright_side_of_the_edge():
    image, _ = disc()
    cost = edge_cost(image, MM)
    row = cost[20, 55:65]  # the edge lies between 60 and 61

    assert np.argmin(row) == 5


def test_a_contour_in_each_vertebra_of_a_phantom_encloses_it(phantom, dice):
    z_mm, y_mm, _ = phantom.scan.grid.spacing_mm
    found = []
    for level in phantom.levels:
        mask = phantom.labels == int(level)
        if not phantom.is_complete[int(level)]:
            continue
        middle = int(np.median(np.nonzero(mask)[2]))
        body = largest_piece(mask[:, :, middle])
        image = phantom.scan.voxels[:, :, middle]
        found.append(dice(drawn_around(image, body, (z_mm, y_mm), 10), body))

    assert len(found) >= 3
    assert min(found) >= 0.9, found


def test_the_way_to_the_cursor_is_the_leg_that_an_anchor_adds():
    image, _ = disc()
    wire = LiveWire(image, MM)
    wire.anchor((10, 40))
    seen = wire.way_to((20, 60))
    added = wire.anchor((20, 60))

    assert np.array_equal(seen, added)
    assert np.array_equal(wire.points, np.vstack([[10, 40], added]))
    assert np.abs(np.diff(wire.points, axis=0)).max() == 1


def test_the_way_home_goes_round_the_other_side():
    image, _ = disc()
    wire = LiveWire(image, MM)
    for point in ((10, 40), (20, 60), (30, 40)):
        wire.anchor(point)
    left = wire.close().points[:, 1].min()

    assert left <= 22  # the disc begins at column 20


def test_taking_a_leg_back_gives_the_line_of_before():
    image, _ = disc()
    wire = LiveWire(image, MM)
    wire.anchor((10, 40))
    wire.anchor((20, 60))
    before = wire.points
    wire.draw([(22, 62), (24, 61)])
    wire.back()

    assert np.array_equal(wire.points, before)
    assert np.array_equal(wire.way_to((30, 40))[-1], (30, 40))


def test_a_free_hand_leg_goes_through_its_points_whatever_the_edge():
    image, _ = disc()
    wire = LiveWire(image, MM)
    wire.anchor((10, 40))
    wire.draw([(12, 30.5), (16, 26)])
    wire.anchor((20, 20))

    assert np.array_equal(wire.points[1:3], [(12, 30.5), (16, 26)])
    assert np.array_equal(wire.points[-1], (20, 20))


def test_free_hand_alone_makes_a_contour():
    square = contour([(2, 2), (2, 6), (6, 6), (6, 2)])
    expected = np.zeros((9, 9), dtype=bool)
    expected[2:7, 2:7] = True

    assert np.array_equal(square.mask((9, 9)), expected)


def test_a_contour_over_the_edge_of_the_slice_is_cut():
    mask = contour([(-3, 2), (-3, 6), (3, 6), (3, 2)]).mask((9, 9))

    assert np.array_equal(np.argwhere(mask)[[0, -1]], [(0, 2), (3, 6)])


def test_out_of_reach_there_is_no_way_but_free_hand():
    image, _ = disc()
    wire = LiveWire(image, MM, reach_mm=10.0)
    wire.anchor((10, 40))
    with pytest.raises(EditImpossible, match="free hand"):
        wire.anchor((10, 51))
    wire.draw([(10, 51)])

    assert np.array_equal(wire.points[-1], (10, 51))


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda wire: wire.anchor((40, 3)), "outside of the slice"),
        (lambda wire: wire.draw([(1, 1), (1, 80)]), "outside of the slice"),
        (lambda wire: wire.draw([]), "needs a point"),
        (lambda wire: wire.way_to((3, 3)), "no anchor yet"),
        (lambda wire: wire.close(), "encloses nothing"),
        (lambda wire: wire.close_straight(), "three points"),
    ],
)
def test_impossible_wires_are_refused(ask, reason):
    image, _ = disc()
    with pytest.raises(EditImpossible, match=reason):
        ask(LiveWire(image, MM))


def test_a_volume_is_no_slice():
    with pytest.raises(EditImpossible, match="needs a slice"):
        edge_cost(np.zeros((5, 5, 5), dtype=np.int16), MM)
