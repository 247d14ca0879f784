"""A compared case as layers of its own, one mask at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from ..volume import ZyxFloat
from .colours import colormap_of
from .compare_masks import Side, ThreeMasks
from .marks import KEY
from .scan_layer import placed
from .views import BONE, View, show_view

_SCAN: Final = "scan"


class ComparedLayers:
    """Layers of one compared case; each may be deleted at any time.

    What else is in the viewer is hidden meanwhile, and shown again at the end: two scans
    over each other could not be told apart.
    """

    def __init__(self, viewer: Any) -> None:
        self.viewer = viewer
        self._hidden: list[Any] = []
        self._three: ThreeMasks | None = None
        self.side: Side | None = None

    @property
    def case(self) -> str | None:
        """The case that is shown."""
        return self._three.case if self._three else None

    def show(self, three: ThreeMasks) -> Iterator[None]:
        """Show a case; one layer per step, since each takes the window a tenth of a second."""
        self.close()
        self._three = three
        self._hidden = [layer for layer in self.viewer.layers if layer.visible]
        for layer in self._hidden:
            layer.visible = False
        look = {"contrast_limits": BONE.limits_hu, "colormap": "gray"}
        self._add(self.viewer.add_image, three.scan.voxels, _SCAN, **look)
        yield
        for side in Side:
            self._add(
                self.viewer.add_labels,
                three.masks[side],
                side.value,
                colormap=colormap_of(three.colours[side].items()),
                opacity=0.55,
                visible=False,
            )
            yield
        show_view(self.viewer, View.SAGITTAL)
        self.turn(Side.ACTIVE)

    def look_at(self, value: int) -> None:
        """Go to a vertebra of the reference."""
        three = self._three
        centre = three.centres.get(value) if three else None
        if three is None or centre is None:
            return
        spacing = three.scan.grid.spacing_mm
        world = ZyxFloat(*(v * mm for v, mm in zip(centre, spacing, strict=True)))
        others = self.viewer.dims.ndim - 3
        self.viewer.dims.point = (*self.viewer.dims.point[:others], *world)

    def turn(self, side: Side) -> None:
        """Show one of the masks, and hide the others."""
        self.side = side
        for each in (*(s for s in Side if s is not side), side):
            layer = self._find(each.value)
            if layer is not None and layer.visible != (each is side):
                layer.visible = each is side

    def next(self) -> Side:
        """The mask after the one that is shown."""
        sides = list(Side)
        return sides[(sides.index(self.side) + 1) % len(sides)] if self.side else sides[0]

    def close(self) -> None:
        """Remove them, and show again what was hidden."""
        deque(self.closing(), maxlen=0)

    def closing(self) -> Iterator[None]:
        """The same, one layer per step: napari clears its whole memory at each removal."""
        own = [layer for layer in self.viewer.layers if _part(layer)]
        for layer in own:
            layer.visible = False
        for layer in self._hidden:
            if layer in self.viewer.layers:
                layer.visible = True
        self._hidden, self._three, self.side = [], None, None
        for layer in own:
            yield
            if layer in self.viewer.layers:
                self.viewer.layers.remove(layer)

    def _add(self, add: Any, values: Any, part: str, **look: Any) -> None:
        if self._three is None:
            return
        add(
            values,
            name=f"{self._three.scan.name} {part}",
            metadata={KEY: {"compared": part}},
            **placed(self._three.scan.grid),
            **look,
        )

    def _find(self, part: str) -> Any | None:
        return next((layer for layer in self.viewer.layers if _part(layer) == part), None)


def _part(layer: Any) -> str | None:
    return layer.metadata.get(KEY, {}).get("compared")
