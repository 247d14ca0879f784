"""A walk, drawn moment by moment: the patch glides, vertebrae appear."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray

from ..volume import Scan
from .drawn import DrawnVertebra
from .film import Frame, Pixels
from .panel import draw_masks, draw_scale, draw_slice
from .planes import View
from .sheet import Sheet
from .walk_guide import Guide, seen_in
from .walk_slice import curved_slice, size_of
from .walk_story import Moment, WalkStory

_VIEWS: Final[tuple[View, View]] = ("sagittal", "coronal")

_MOST_NOTES: Final = 3


class WalkFilm:
    """Draws the frames of one story; what stands still is drawn when a vertebra comes or goes."""

    def __init__(self, story: WalkStory, scan: Scan, height_px: int) -> None:
        self._story = story
        sizes = [size_of(story.grid, view) for view in _VIEWS]
        self.sheet = Sheet(scan.name, sizes, rows=_most_standing(story) + _MOST_NOTES)
        figure = self.sheet.figure
        figure.set_dpi(height_px / figure.get_figheight())
        self._canvas: Any = FigureCanvasAgg(figure)  # blitting is the part without types
        for axes, view in zip(self.sheet.views, _VIEWS, strict=True):
            picture = curved_slice(scan, story, view)
            draw_slice(axes, picture, story.grid, view, f"{view}, along the spine")
            draw_scale(axes, 50.0 if story.grid.shape.z * story.grid.spacing_mm.z > 120 else 20.0)
        self._guides = [
            Guide.on(axes, view, story.grid)
            for axes, view in zip(self.sheet.views, _VIEWS, strict=True)
        ]
        # Between the name and the titles of the views.
        top = 1.0 - 0.36 / figure.get_figheight()
        self._words = figure.text(0.015, top, "", color="white", fontsize=9, animated=True)
        self._bare = [axes.get_children() for axes in self.sheet.views]
        self._standing: list[DrawnVertebra] = []
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

    def count(self, glides: int) -> int:
        """How many frames the film has."""
        moments = self._story.moments
        return max(sum(1 + len(_way(moments, i, glides)) for i in range(len(moments))), 1)

    def poster(self) -> Pixels:
        """The end, with the colours of all that stays; no frames can be drawn after it."""
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
                guide.move(moment.window, center, trail, seen_in(self._story, seen, guide.view))
                for artist in guide.artists:
                    axes.draw_artist(artist)
            self.sheet.figure.draw_artist(self._words)
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()

    def _set_the_stage(self, place: int) -> None:
        """Draw anew what stands still, where a vertebra has come or gone since."""
        found = self._story.found_by(place)
        if self._background is not None and found == self._standing:
            return
        grid = self._story.grid
        for axes, view, bare in zip(self.sheet.views, _VIEWS, self._bare, strict=True):
            for artist in axes.get_children():
                if artist not in bare:
                    artist.remove()
            draw_masks(axes, self._story.planes, found, view, grid.spacing_mm)
        for legend in list(self.sheet.figure.legends):
            legend.remove()
        by_number = sorted(found, key=lambda vertebra: vertebra.number)
        self.sheet.legend(by_number, _notes(by_number))
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self.sheet.figure.bbox)
        self._standing = found


def _most_standing(story: WalkStory) -> int:
    return max((len(moment.standing) for moment in story.moments), default=0)


def _notes(found: Sequence[DrawnVertebra]) -> list[str]:
    notes = ["number: completeness", "1 = topmost"] if found else []
    return notes + ["hatched: judged incomplete"] * any(not v.is_complete for v in found)


def _way(moments: Sequence[Moment], place: int, glides: int) -> list[NDArray[np.float64]]:
    """Centres of the patch on its way to a moment, both ends left out."""
    here = np.array(moments[place].window.center, dtype=float)
    before = here if place == 0 else np.array(moments[place - 1].window.center, dtype=float)
    if np.array_equal(before, here):
        return []
    return [before + (here - before) * i / (glides + 1) for i in range(1, glides + 1)]
