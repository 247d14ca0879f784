"""The vertebrae as solid bodies, as in the paper's Figures 3 and 4; drawn without OpenGL."""

from __future__ import annotations

import os
from typing import Final

from matplotlib.axes import Axes

from ..segmentation import Segmentation
from .depth_buffer import composed
from .drawn import DrawnVertebra, drawn_from_segmentation
from .panel import draw_scale
from .relief import FROM_FRONT, FROM_LEFT, Image, Viewpoint, relief_of
from .sheet import Sheet, ViewSize

_VIEWS: Final = (FROM_LEFT, FROM_FRONT)
_PIXELS: Final = 1000
"""Longest side of a view; more than the sheet shows."""
_FINEST_MM: Final = 0.5


def figure_3d(
    segmentation: Segmentation,
    path: str | os.PathLike[str],
    *,
    name: str = "",
    overwrite: bool = False,
) -> None:
    """Write a PNG: all vertebrae from the patient's left and from the front.

    Vertebrae judged incomplete are half transparent, in a layer of their own.
    Colours are those of the other pictures.

    Parameters
    ----------
    segmentation : Segmentation
        On any grid.
    path : path
        Ends in ``.png``; its folder exists.
    name : str
        Title, the scan's name say.
    overwrite : bool
        Replace an existing picture.

    Raises
    ------
    OutputRefused
        The picture exists already, or cannot be written.
    """
    sheet_3d(segmentation, name).save(path, overwrite=overwrite)


def sheet_3d(segmentation: Segmentation, name: str = "") -> Sheet:
    """The same picture in memory."""
    vertebrae = drawn_from_segmentation(segmentation)
    pixel_mm = _pixel_mm(segmentation)
    views = [_rendered(vertebrae, segmentation, view, pixel_mm) for view in _VIEWS]
    sizes = [_size(view, pixel_mm) for view in views]
    notes = _notes(segmentation)
    sheet = Sheet(name, sizes, rows=len(vertebrae) + len(notes))
    for axes, picture, size, view in zip(sheet.views, views, sizes, _VIEWS, strict=True):
        _draw(axes, picture, size, view)
    sheet.legend(vertebrae, notes)
    return sheet


def _rendered(
    vertebrae: list[DrawnVertebra], segmentation: Segmentation, view: Viewpoint, pixel_mm: float
) -> Image | None:
    if not vertebrae:
        return None
    return composed(
        [
            relief_of(
                vertebra.mask,
                vertebra.start,
                segmentation.grid,
                view,
                pixel_mm,
                colour=vertebra.colour,
                is_glass=not vertebra.is_complete,
            )
            for vertebra in vertebrae
        ]
    )


def _pixel_mm(segmentation: Segmentation) -> float:
    spans = [
        (
            min(i.start[axis] for i in segmentation.instances),
            max(i.start[axis] + i.mask.shape[axis] for i in segmentation.instances),
        )
        for axis in range(3)
        if segmentation.instances
    ]
    longest_mm = max(
        ((b - a) * mm for (a, b), mm in zip(spans, segmentation.grid.spacing_mm, strict=False)),
        default=0.0,
    )
    return max(longest_mm / _PIXELS, _FINEST_MM)


def _size(picture: Image | None, pixel_mm: float) -> ViewSize:
    if picture is None:
        return ViewSize(100.0, 100.0)
    rows, columns = picture.shape[:2]
    return ViewSize(columns * pixel_mm, rows * pixel_mm)


def _draw(axes: Axes, picture: Image | None, size: ViewSize, view: Viewpoint) -> None:
    axes.set_axis_off()
    axes.set_title(view.title, color="0.85", fontsize=9, pad=4)
    if picture is None:
        return
    extent = (0.0, size.width_mm, size.height_mm, 0.0)
    axes.imshow(picture.clip(0, 1), extent=extent, aspect="equal")
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    for side, place, letter in zip(("left", "right"), (0.0, 1.0), view.sides, strict=True):
        axes.text(place, 0.5, letter, color="0.8", ha=side, transform=axes.transAxes, fontsize=9)
    draw_scale(axes, 50.0 if size.height_mm > 120 else 20.0)


def _notes(segmentation: Segmentation) -> list[str]:
    instances = segmentation.instances
    if not instances:
        return ["no vertebra found"]
    notes = ["number: completeness"]
    if any(instance.level is None for instance in instances):
        notes.append("1 = topmost")
    if not all(instance.is_complete for instance in instances):
        notes.append("half transparent: judged incomplete")
    return notes
