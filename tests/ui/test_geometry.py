"""The body on the screen: upright in every slice view, not mirrored in 3D."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_vertseg.ui.scan_layer import image_settings, placed, placed_beside
from napari_vertseg.ui.views import View, show_space, show_view
from napari_vertseg.volume import Grid, Scan, ZyxFloat

SPACING_MM = (3.0, 1.0, 1.5)
SHAPE = (30, 60, 40)
# Patient's head, front, left: where each marker lies in (z, y, x), and its colour.
MARKERS = {"head": (3, 30, 20), "front": (15, 6, 20), "left": (15, 30, 36)}
COLOURS = {"head": "red", "front": "lime", "left": "blue"}
CHANNEL = {"head": 0, "front": 1, "left": 2}


@pytest.fixture
def body(make_napari_viewer: Any) -> Any:
    """A body of air with a marker at its head, its front and its left."""
    viewer = make_napari_viewer(show=True)
    grid = Grid.canonical(SHAPE, SPACING_MM)
    scan = Scan.from_canonical(np.full(SHAPE, -1000, np.int16), grid)
    viewer.add_image(scan.voxels, **image_settings(scan))
    for name, place in MARKERS.items():
        marker = np.zeros(SHAPE, np.uint8)
        box = tuple(slice(c - 2, c + 3) for c in place)
        marker[box] = 1
        viewer.add_image(
            marker,
            colormap=COLOURS[name] if name != "front" else "green",
            blending="additive",
            contrast_limits=(0, 1),
            **placed(grid),
        )
    return viewer


def seen(viewer: Any, qtbot: Any) -> dict[str, tuple[float, float]]:
    """Where each visible marker is on the canvas: (down, right), from -1 to 1."""
    qtbot.wait(50)
    picture: NDArray[np.int16] = viewer.screenshot(canvas_only=True, flash=False).astype(np.int16)
    found = {}
    for name, channel in CHANNEL.items():
        others = [c for c in range(3) if c != channel]
        mask = (picture[..., channel] > 100) & (picture[..., others].max(axis=-1) < 100)
        if mask.sum() > 20:
            down, right = np.argwhere(mask).mean(axis=0) / mask.shape * 2 - 1
            found[name] = (float(down), float(right))
    return found


def test_axial_slices_have_the_front_up_and_the_patients_left_on_the_right(
    body: Any, qtbot: Any
) -> None:
    show_view(body, View.AXIAL)
    body.dims.set_point(0, 15 * SPACING_MM[0])
    at = seen(body, qtbot)

    assert at["front"][0] < -0.2
    assert at["left"][1] > 0.1
    assert "head" not in at


def test_coronal_slices_have_the_head_up_and_the_patients_left_on_the_right(
    body: Any, qtbot: Any
) -> None:
    show_view(body, View.CORONAL)
    body.dims.set_point(1, 30 * SPACING_MM[1])
    at = seen(body, qtbot)

    assert at["head"][0] < -0.2
    assert at["left"][1] > 0.1
    assert "front" not in at


def test_sagittal_slices_have_the_head_up_and_the_front_on_the_left(body: Any, qtbot: Any) -> None:
    show_view(body, View.SAGITTAL)
    body.dims.set_point(2, 20 * SPACING_MM[2])
    at = seen(body, qtbot)

    assert at["head"][0] < -0.2
    assert at["front"][1] < -0.1
    assert "left" not in at


def test_the_default_camera_looks_from_the_feet_and_mirrors_nothing(body: Any, qtbot: Any) -> None:
    """Front up and the patient's left on the right, as one sees a patient from the feet."""
    body.dims.order = (0, 1, 2)
    body.dims.ndisplay = 3
    body.reset_view()
    at = seen(body, qtbot)

    assert at["front"][0] < -0.2
    assert at["left"][1] > 0.1
    # From large z, the feet, to small z, the head: napari's depth axis runs towards the eye.
    camera = getattr(body, "scene", body).camera
    assert camera.view_direction[0] < 0


def test_the_view_in_space_has_the_head_up_and_mirrors_nothing(body: Any, qtbot: Any) -> None:
    """Seen from the front, the patient's left is on the right."""
    show_space(body)
    at = seen(body, qtbot)

    assert at["head"][0] < at["left"][0] - 0.1
    assert at["left"][1] > at["head"][1] + 0.1


def test_working_layers_lie_exactly_on_the_scan() -> None:
    grid = Grid.canonical((40, 30, 20), (3.0, 0.7, 0.7))
    working = grid.resized(ZyxFloat(2.0, 2.0, 2.0))
    beside = placed_beside(working, grid)

    # Both begin at the same outer face.
    low = np.array(beside["translate"]) - np.array(beside["scale"]) / 2
    assert np.allclose(low, -np.array(grid.spacing_mm) / 2)


def test_views_leave_further_axes_of_other_layers_in_front(make_napari_viewer: Any) -> None:
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((2, 5, 6, 7)))
    show_view(viewer, View.CORONAL)

    assert tuple(viewer.dims.order) == (0, 2, 1, 3)
