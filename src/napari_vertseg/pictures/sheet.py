"""A black sheet with views side by side, a legend and the words that belong on every picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.patches import Patch

from ..io.atomic import atomic_path
from .drawn import DrawnVertebra

DISCLAIMER: Final = "Research use only, not a medical device"

_LONGEST_IN: Final = (10.0, 8.0)
"""Largest width of all views together and largest height, inches."""
_GAP_IN: Final = 0.12
_HEAD_IN: Final = 0.62
_FOOT_IN: Final = 0.32
_LEGEND_IN: Final = 2.25
"""Of one column: as wide as the longest remark."""
_DPI: Final = 120
_ROWS_PER_COLUMN: Final = 26


@dataclass(frozen=True, slots=True)
class ViewSize:
    """Millimetres that a view shows."""

    width_mm: float
    height_mm: float


class Sheet:
    """Figure in memory; nothing of it is global, so that threads can draw at the same time.

    Parameters
    ----------
    title : str
    sizes : sequence of ViewSize
        Views from left to right.
    rows : int
        Lines that the legend will have at most: beside the views there is room for them.
    """

    def __init__(self, title: str, sizes: Sequence[ViewSize], *, rows: int = 1) -> None:
        inches = _inch_per_mm(sizes)
        widths = [size.width_mm * inches for size in sizes]
        heights = [size.height_mm * inches for size in sizes]
        self._height_in = max(*heights, 3.2) + _HEAD_IN + _FOOT_IN
        views_in = max(sum(widths) + _GAP_IN * (len(sizes) + 1), 2.6)
        self._width_in = views_in + _LEGEND_IN * _columns(rows)
        self.figure = Figure(figsize=(self._width_in, self._height_in), facecolor="black")
        FigureCanvasAgg(self.figure)
        self._write(title, self._height_in - 0.08, 11, "white")
        self._write(DISCLAIMER, 0.22, 8, "0.75")
        self.views = self._lay_out(widths, heights)

    def legend(self, vertebrae: Sequence[DrawnVertebra], notes: Sequence[str]) -> None:
        """Colours with their numbers to the right of the views, remarks below them."""
        handles = [_handle(v) for v in vertebrae]
        handles += [Patch(facecolor="none", edgecolor="none", label=note) for note in notes]
        box = self.figure.legend(
            handles=handles,
            loc="upper right",
            bbox_to_anchor=(1.0, 1.0 - 0.3 / self._height_in),
            ncols=_columns(len(handles)),
            fontsize=7.5,
            frameon=False,
            labelcolor="white",
            handlelength=1.3,
            labelspacing=0.35,
        )
        for text in box.get_texts():
            text.set_parse_math(False)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the sheet as PNG, whole or not at all, with nothing but the picture in it."""
        with atomic_path(path, overwrite) as beside:
            self.figure.savefig(
                beside, format="png", dpi=_DPI, facecolor="black", metadata={"Software": None}
            )

    def _lay_out(self, widths: Sequence[float], heights: Sequence[float]) -> list[Axes]:
        views, left = [], _GAP_IN
        for width, height in zip(widths, heights, strict=True):
            bottom = self._height_in - _HEAD_IN - height
            box = (left / self._width_in, bottom / self._height_in)
            size = (width / self._width_in, height / self._height_in)
            views.append(self.figure.add_axes((*box, *size)))
            left += width + _GAP_IN
        return views

    def _write(self, text: str, top_in: float, size: float, colour: str) -> None:
        self.figure.text(
            _GAP_IN / self._width_in,
            top_in / self._height_in,
            printable(text),
            va="top",
            fontsize=size,
            color=colour,
            parse_math=False,
        )


def _columns(rows: int) -> int:
    return 1 + max(rows - 1, 0) // _ROWS_PER_COLUMN


def printable(text: str) -> str:
    """The text with a box for every character that the font lacks: no warning, no gap."""
    return "".join(c if ord(c) in _glyphs() else "\N{WHITE SQUARE}" for c in text)


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _inch_per_mm(sizes: Sequence[ViewSize]) -> float:
    width, height = _LONGEST_IN
    return min(
        width / sum(size.width_mm for size in sizes), height / max(s.height_mm for s in sizes)
    )


def _handle(vertebra: DrawnVertebra) -> Patch:
    words = [vertebra.text, vertebra.note, "" if vertebra.is_complete else "incomplete"]
    alpha = 0.8 if vertebra.is_complete else 0.25
    return Patch(
        facecolor=(*vertebra.colour, alpha),
        edgecolor=vertebra.colour,
        hatch=None if vertebra.is_complete else "////",
        linestyle="solid" if vertebra.is_complete else "dashed",
        label="  ".join(word for word in words if word),
    )
