"""The scan and its vertebrae as layers of a viewer: the only module that touches them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..editing.index import Labels
from ..segmentation import VertebraInstance
from ..volume import Scan, Slices, Zyx
from .colours import colormap_of, rgba
from .marks import Mark, Role, find, mark_of, marked
from .prepaid import settle
from .records import VertebraRecord
from .scan_layer import image_settings, placed, scan_of

ROOM: Final = 100
"""Vertebrae that may be found, drawn and taken back before a case is opened anew."""


def dtype_of_ids(next_id: int) -> np.dtype[np.unsignedinteger[Any]]:
    """One byte per voxel, while that leaves room for new vertebrae; else two.

    With two, napari maps all 65,536 colours anew at every change of one: 40 ms instead of 3.

    Parameters
    ----------
    next_id : int
        Lowest id that no vertebra has had.
    """
    is_small = next_id + ROOM <= np.iinfo(np.uint8).max
    return np.dtype(np.uint8) if is_small else np.dtype(np.uint16)


class SpineLayers:
    """Layers of one scan; each may be renamed, hidden or deleted at any time."""

    chosen = Signal(int)
    """A label was selected in the labels layer."""
    painted = Signal(object)
    """A hand has changed the labels: napari's own record of the stroke."""
    drawn = Signal()
    """Part of the labels is shown anew; a stroke that was told is written now."""
    single_painted = Signal(object, object)
    """A hand has drawn in the layer of one vertebra: the layer, and napari's record."""
    ignore_painted = Signal(object)
    """A hand has changed where nothing is learned: napari's own record of the stroke."""
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, viewer: Any, scan: Scan, scan_id: str, next_id: int = 1) -> None:
        self.viewer = viewer
        self.scan = scan
        self.scan_id = scan_id
        self._chosen = 1  # as napari begins
        self._is_ending = False
        self.labels: Labels = np.zeros(scan.grid.shape, dtype=dtype_of_ids(next_id))
        """(z, y, x) instance ids; the array that the labels layer shows."""

    @classmethod
    def of(cls, viewer: Any, layer: Any) -> SpineLayers | None:
        """Layers around one of our image layers; None for layers of others."""
        scan, mark = scan_of(layer), mark_of(layer)
        return None if scan is None or mark is None else cls(viewer, scan, mark.scan_id)

    @classmethod
    def add(cls, viewer: Any, scan: Scan, next_id: int = 1) -> SpineLayers:
        """Show a scan as a new layer.

        Parameters
        ----------
        next_id : int
            Lowest id that no vertebra of the scan has had.
        """
        settle()
        layer = viewer.add_image(scan.voxels, **image_settings(scan))
        mark = mark_of(layer)
        return cls(viewer, scan, mark.scan_id if mark else "", next_id)

    @property
    def most_ids(self) -> int:
        """The largest id that the labels can hold."""
        return int(np.iinfo(self.labels.dtype).max)

    def layer(self, role: Role) -> Any | None:
        """The layer of a role, or None where it was deleted."""
        return find(self.viewer.layers, role, self.scan_id)

    def show_vertebrae(self, records: Iterable[VertebraRecord]) -> Any:
        """The labels layer; made if it is not there. The records travel in its metadata."""
        layer = self.layer(Role.VERTEBRAE)
        if layer is None:
            layer = self.viewer.add_labels(
                self.labels,
                name=f"{self.scan.name} vertebrae",
                metadata=marked(Mark(Role.VERTEBRAE, self.scan_id), scan=self.scan, chain=records),
                opacity=0.6,
                **placed(self.scan.grid),
            )
            layer.events.selected_label.connect(self._tell_chosen)
            layer.events.paint.connect(self._tell_painted)
            layer.events.labels_update.connect(self._tell_drawn)
            self._take_over_undo(layer)
            self.colour(records)
        return layer

    def _tell_chosen(self, event: Any) -> None:
        layer = self.layer(Role.VERTEBRAE)
        # A new colormap emits the event, too.
        if layer is not None and layer.selected_label != self._chosen:
            self._chosen = int(layer.selected_label)
            self.chosen.emit(self._chosen)

    def listen_to_single(self, layer: Any) -> None:
        """Strokes in the layer of one vertebra are steps like all others."""
        layer.events.paint.connect(self._tell_single)
        self._take_over_undo(layer)

    def _tell_single(self, event: Any) -> None:
        self.single_painted.emit(event.source, event.value)

    def listen_to_ignore(self, layer: Any) -> None:
        """So are strokes in the layer of what is not learned."""
        layer.events.paint.connect(self._tell_ignore)
        self._take_over_undo(layer)

    def _tell_ignore(self, event: Any) -> None:
        self.ignore_painted.emit(event.value)

    def _take_over_undo(self, layer: Any) -> None:
        """Napari's undo knows nothing of tools and table: its keys are ours on this one layer."""
        for key, deed in type(layer).class_keymap.items():
            if deed.__name__ in ("undo", "redo"):
                asked = self.undo_asked if deed.__name__ == "undo" else self.redo_asked
                layer.bind_key(key, partial(self._ask, asked), overwrite=True)

    def end_stroke(self) -> None:
        """Make a stroke of what is drawn so far, while the mouse is still down."""
        for layer in (self.layer(Role.VERTEBRAE), self.layer(Role.IGNORE)):
            is_drawn = layer is not None and getattr(layer, "_staged_history", None)
            if layer is not None and is_drawn and not self._is_ending:
                self._is_ending = True
                # napari tells a stroke at its end only, and has no public way to end one.
                layer._commit_staged_history()
                self._is_ending = False

    def _ask(self, asked: Any, layer: Any) -> None:
        asked.emit()

    def _tell_painted(self, event: Any) -> None:
        self.painted.emit(event.value)

    def _tell_drawn(self) -> None:
        self.drawn.emit()

    def colour(self, records: Iterable[VertebraRecord]) -> None:
        """Give every vertebra its colour, the incomplete ones half transparent."""
        layer = self.layer(Role.VERTEBRAE)
        if layer is not None:
            layer.colormap = colormap_of(
                (r.id, rgba(r.colour, is_complete=r.instance.is_complete)) for r in records
            )

    def lay_brush_down(self) -> None:
        """The mouse is wanted for something else: a click shall not paint."""
        for layer in (self.layer(Role.VERTEBRAE), self.layer(Role.IGNORE)):
            if layer is not None:
                layer.mode = "pan_zoom"

    def forbid_painting(self) -> None:
        """The brush is off."""
        layer = self.layer(Role.VERTEBRAE)
        if layer is not None:
            layer.editable = False

    def paint(self, instance: VertebraInstance) -> None:
        """Write a vertebra into the labels, within its box, where nothing else is."""
        box = self.labels[instance.slices]
        box[instance.mask & (box == 0)] = instance.id
        self._redraw(instance.slices)

    def erase(self, box: Slices, vertebra: int) -> None:
        """Take a vertebra out of a box of the labels."""
        part = self.labels[box]
        part[part == vertebra] = 0
        self._redraw(box)

    def redraw(self, boxes: Iterable[Slices]) -> None:
        """Show boxes that were changed."""
        for box in boxes:
            self._redraw(box)

    def redraw_ignore(self) -> None:
        """Show where nothing is learned, as it is now."""
        layer = self.layer(Role.IGNORE)
        if layer is not None:
            layer.refresh(extent=False)

    def erase_all(self, boxes: Iterable[Slices]) -> None:
        """Take all vertebrae out of the boxes that hold them; a whole volume takes seconds."""
        for box in boxes:
            self.labels[box] = 0
        layer = self.layer(Role.VERTEBRAE)
        if layer is not None:
            layer.refresh(extent=False)

    def show_window(self, limits_hu: tuple[float, float]) -> None:
        """Show CT values between two limits."""
        layer = self.layer(Role.SCAN)
        if layer is not None:
            layer.contrast_limits = limits_hu

    def select(self, vertebra: int) -> None:
        """Make a vertebra the selected label."""
        layer = self.layer(Role.VERTEBRAE)
        if layer is not None and layer.selected_label != vertebra:
            layer.selected_label = vertebra

    def jump_to(self, voxel: tuple[float, float, float]) -> None:
        """Show the slices through a voxel of the scan; the view moves only if it is outside."""
        world = [v * mm for v, mm in zip(voxel, self.scan.grid.spacing_mm, strict=True)]
        others = self.viewer.dims.ndim - 3
        self.viewer.dims.point = (*self.viewer.dims.point[:others], *world)
        if not self._is_on_screen(voxel):
            # napari 0.9 has moved the camera.
            camera = getattr(self.viewer, "scene", self.viewer).camera
            camera.center = tuple(world[axis] for axis in self._on_screen())

    def show_slice(self, world: NDArray[np.float64]) -> None:
        """Turn to the slice through a place in millimetres; the rest of the view stays."""
        if self.viewer.dims.ndisplay == 2:
            depth = self._on_screen()[0]
            self.viewer.dims.set_point(self.viewer.dims.ndim - 3 + depth, float(world[depth]))

    def _is_on_screen(self, voxel: tuple[float, float, float]) -> bool:
        """Whether a voxel lies in the part of the slice that the canvas shows."""
        layer = self.layer(Role.SCAN)
        if layer is None or self.viewer.dims.ndisplay == 3:
            return True
        low, high = layer.corner_pixels[:, -3:]
        return all(low[axis] <= voxel[axis] <= high[axis] for axis in self._on_screen()[1:])

    def voxel_at(self, world: Iterable[float]) -> Zyx | None:
        """Voxel of the scan at a place in the viewer's world; None outside."""
        place = list(world)[-3:]
        spacing = self.scan.grid.spacing_mm
        voxel = Zyx(*(round(p / mm) for p, mm in zip(place, spacing, strict=True)))
        inside = all(0 <= v < n for v, n in zip(voxel, self.scan.grid.shape, strict=True))
        return voxel if inside else None

    def depth_axis(self) -> int:
        """Axis of the scan that one looks along."""
        return self._on_screen()[0]

    def slice_number(self) -> int:
        """The slice of the scan that is on the screen."""
        depth = self.depth_axis()
        at = self.viewer.dims.point[depth + self.viewer.dims.ndim - 3]
        number = round(at / self.scan.grid.spacing_mm[depth])
        return min(max(number, 0), self.scan.grid.shape[depth] - 1)

    def _on_screen(self) -> list[int]:
        """Axes of the scan in the order depth, down, right of the screen."""
        others = self.viewer.dims.ndim - 3
        return [axis - others for axis in self.viewer.dims.order if axis >= others]

    def _redraw(self, box: Slices) -> None:
        """Show a changed box; in a slice view nothing is done where the slice misses it."""
        layer = self.layer(Role.VERTEBRAE)
        if layer is None or not layer.visible:
            return
        if self.viewer.dims.ndisplay == 3 or self._is_in_view(box):
            layer.refresh(extent=False)

    def _is_in_view(self, box: Slices) -> bool:
        others = self.viewer.dims.ndim - 3
        depth = self._on_screen()[0]
        at = self.viewer.dims.point[depth + others] / self.scan.grid.spacing_mm[depth]
        return bool(box[depth].start - 1 <= at <= box[depth].stop)
