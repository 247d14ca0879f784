"""The ignore brush: where the labels of a case shall say nothing about right and wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .layers import SpineLayers
from .marks import Mark, Role, marked
from .scan_layer import placed

_COLOUR: Final = (0.85, 0.1, 0.1, 1.0)


class IgnoreBrush:
    """A layer to paint in; napari's own brush and undo work on it.

    Parameters
    ----------
    spine : SpineLayers
        Of the scan.
    saved : (z, y, x) bool, optional
        As the newest version has it.
    """

    def __init__(self, spine: SpineLayers, saved: NDArray[np.bool_] | None = None) -> None:
        self._spine = spine
        self._voxels = None if saved is None else saved.astype(np.uint8)
        self.is_changed = False
        """Since the last version."""

    @property
    def is_used(self) -> bool:
        """Whether there is a layer of it in the viewer."""
        return self._spine.layer(Role.IGNORE) is not None

    def show(self, *, can_paint: bool = True) -> Any:
        """The layer, made if it is not there, and chosen to paint in."""
        layer = self._spine.layer(Role.IGNORE)
        if layer is None:
            layer = self._add()
            self._watch(layer)
        layer.editable = can_paint
        self._spine.viewer.layers.selection.active = layer
        if can_paint:
            layer.selected_label, layer.mode = 1, "paint"
        return layer

    def hide(self) -> None:
        """Take the layer away; what was painted stays."""
        layer = self._spine.layer(Role.IGNORE)
        if layer is not None:
            self._spine.viewer.layers.remove(layer)

    def take(self) -> NDArray[np.bool_] | None:
        """(z, y, x) voxels to save now; None where nothing has changed since the last version."""
        if not self.is_changed or self._voxels is None:
            return None
        self.is_changed = False
        return self._voxels > 0

    def put_back(self) -> None:
        """What was taken could not be saved."""
        self.is_changed = True

    def _add(self) -> Any:
        from napari.utils import DirectLabelColormap

        scan = self._spine.scan
        if self._voxels is None:
            self._voxels = np.zeros(scan.grid.shape, dtype=np.uint8)
        return self._spine.viewer.add_labels(
            self._voxels,
            name=f"{scan.name} ignored",
            metadata=marked(Mark(Role.IGNORE, self._spine.scan_id)),
            opacity=0.35,
            colormap=DirectLabelColormap(color_dict={None: _COLOUR, 0: (0.0, 0.0, 0.0, 0.0)}),
            **placed(scan.grid),
        )

    def _watch(self, layer: Any) -> None:
        """Napari tells of strokes, and of nothing that its undo does."""
        layer.events.paint.connect(self._on_painted)
        for key, deed in type(layer).class_keymap.items():
            if deed.__name__ in ("undo", "redo"):
                layer.bind_key(key, partial(self._undo, deed), overwrite=True)

    def _undo(self, deed: Callable[[Any], None], layer: Any) -> None:
        deed(layer)
        self.is_changed = True

    def _on_painted(self, event: Any = None) -> None:
        self.is_changed = True
