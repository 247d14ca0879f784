"""What a walk found, on one page: mid-sagittal, mid-coronal, every vertebra coloured."""

from __future__ import annotations

import os

from ..segmentation import Segmentation
from ..volume import Scan
from .drawn import drawn_from_segmentation
from .panel import draw_scale, draw_view, pixel_mm
from .planes import SpinePlanes, View
from .sheet import Sheet, ViewSize

_VIEWS: tuple[View, View] = ("sagittal", "coronal")


def overview_picture(
    scan: Scan,
    segmentation: Segmentation,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> None:
    """Write a PNG with both views along the spine.

    The planes follow the spine from slice to slice, so a scoliotic one stays
    in the picture. Vertebrae judged incomplete are half transparent, hatched
    and dashed; the number beside a colour in the legend is the completeness.

    Parameters
    ----------
    scan : Scan
        Canonical; only its name is written, no path.
    segmentation : Segmentation
        On the scan's grid.
    path : path
        Ends in ``.png``; its folder exists.
    overwrite : bool
        Replace an existing picture.

    Raises
    ------
    OutputRefused
        The picture exists already, or cannot be written.
    ValueError
        Scan and segmentation lie on different grids.
    """
    overview_sheet(scan, segmentation).save(path, overwrite=overwrite)


def overview_sheet(scan: Scan, segmentation: Segmentation) -> Sheet:
    """The same picture in memory."""
    if not scan.grid.is_same(segmentation.grid):
        raise ValueError(f"{scan.name}: scan and segmentation lie on different grids")
    vertebrae = drawn_from_segmentation(segmentation)
    planes = SpinePlanes.through(vertebrae, scan.grid)
    notes = _notes(segmentation)
    sheet = Sheet(
        f"{scan.name}  ·  {_spacing(scan)}",
        [view_size(scan, view) for view in _VIEWS],
        rows=len(vertebrae) + len(notes),
    )
    place = "along the spine" if vertebrae else "middle of the scan"
    for axes, view in zip(sheet.views, _VIEWS, strict=True):
        draw_view(axes, scan, planes, vertebrae, view, f"{view}, {place}")
        draw_scale(axes, 50.0 if view_size(scan, view).height_mm > 120 else 20.0)
    sheet.legend(vertebrae, notes)
    return sheet


def view_size(scan: Scan, view: View) -> ViewSize:
    """Millimetres of a whole scan in one view."""
    down_mm, across_mm = pixel_mm(scan.grid.spacing_mm, view)
    columns = scan.grid.shape.y if view == "sagittal" else scan.grid.shape.x
    return ViewSize(columns * across_mm, scan.grid.shape.z * down_mm)


def _spacing(scan: Scan) -> str:
    z, y, x = scan.grid.spacing_mm
    return f"{x:.2g} × {y:.2g} × {z:.2g} mm"


def _notes(segmentation: Segmentation) -> list[str]:
    instances = segmentation.instances
    if not instances:
        return ["no vertebra found"]
    notes = ["number: completeness"]
    if any(instance.level is None for instance in instances):
        notes.append("1 = topmost")
    if not all(instance.is_complete for instance in instances):
        notes.append("hatched: judged incomplete")
    return notes
