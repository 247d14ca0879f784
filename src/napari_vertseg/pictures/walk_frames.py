"""A walk, drawn moment by moment: the patch glides, vertebrae appear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy import ndimage

from ..volume import Grid, Scan, Window, Zyx
from .drawn import DrawnVertebra
from .film import Frame, Pixels
from .panel import draw_masks, draw_scale, draw_slice, pixel_mm
from .planes import View
from .sheet import Sheet, ViewSize
from .walk_story import Moment, WalkStory

_VIEWS: Final[tuple[View, View]] = ("sagittal", "coronal")
_PICTURE_MM: Final = 1.0
"""Pixels of the CT; the masks have those of the working grid."""
_SEEN: Final = ListedColormap([(0, 0, 0, 0), (1, 1, 1, 0.55)])
"""What the network sees of the next vertebra is white until it is committed."""
_GUIDE_COLOUR: Final = "white"


class WalkFilm:
    """Draws the frames of one story; what does not move is drawn once per vertebra."""

    def __init__(self, story: WalkStory, scan: Scan, height_px: int) -> None:
        self._story = story
        self.sheet = Sheet(scan.name, [_size(story.grid, view) for view in _VIEWS])
        figure = self.sheet.figure
        figure.set_dpi(height_px / figure.get_figheight())
        self._canvas: Any = FigureCanvasAgg(figure)  # blitting is the part without types
        for axes, view in zip(self.sheet.views, _VIEWS, strict=True):
            picture = _curved_slice(scan, story, view)
            draw_slice(axes, picture, story.grid, view, f"{view}, along the spine")
            draw_scale(axes, 50.0 if story.grid.shape.z * story.grid.spacing_mm.z > 120 else 20.0)
        self._guides = [
            _Guide.on(axes, view, story.grid)
            for axes, view in zip(self.sheet.views, _VIEWS, strict=True)
        ]
        # Between the name and the titles of the views.
        top = 1.0 - 0.36 / figure.get_figheight()
        self._words = figure.text(0.015, top, "", color="white", fontsize=9, animated=True)
        self._vertebrae = 0
        self._background: Any = None

    def frames(self, seconds: float, glides: int, hold_seconds: float) -> Iterator[Frame]:
        """The film.

        Parameters
        ----------
        seconds : float
            Of one frame.
        glides : int
            Frames in which the patch moves from one place to the next.
        hold_seconds : float
            A vertebra that is committed is shown for a fifth of it, the end for all.
        """
        last = len(self._story.moments) - 1
        if last < 0:
            yield Frame(self._shot(-1, None, np.zeros(3)), hold_seconds)
        for place, moment in enumerate(self._story.moments):
            for center in _way(self._story.moments, place, glides):
                yield Frame(self._shot(place - 1, moment, center, fragment=False), seconds)
            center = np.array(moment.window.center, dtype=float)
            held = hold_seconds if place == last else hold_seconds / 5
            is_still = place == last or moment.found is not None
            yield Frame(self._shot(place, moment, center), held if is_still else seconds)

    def poster(self) -> Pixels:
        """The end, with every colour of the film in it; no frames can be drawn after it."""
        if not self._story.moments:
            return self._shot(-1, None, np.zeros(3))
        fullest = max(
            self._story.moments,
            key=lambda moment: 0 if moment.fragment is None else moment.fragment.voxels,
        )
        center = np.array(fullest.window.center, dtype=float)
        return self._shot(len(self._story.moments) - 1, fullest, center)

    def _shot(
        self,
        place: int,
        moment: Moment | None,
        center: NDArray[np.float64],
        *,
        fragment: bool = True,
    ) -> Pixels:
        self._set_the_stage(place)
        self._canvas.restore_region(self._background)
        if moment is not None:
            steps = self._story.steps
            self._words.set_text(f"step {moment.step} of {steps}  ·  {moment.words}")
            trail = [m.window.center for m in self._story.moments[: place + 1]]
            for axes, guide in zip(self.sheet.views, self._guides, strict=True):
                seen = moment if fragment else replace(moment, fragment=None)
                guide.move(moment.window, center, trail, _seen(self._story, seen, guide.view))
                for artist in guide.artists:
                    axes.draw_artist(artist)
            self.sheet.figure.draw_artist(self._words)
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()

    def _set_the_stage(self, place: int) -> None:
        """Draw anew what stands still, where a vertebra has come since."""
        found = self._story.found_by(place)
        if self._background is not None and len(found) == self._vertebrae:
            return
        grid = self._story.grid
        for axes, view in zip(self.sheet.views, _VIEWS, strict=True):
            new = found[self._vertebrae :]
            draw_masks(axes, self._story.planes, new, view, grid.spacing_mm)
        for legend in list(self.sheet.figure.legends):
            legend.remove()
        by_number = sorted(found, key=lambda vertebra: vertebra.number)
        self.sheet.legend(by_number, _notes(by_number))
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self.sheet.figure.bbox)
        self._vertebrae = len(found)


@dataclass(frozen=True, eq=False, slots=True)
class _Guide:
    """What moves over one view: the patch, its trail, what the network sees."""

    view: View
    grid: Grid
    box: Rectangle
    trail: Line2D
    seen: AxesImage

    @classmethod
    def on(cls, axes: Axes, view: View, grid: Grid) -> _Guide:
        """Put on a view; drawn only when asked."""
        empty = np.zeros(_shape(grid, view), dtype=np.uint8)
        size = _size(grid, view)
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


def _notes(found: Sequence[DrawnVertebra]) -> list[str]:
    notes = ["number: completeness", "1 = topmost"] if found else []
    return notes + ["hatched: judged incomplete"] * any(not v.is_complete for v in found)


def _seen(story: WalkStory, moment: Moment, view: View) -> NDArray[np.bool_]:
    """The fragment of a moment, at the shape of a whole view."""
    picture = np.zeros(_shape(story.grid, view), dtype=bool)
    if moment.fragment is not None:
        start = moment.fragment.start_in(moment.window)
        cut = story.planes.cut_crop(moment.fragment.mask, start, view)
        first = start.y if view == "sagittal" else start.x
        picture[start.z : start.z + cut.shape[0], first : first + cut.shape[1]] = cut
    return picture


def _way(moments: Sequence[Moment], place: int, glides: int) -> list[NDArray[np.float64]]:
    """Centres of the patch on its way to a moment, both ends left out."""
    here = np.array(moments[place].window.center, dtype=float)
    before = here if place == 0 else np.array(moments[place - 1].window.center, dtype=float)
    if np.array_equal(before, here):
        return []
    return [before + (here - before) * i / (glides + 1) for i in range(1, glides + 1)]


def _curved_slice(scan: Scan, story: WalkStory, view: View) -> NDArray[np.float32]:
    """CT values along the spine, sampled where they are shown: the scan is not resampled."""
    grid, planes = story.grid, story.planes
    size = _size(grid, view)
    rows = np.arange(max(round(size.height_mm / _PICTURE_MM), 1))
    columns = np.arange(max(round(size.width_mm / _PICTURE_MM), 1))
    down_mm, across_mm = pixel_mm(grid.spacing_mm, view)
    z = (rows + 0.5) * size.height_mm / rows.size / down_mm - 0.5
    across = (columns + 0.5) * size.width_mm / columns.size / across_mm - 0.5
    curve = np.interp(z, np.arange(grid.shape.z), planes.x if view == "sagittal" else planes.y)
    points = np.empty((rows.size, columns.size, 3))
    points[..., 0] = z[:, None]
    points[..., 1], points[..., 2] = (
        (across[None], curve[:, None]) if view == "sagittal" else (curve[:, None], across[None])
    )
    voxels = np.moveaxis(scan.grid.to_voxel(grid.to_world(points)), -1, 0)
    picture: NDArray[np.float32] = ndimage.map_coordinates(
        scan.voxels, voxels, output=np.float32, order=1, mode="nearest"
    )
    return picture


def _shape(grid: Grid, view: View) -> tuple[int, int]:
    return grid.shape.z, grid.shape.y if view == "sagittal" else grid.shape.x


def _size(grid: Grid, view: View) -> ViewSize:
    rows, columns = _shape(grid, view)
    down_mm, across_mm = pixel_mm(grid.spacing_mm, view)
    return ViewSize(columns * across_mm, rows * down_mm)
