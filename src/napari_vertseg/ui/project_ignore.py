"""The ignore brush: where the labels of a case shall say nothing about right and wrong."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .marks import Mark, Role, marked
from .scan_layer import placed
from .undo_steps import Done
from .work import SpineWork

_COLOUR: Final = (0.85, 0.1, 0.1, 1.0)


class IgnoreBrush:
    """A layer to paint in; its strokes are steps like those on the vertebrae.

    Parameters
    ----------
    work : SpineWork
        Has the mask, and notes what is painted.
    saved : (z, y, x) bool, optional
        As the newest version has it.
    """

    def __init__(self, work: SpineWork, saved: NDArray[np.bool_] | None = None) -> None:
        self._work, self._spine = work, work.spine
        if saved is not None:
            work.steps.ignore = saved.astype(np.uint8)
        work.steps.done.connect(self._on_done)

    @property
    def is_used(self) -> bool:
        """Whether there is a layer of it in the viewer."""
        return self._spine.layer(Role.IGNORE) is not None

    def show(self, *, can_paint: bool = True) -> Any:
        """The layer, made if it is not there, and chosen to paint in."""
        layer = self._spine.layer(Role.IGNORE)
        if layer is None:
            layer = self._add()
            self._spine.listen_to_ignore(layer)
        layer.editable = can_paint
        self._spine.viewer.layers.selection.active = layer
        if can_paint:
            layer.selected_label, layer.mode = 1, "paint"
        return layer

    def reveal(self) -> None:
        """The layer is there, to be looked at; whatever was chosen stays chosen."""
        if not self.is_used:
            selection = self._spine.viewer.layers.selection
            chosen = selection.active
            self.show(can_paint=False)
            selection.active = chosen

    def hide(self) -> None:
        """Take the layer away; what was painted stays."""
        layer = self._spine.layer(Role.IGNORE)
        if layer is not None:
            self._spine.viewer.layers.remove(layer)

    def _on_done(self, done: Done) -> None:
        """What comes back by *Recover* or *Undo* is to be seen."""
        if done.step.ignore:
            self.reveal()

    def _add(self) -> Any:
        from napari.utils import DirectLabelColormap

        scan = self._spine.scan
        return self._spine.viewer.add_labels(
            self._work.steps.ignore_mask(),
            name=f"{scan.name} ignored",
            metadata=marked(Mark(Role.IGNORE, self._spine.scan_id)),
            opacity=0.35,
            colormap=DirectLabelColormap(color_dict={None: _COLOUR, 0: (0.0, 0.0, 0.0, 0.0)}),
            **placed(scan.grid),
        )
