"""What all plots of an evaluation share: paper, legend, PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .folders import EvaluatedScan

COLOURS: Final = ("#e07b00", "#0072b2")
"""Those of the close-ups: orange the prediction, blue the other model."""

Series = Mapping[str, Sequence[EvaluatedScan]]
"""Scans by the name of the model; one or two of them."""


def paper(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches with one plot; nothing of it is global."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def legend(axes: Axes, *, columns: int = 2) -> None:
    """Above the plot, where it covers nothing."""
    box = axes.legend(
        fontsize=7.5, frameon=False, ncols=columns, loc="lower center", bbox_to_anchor=(0.5, 1.0)
    )
    for text in box.get_texts():
        text.set_parse_math(False)


def png(figure: Figure) -> bytes:
    """The figure with nothing but the picture in it."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
    return buffer.getvalue()
