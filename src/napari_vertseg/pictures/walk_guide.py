"""What moves over one view of a walk: the patch, its trail, what the network sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ..volume import Grid, Window, Zyx
from .planes import View
from .walk_slice import shape_of, size_of
from .walk_story import Moment, WalkStory

_SEEN: Final = ListedColormap([(0, 0, 0, 0), (1, 1, 1, 0.55)])
"""What the network sees of the next vertebra is white until it is committed."""
_GUIDE_COLOUR: Final = "white"


@dataclass(frozen=True, eq=False, slots=True)
class Guide:
    """What moves over one view: the patch, its trail, what the network sees."""

    view: View
    grid: Grid
    box: Rectangle
    trail: Line2D
    seen: AxesImage

    @classmethod
    def on(cls, axes: Axes, view: View, grid: Grid) -> Guide:
        """Put on a view; drawn only when asked."""
        empty = np.zeros(shape_of(grid, view), dtype=np.uint8)
        size = size_of(grid, view)
        seen = axes.imshow(
            empty,
            cmap=_SEEN,
            vmin=0,
            vmax=1,
            extent=(0.0, size.width_mm, size.height_mm, 0.0),
            interpolation="nearest",
            animated=True,
        )
        style: dict[str, Any] = {"color": _GUIDE_COLOUR, "animated": True}
        (trail,) = axes.plot([], [], linewidth=0.8, alpha=0.6, marker=".", markersize=3, **style)
        box = Rectangle((0, 0), 1, 1, fill=False, linewidth=1.4, edgecolor=_GUIDE_COLOUR)
        box.set_animated(True)
        axes.add_patch(box)
        axes.set_xlim(0.0, size.width_mm)
        axes.set_ylim(size.height_mm, 0.0)
        return cls(view, grid, box, trail, seen)

    @property
    def artists(self) -> tuple[Artist, ...]:
        """In the order in which they are drawn."""
        return self.seen, self.trail, self.box

    def move(
        self,
        window: Window,
        center: NDArray[np.float64],
        trail: Sequence[Zyx],
        seen: NDArray[np.bool_],
    ) -> None:
        """Show a patch around a centre, which may lie between two places of the walk."""
        across = 1 if self.view == "sagittal" else 2
        mm = np.array(self.grid.spacing_mm)
        corner = (center - np.array(window.shape) // 2) * mm
        size = np.array(window.shape) * mm
        self.box.set_bounds(corner[across], corner[0], size[across], size[0])
        points = (np.reshape([*trail, center], (-1, 3)) + 0.5) * mm
        self.trail.set_data(points[:, across], points[:, 0])
        self.seen.set_data(seen.astype(np.uint8))


def seen_in(story: WalkStory, moment: Moment, view: View) -> NDArray[np.bool_]:
    """The fragment of a moment, at the shape of a whole view."""
    picture = np.zeros(shape_of(story.grid, view), dtype=bool)
    if moment.fragment is not None:
        start = moment.fragment.start_in(moment.window)
        cut = story.planes.cut_crop(moment.fragment.mask, start, view)
        first = start.y if view == "sagittal" else start.x
        picture[start.z : start.z + cut.shape[0], first : first + cut.shape[1]] = cut
    return picture
