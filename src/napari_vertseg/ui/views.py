"""The three views of the body, and the grey windows a reader of CT expects."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final


class View(Enum):
    """Order of the canonical axes (z, y, x) on the screen: depth, down, right.

    napari's own roll goes through (1, 2, 0), which lays the coronal view on its side.
    """

    AXIAL = (0, 1, 2)
    CORONAL = (1, 0, 2)
    SAGITTAL = (2, 0, 1)

    @property
    def title(self) -> str:
        """For a button."""
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class GreyWindow:
    """CT values shown from black to white."""

    title: str
    limits_hu: tuple[float, float]


BONE: Final = GreyWindow("Bone", (-500.0, 1300.0))
"""Width 1800, level 400."""
SOFT_TISSUE: Final = GreyWindow("Soft tissue", (-160.0, 240.0))
"""Width 400, level 40."""
GREY_WINDOWS: Final = (BONE, SOFT_TISSUE)
_ROOM: Final = 0.85


def show_space(viewer: Any) -> None:
    """Turn the viewer to 3D: the head up, seen from the patient's left front."""
    others = tuple(range(viewer.dims.ndim - 3))
    viewer.dims.order = others + tuple(len(others) + axis for axis in range(3))
    viewer.dims.ndisplay = 3
    viewer.reset_view()
    # napari 0.9 has moved the camera.
    camera = getattr(viewer, "scene", viewer).camera
    camera.zoom *= _ROOM  # napari fits the scan as it looks from the feet
    camera.set_view_direction(view_direction=(0.1, 0.8, -0.6), up_direction=(-1, 0, 0))


def show_view(viewer: Any, view: View) -> None:
    """Turn the viewer to one of the views; further axes of other layers stay in front."""
    others = tuple(range(viewer.dims.ndim - 3))
    viewer.dims.ndisplay = 2
    viewer.dims.order = others + tuple(len(others) + axis for axis in view.value)
    viewer.reset_view()
