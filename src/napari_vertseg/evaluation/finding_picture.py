"""One vertebra close up: three planes, reference and prediction as outlines on the CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..metrics.contingency import label_boxes
from ..volume import Slices, ZyxFloat

_MARGIN_MM: Final = 18.0
_WINDOW_HU: Final = (-350.0, 1050.0)
REFERENCE: Final = "#ffffff"
PREDICTION: Final = "#ff8c1a"
AGAINST: Final = "#33b5ff"

_PLANES: Final = (("axial", 0), ("coronal", 1), ("sagittal", 2))
_SIDES: Final = {"axial": "RL", "coronal": "RL", "sagittal": "AP"}


@dataclass(frozen=True, eq=False, slots=True)
class Outline:
    """All masks of one side, as a label map, and the one that is meant."""

    labels: NDArray[Any]
    """(z, y, x) label map."""
    colour: str
    meant: int | None
    """Drawn thick; the others thin."""


def close_up(
    voxels: NDArray[Any] | None,
    outlines: Sequence[Outline],
    spacing_mm: ZyxFloat,
    at: tuple[NDArray[Any], int],
) -> bytes:
    """PNG of the box around one vertebra.

    Parameters
    ----------
    voxels : (z, y, x) HU, optional
        The scan; black where there is none.
    outlines : sequence of Outline
        Drawn in their order, on the same grid.
    spacing_mm : ZyxFloat
        Voxel size.
    at : (label map, value)
        Whose vertebra the planes pass through.
    """
    own = label_boxes(at[0])[at[1]]
    center = _center(at[0][own] == at[1], own)
    meant = [label_boxes(o.labels)[o.meant] for o in outlines if o.meant is not None]
    box = _around([own, *meant], at[0].shape, spacing_mm)
    sizes = [(s.stop - s.start) * mm for s, mm in zip(box, spacing_mm, strict=True)]
    shown = [[size for axis, size in enumerate(sizes) if axis != cut] for _, cut in _PLANES]
    scale = 2.5 / max(height for height, _ in shown)
    inches = [(width * scale, height * scale) for height, width in shown]
    figure = Figure(figsize=(sum(w for w, _ in inches) + 0.4, 2.75), facecolor="black")
    FigureCanvasAgg(figure)
    left = 0.1
    for (name, cut), (width, height) in zip(_PLANES, inches, strict=True):
        whole = figure.get_size_inches()
        frame = (left / whole[0], (2.5 - height) / whole[1], width / whole[0], height / whole[1])
        _draw(figure.add_axes(frame), voxels, outlines, (box, center[cut], cut), spacing_mm, name)
        left += width + 0.1
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110, facecolor="black", metadata={"Software": None})
    return buffer.getvalue()


def _center(mask: NDArray[np.bool_], box: Slices) -> list[int]:
    """Voxel of the mask's centre of mass."""
    inside = np.argwhere(mask).mean(axis=0)
    return [round(float(v)) + s.start for v, s in zip(inside, box, strict=True)]


def _around(boxes: Sequence[Slices], shape: tuple[int, ...], spacing_mm: ZyxFloat) -> Slices:
    """One box about all, with a margin, within the scan."""
    z, y, x = (
        slice(
            max(min(b[axis].start for b in boxes) - round(_MARGIN_MM / mm), 0),
            min(max(b[axis].stop for b in boxes) + round(_MARGIN_MM / mm), shape[axis]),
        )
        for axis, mm in enumerate(spacing_mm)
    )
    return z, y, x


def _draw(
    axes: Axes,
    voxels: NDArray[Any] | None,
    outlines: Sequence[Outline],
    plane: tuple[Slices, int, int],
    spacing_mm: ZyxFloat,
    name: str,
) -> None:
    box, at, cut = plane
    index = tuple(at if axis == cut else s for axis, s in enumerate(box))
    down, across = (mm for axis, mm in enumerate(spacing_mm) if axis != cut)
    rows, columns = (s.stop - s.start for axis, s in enumerate(box) if axis != cut)
    extent = (0.0, columns * across, rows * down, 0.0)
    picture = np.full((rows, columns), _WINDOW_HU[0]) if voxels is None else voxels[index]
    low, high = _WINDOW_HU
    axes.imshow(picture, cmap="gray", vmin=low, vmax=high, extent=extent, aspect="equal")
    x, y = (np.arange(columns) + 0.5) * across, (np.arange(rows) + 0.5) * down
    for outline in outlines:
        _draw_outline(axes, outline, outline.labels[index], x, y)
    axes.set_axis_off()
    axes.set_title(name, color="0.8", fontsize=7, pad=2)
    for text, place in zip(_SIDES[name], (0.02, 0.98), strict=True):
        side = "left" if place < 0.5 else "right"
        axes.text(place, 0.03, text, color="0.8", ha=side, transform=axes.transAxes, fontsize=7)


def _draw_outline(
    axes: Axes, outline: Outline, labels: NDArray[Any], x: NDArray[Any], y: NDArray[Any]
) -> None:
    for value in np.unique(labels):
        mask = labels == value
        if value and not mask.all() and min(mask.shape) > 1:
            width = 1.5 if value == outline.meant else 0.5
            axes.contour(
                x, y, mask.astype(float), levels=[0.5], colors=[outline.colour], linewidths=width
            )
