"""A recorded walk, shown moment by moment in layers of its scan; no model, no table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..pictures.drawn import DrawnVertebra
from ..pictures.walk_story import Moment, WalkStory
from .colours import INCOMPLETE_ALPHA, colormap_of
from .guides import WalkGuides
from .layers import SpineLayers
from .marks import Mark, Role, find_all, marked
from .scan_layer import placed_beside


class Replay:
    """Stands at one moment of a walk.

    The vertebrae of the table are hidden meanwhile: what is seen is what the
    walk had found by then, on the walk's own grid.
    """

    def __init__(self, spine: SpineLayers, story: WalkStory) -> None:
        self.story = story
        self.place = -1
        """Index of the moment that is shown; -1 before the first."""
        self._spine = spine
        self._guides = WalkGuides(spine, story.grid)
        self._labels: NDArray[np.uint8] = np.zeros(story.grid.shape, dtype=np.uint8)
        self._shown: list[DrawnVertebra] = []
        self._hidden: list[Any] = []

    @property
    def last(self) -> int:
        """Index of the last moment."""
        return len(self.story.moments) - 1

    @property
    def words(self) -> str:
        """What happens at this moment."""
        if self.place < 0:
            return "An empty recording: the walk was ended before its first patch."
        moment = self.story.moments[self.place]
        return f"step {moment.step} of {self.story.steps}: {moment.words}"

    def show_one(self) -> None:
        """Make one of the layers that are not there."""
        if self._layer() is None:
            self._hide_others()
            self._add_layer()
        else:
            self._guides.show_one(but=Role.MEMORY)

    def seek(self, place: int) -> None:
        """Show a moment; beyond the ends, the last or first one."""
        if not self.story.moments:
            return
        self.place = min(max(place, 0), self.last)
        moment = self.story.moments[self.place]
        self._guides.wake()
        self._guides.retrace(m.window for m in self.story.moments[: self.place + 1])
        self._guides.look_at(moment.window, _seen(moment))
        self._show_found(self.story.found_by(self.place))

    def follow(self) -> None:
        """Turn the view to the moment that is shown."""
        self._guides.follow()

    def close(self) -> None:
        """Take the layer away, and show what was hidden."""
        layer = self._layer()
        if layer is not None:
            self._spine.viewer.layers.remove(layer)
        self._guides.rest()
        for hidden in self._hidden:
            hidden.visible = True
        self._hidden.clear()

    def _layer(self) -> Any | None:
        return self._spine.layer(Role.REPLAY)

    def _hide_others(self) -> None:
        layers, scan_id = self._spine.viewer.layers, self._spine.scan_id
        roles = (Role.VERTEBRAE, Role.SINGLE)
        ours = [layer for role in roles for layer in find_all(layers, role, scan_id)]
        self._hidden = [layer for layer in ours if layer.visible]
        for layer in self._hidden:
            layer.visible = False

    def _add_layer(self) -> None:
        layers = self._spine.viewer.layers
        active = layers.selection.active
        layer = self._spine.viewer.add_labels(
            self._labels,
            name=f"{self._spine.scan.name} replay",
            metadata=marked(Mark(Role.REPLAY, self._spine.scan_id)),
            opacity=0.6,
            **placed_beside(self.story.grid, self._spine.scan.grid),
        )
        layer.editable = False
        layer.colormap = colormap_of(
            (v.number, (*v.colour, 1.0 if v.is_complete else INCOMPLETE_ALPHA))
            for v in self.story.shown
        )
        layers.selection.active = active

    def _show_found(self, found: list[DrawnVertebra]) -> None:
        gone = [v for v in self._shown if v not in found]
        new = [v for v in found if v not in self._shown]
        for vertebra in gone:
            self._box(vertebra)[vertebra.mask] = 0
        for vertebra in new:
            self._box(vertebra)[vertebra.mask] = vertebra.number
        self._shown = found
        layer = self._layer()
        if (gone or new) and layer is not None and layer.visible:
            layer.refresh(extent=False)

    def _box(self, vertebra: DrawnVertebra) -> NDArray[np.uint8]:
        pairs = zip(vertebra.start, vertebra.mask.shape, strict=True)
        z, y, x = (slice(a, a + n) for a, n in pairs)
        return self._labels[z, y, x]


def _seen(moment: Moment) -> NDArray[np.uint8]:
    """What the network saw of the next vertebra, as a patch; empty where nothing."""
    if moment.fragment is None:
        return np.zeros(moment.window.shape, dtype=np.uint8)
    return moment.fragment.within(moment.window).astype(np.uint8) * np.uint8(255)
