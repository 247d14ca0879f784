"""Colours of vertebrae: stable once given, neighbours always distinct."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ..pictures.colours import PALETTE

INCOMPLETE_ALPHA: Final = 0.5
"""Incomplete vertebrae are half transparent, as in the paper's Figures 3 and 4."""

Rgba = tuple[float, float, float, float]


def choose_colour(neighbours: Sequence[int], preferred: int) -> int:
    """Index into the palette for a new vertebra.

    Parameters
    ----------
    neighbours : sequence of int
        Indices of the nearest vertebrae on both sides, two each way at most;
        nearest first.
    preferred : int
        Taken if free: with a walk from the head this is the palette in order.
    """
    size = len(PALETTE)
    order = [(preferred + shift) % size for shift in range(size)]
    # Seven colours, at most four neighbours: one is always free.
    return next(index for index in order if index not in neighbours)


def rgba(index: int, *, is_complete: bool) -> Rgba:
    """Colour of the palette as it is shown."""
    red, green, blue = PALETTE[index % len(PALETTE)]
    return red, green, blue, 1.0 if is_complete else INCOMPLETE_ALPHA


def colormap_of(colours: Iterable[tuple[int, Rgba]]) -> Any:
    """A colormap of napari from instance ids to colours; grey for labels drawn by hand."""
    from napari.utils import DirectLabelColormap

    table: dict[int | None, Any] = {None: (0.7, 0.7, 0.7, 1.0), 0: (0.0, 0.0, 0.0, 0.0)}
    table.update(colours)
    return DirectLabelColormap(color_dict=table)
