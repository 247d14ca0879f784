"""What the walk is looking at: its patch, the way it came, what it sees, what it remembers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..traversal import Event, Refining
from ..volume import Grid, Window
from .layers import SpineLayers
from .marks import Mark, Role, marked
from .scan_layer import UNITS, placed, placed_beside

_PATCH_COLOUR: Final = "#56b4e9"
_TRAIL_COLOUR: Final = "#f0e442"
_TRAIL_MM: Final = 4.0


GUIDES: Final = 4
"""Layers of a walk, the vertebrae apart."""


class WalkGuides:
    """Four layers, made once and then updated; a deleted one comes back when the walk goes on."""

    def __init__(self, spine: SpineLayers, grid: Grid) -> None:
        self._spine = spine
        self._grid = grid
        self._trail = np.zeros((0, 3))
        self._unseen: Window | None = None
        """The patch shown last, while the view has not turned to it."""

    def show_one(self, *, but: Role | None = None) -> None:
        """Make one of the layers that are not there: each takes the window a tenth of a second."""
        makers: dict[Role, Callable[[], None]] = {
            Role.PROBABILITY: self._add_probability,
            Role.MEMORY: self._add_memory,
            Role.TRAIL: self._add_trail,
            Role.PATCH: self._add_patch,
        }
        layers = self._spine.viewer.layers
        active = layers.selection.active or self._spine.layer(Role.VERTEBRAE)
        for role, make in makers.items():
            if role is not but and self._spine.layer(role) is None:
                make()
                break
        # A new layer becomes the active one: brush and keys would go to the patch.
        layers.selection.active = active

    def tell(self, event: Event) -> None:
        """Show an event; ``follow`` turns the view to it."""
        self._extend_trail(event.window)
        probability = event.probability if isinstance(event, Refining) else None
        self.look_at(event.window, probability)

    def follow(self) -> None:
        """Turn to the slice in the middle of the patch shown last, once."""
        window, self._unseen = self._unseen, None
        if window is not None:
            self._spine.show_slice(self._world(window.center))

    def look_at(self, window: Window, probability: NDArray[np.uint8] | None) -> None:
        """Show a patch, and what is seen in it where that is given."""
        self._unseen = window
        self._move_patch(window)
        if probability is not None:
            self._show_probability(window, probability)

    def retrace(self, windows: Iterable[Window]) -> None:
        """The trail of other patches than those told."""
        spacing = np.array(self._spine.scan.grid.spacing_mm)
        centers = np.reshape([window.center for window in windows], (-1, 3))
        self._trail = self._world(centers) / spacing
        layer = self._spine.layer(Role.TRAIL)
        if layer is not None:
            layer.data = self._trail

    def show_memory(self, labels: NDArray[np.uint16]) -> None:
        """Show a memory; the array is the walk's own and changes while it walks."""
        layer = self._spine.layer(Role.MEMORY)
        if layer is not None:
            layer.data = labels
            beside = placed_beside(self._grid, self._spine.scan.grid)
            for name in ("scale", "translate"):  # of this model's grid
                _put(layer, name, np.array(beside[name]))

    def refresh_memory(self) -> None:
        """The memory has changed."""
        layer = self._spine.layer(Role.MEMORY)
        if layer is not None and layer.visible:
            layer.refresh(extent=False)

    def rest(self) -> None:
        """The walk is over: patch and probability have nothing more to say."""
        for role in (Role.PATCH, Role.PROBABILITY):
            layer = self._spine.layer(role)
            if layer is not None:
                layer.visible = False

    def wake(self) -> None:
        """The walk goes on: what ``rest`` has hidden is shown again."""
        for role in (Role.PATCH, Role.PROBABILITY):
            layer = self._spine.layer(role)
            # napari draws a layer anew whenever it is told to be visible, even if it is.
            if layer is not None and not layer.visible:
                layer.visible = True

    def _move_patch(self, window: Window) -> None:
        layer = self._spine.layer(Role.PATCH)
        if layer is None:
            return
        # Clipped to the scan: an overhanging box would change the range of the sliders.
        inside = window.inside(self._grid.shape)
        low = self._world([s.start - 0.5 for s in inside])
        high = self._world([s.stop - 0.5 for s in inside])
        _put(layer, "scale", np.maximum(high - low, 1e-3))
        _put(layer, "translate", (low + high) / 2)

    def _extend_trail(self, window: Window) -> None:
        spacing = np.array(self._spine.scan.grid.spacing_mm)
        place = self._world(window.center) / spacing
        if len(self._trail) and np.array_equal(self._trail[-1], place):
            return
        self._trail = np.vstack([self._trail, place])
        layer = self._spine.layer(Role.TRAIL)
        if layer is not None:
            layer.data = self._trail

    def _show_probability(self, window: Window, probability: NDArray[np.uint8]) -> None:
        layer = self._spine.layer(Role.PROBABILITY)
        if layer is None:
            return
        layer.data = probability[window.inside_patch(self._grid.shape)]
        _put(layer, "scale", np.array(self._grid.spacing_mm))  # of this model's grid
        corner = self._world([s.start for s in window.inside(self._grid.shape)])
        _put(layer, "translate", corner)

    def _world(self, voxel: ArrayLike) -> NDArray[np.float64]:
        """Viewer's millimetres of a voxel position of the working grid."""
        scan = self._spine.scan.grid
        place = scan.to_voxel(self._grid.to_world(voxel)) * np.array(scan.spacing_mm)
        return np.asarray(place, dtype=np.float64)

    def _settings(self, role: Role, title: str) -> dict[str, Any]:
        mark = Mark(role, self._spine.scan_id)
        return {"name": f"{self._spine.scan.name} {title}", "metadata": marked(mark)}

    def _add_probability(self) -> None:
        self._spine.viewer.add_image(
            np.zeros((1, 1, 1), dtype=np.uint8),
            **self._settings(Role.PROBABILITY, "current probability"),
            **placed_beside(self._grid, self._spine.scan.grid),
            colormap="magma",
            blending="additive",
            contrast_limits=(0, 255),
            opacity=0.4,
        )

    def _add_memory(self) -> None:
        layer = self._spine.viewer.add_labels(
            np.zeros(self._grid.shape, dtype=np.uint16),
            **self._settings(Role.MEMORY, "memory"),
            **placed_beside(self._grid, self._spine.scan.grid),
            visible=False,
            opacity=0.3,
        )
        layer.editable = False

    def _add_trail(self) -> None:
        spacing = self._spine.scan.grid.spacing_mm
        layer = self._spine.viewer.add_points(
            self._trail,
            **self._settings(Role.TRAIL, "trail"),
            **placed(self._spine.scan.grid),
            ndim=3,
            size=_TRAIL_MM / float(np.mean(spacing)),
            face_color=_TRAIL_COLOUR,
            border_width=0,
            opacity=0.8,
        )
        with warnings.catch_warnings():
            # Deprecated in favour of thick slices, which are a setting of the whole viewer;
            # without it a trail is seen only in the slices that its points lie in exactly.
            warnings.simplefilter("ignore", FutureWarning)
            layer.out_of_slice_display = True

    def _add_patch(self) -> None:
        # A black voxel of the patch's size, added to the picture: only its frame is seen.
        layer = self._spine.viewer.add_image(
            np.zeros((1, 1, 1), dtype=np.uint8),
            **self._settings(Role.PATCH, "patch"),
            units=UNITS,
            scale=self._spine.scan.grid.spacing_mm,
            blending="additive",
            contrast_limits=(0, 1),
        )
        layer.bounding_box.visible = True
        layer.bounding_box.points = False
        layer.bounding_box.line_color = _PATCH_COLOUR
        layer.bounding_box.line_thickness = 2


def _put(layer: Any, name: str, value: NDArray[np.float64]) -> None:
    """Set a transform only where it changes: each time, napari looks at all layers again."""
    if not np.allclose(getattr(layer, name), value):
        setattr(layer, name, value)
