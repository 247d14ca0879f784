"""One view of a scan with its vertebrae drawn on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from ..volume import Grid, Scan, ZyxFloat
from .colours import Rgb
from .drawn import DrawnVertebra
from .planes import SpinePlanes, View

BONE_WINDOW_HU: Final = (-450.0, 1050.0)
"""Black to white: trabecular bone is seen apart from the cortex, soft tissue faintly."""

_BODY_REACH_MM: Final = 12.0

_SIDES: Final[dict[View, tuple[str, str]]] = {"sagittal": ("A", "P"), "coronal": ("R", "L")}


def draw_view(
    axes: Axes,
    scan: Scan,
    planes: SpinePlanes,
    vertebrae: Sequence[DrawnVertebra],
    view: View,
    title: str,
) -> None:
    """Draw a curved slice in millimetres, radiologically: anterior or the right on the left."""
    draw_slice(axes, planes.cut(scan.voxels, view), scan.grid, view, title)
    draw_masks(axes, planes, vertebrae, view, scan.grid.spacing_mm)


def draw_slice(axes: Axes, picture: NDArray[Any], grid: Grid, view: View, title: str) -> None:
    """Draw CT values as a view of a whole grid, whatever the number of pixels."""
    down_mm, across_mm = pixel_mm(grid.spacing_mm, view)
    columns = grid.shape.y if view == "sagittal" else grid.shape.x
    extent = (0.0, columns * across_mm, grid.shape.z * down_mm, 0.0)
    low, high = BONE_WINDOW_HU
    axes.imshow(picture, cmap="gray", vmin=low, vmax=high, extent=extent, aspect="equal")
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.set_axis_off()
    axes.set_title(title, color="0.85", fontsize=9, pad=4, parse_math=False)
    for text, place in zip(_SIDES[view], (0.015, 0.985), strict=True):
        side = "left" if place < 0.5 else "right"
        axes.text(place, 0.5, text, color="0.8", ha=side, transform=axes.transAxes, fontsize=9)


def draw_masks(
    axes: Axes,
    planes: SpinePlanes,
    vertebrae: Sequence[DrawnVertebra],
    view: View,
    spacing_mm: ZyxFloat,
) -> None:
    """Draw vertebrae with their numbers over a slice; the limits of the view stay."""
    limits = axes.get_xlim(), axes.get_ylim()
    for vertebra in vertebrae:
        _draw_mask(axes, planes, vertebra, view, spacing_mm)
    # Numbers last, so that no neighbour's mask covers them.
    for vertebra in vertebrae:
        _write_number(axes, planes, vertebra, view, spacing_mm)
    # Outlines of cut vertebrae reach half a voxel beyond the scan.
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])


def draw_scale(axes: Axes, length_mm: float) -> None:
    """White bar of a known length in the lower left corner of a view in millimetres."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    x, y = left + 0.04 * (right - left), bottom + 0.03 * (top - bottom)
    axes.plot([x, x + length_mm], [y, y], color="white", linewidth=2, solid_capstyle="butt")
    axes.text(x, y - 4, f"{length_mm:.0f} mm", color="white", fontsize=7, va="bottom")


def pixel_mm(spacing_mm: ZyxFloat, view: View) -> tuple[float, float]:
    """Height and width of a pixel of a view."""
    return spacing_mm.z, spacing_mm.y if view == "sagittal" else spacing_mm.x


def _draw_mask(
    axes: Axes,
    planes: SpinePlanes,
    vertebra: DrawnVertebra,
    view: View,
    spacing_mm: ZyxFloat,
) -> None:
    mask = planes.cut_crop(vertebra.mask, vertebra.start, view)
    if mask.any():
        outline = _Outline.of(mask, vertebra, view, spacing_mm)
        _fill(axes, outline, vertebra)
        outline.draw(axes, "solid" if vertebra.is_complete else "dashed", vertebra.colour)
    else:
        # Nothing goes unseen: what the plane misses is outlined as a shadow.
        shadow = _Outline.of(_shadow(vertebra, view), vertebra, view, spacing_mm)
        shadow.draw(axes, "dotted", vertebra.colour)


def _shadow(vertebra: DrawnVertebra, view: View) -> NDArray[np.bool_]:
    return np.asarray(vertebra.mask.any(axis=2 if view == "sagittal" else 1))


def _fill(axes: Axes, outline: _Outline, vertebra: DrawnVertebra) -> None:
    alpha = 0.45 if vertebra.is_complete else 0.18
    axes.contourf(*outline.field, levels=[0.5, 1.5], colors=[(*vertebra.colour, alpha)])
    if not vertebra.is_complete:
        hatched = axes.contourf(*outline.field, levels=[0.5, 1.5], colors="none", hatches=["////"])
        hatched.set_edgecolor((*vertebra.colour, 0.7))
        hatched.set_linewidth(0.0)


@dataclass(frozen=True, eq=False, slots=True)
class _Outline:
    """A mask of one view on its millimetres, as contour functions take it."""

    field: tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]

    @classmethod
    def of(
        cls, mask: NDArray[np.bool_], vertebra: DrawnVertebra, view: View, spacing_mm: ZyxFloat
    ) -> _Outline:
        """With a rim of zeros, so that every outline closes."""
        padded = np.pad(mask, 1).astype(np.float32)
        down_mm, across_mm = pixel_mm(spacing_mm, view)
        first = vertebra.start.y if view == "sagittal" else vertebra.start.x
        across = (np.arange(padded.shape[1]) + first - 0.5) * across_mm
        down = (np.arange(padded.shape[0]) + vertebra.start.z - 0.5) * down_mm
        return cls((across, down, padded))

    def draw(self, axes: Axes, style: str, colour: Rgb) -> None:
        axes.contour(*self.field, levels=[0.5], colors=[colour], linestyles=style, linewidths=1.1)


def _write_number(
    axes: Axes, planes: SpinePlanes, vertebra: DrawnVertebra, view: View, spacing_mm: ZyxFloat
) -> None:
    mask = planes.cut_crop(vertebra.mask, vertebra.start, view)
    if not mask.any():
        mask = _shadow(vertebra, view)
    across_mm, down_mm = _place_of_number(mask, vertebra, view, spacing_mm)
    axes.text(
        across_mm,
        down_mm,
        vertebra.text,
        color="white",
        fontsize=8,
        fontweight="bold",
        ha="center",
        va="center",
        path_effects=[withStroke(linewidth=2, foreground="black")],
        parse_math=False,
    )


def _place_of_number(
    mask: NDArray[np.bool_], vertebra: DrawnVertebra, view: View, spacing_mm: ZyxFloat
) -> tuple[float, float]:
    """Middle of what the view shows of the body; of all it shows where it shows no body."""
    start, body = vertebra.start, vertebra.body
    column, center = (start.y, body.y) if view == "sagittal" else (start.x, body.x)
    size_mm = np.array(pixel_mm(spacing_mm, view))
    pixels_mm = (np.argwhere(mask) + (start.z, column) + 0.5) * size_mm
    body_mm = (np.array([body.z, center]) + 0.5) * size_mm
    near = np.abs(pixels_mm - body_mm).max(axis=1) <= _BODY_REACH_MM
    down_mm, across_mm = pixels_mm[near if near.any() else slice(None)].mean(axis=0)
    return float(across_mm), float(down_mm)
