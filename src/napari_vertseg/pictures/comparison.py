"""A prediction and its reference side by side, for looking at failures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics import ScoringRules, match_vertebrae
from ..metrics.matching import Matching
from ..segmentation import Segmentation
from ..volume import Scan
from .colours import STRAY, colour_of
from .drawn import DrawnVertebra, drawn_from_labels, drawn_from_segmentation, level_name
from .overview import view_size
from .panel import draw_scale, draw_view, pixel_mm
from .planes import SpinePlanes, View
from .sheet import Sheet, ViewSize

_MARGIN_MM = 25.0
"""Kept around the masks: a wide field of view would shrink what there is to compare."""
_NOTE_LETTERS = 30
"""Of one line of the legend."""


def comparison_picture(
    scan: Scan,
    prediction: Segmentation,
    reference: NDArray[Any],
    path: str | os.PathLike[str],
    *,
    reference_complete: Mapping[int, bool] | None = None,
    rules: ScoringRules | None = None,
    overwrite: bool = False,
) -> None:
    """Write a PNG: predicted and reference vertebrae in the same two planes.

    A prediction has the colour of the reference that it overlaps most, and its
    Dice in the legend; one that overlaps none is red, and dotted
    where the planes miss it. A reference that no
    prediction finds is named in the legend.

    Parameters
    ----------
    scan : Scan
        Canonical.
    prediction : Segmentation
        On the scan's grid.
    reference : (z, y, x) integers
        VerSe values on the scan's grid; the sacrum is drawn but not matched.
    path : path
        Ends in ``.png``; its folder exists.
    reference_complete : mapping of label to bool, optional
        Cut ones are drawn half transparent.
    rules : ScoringRules, optional
        What counts as found.
    overwrite : bool
        Replace an existing picture.

    Raises
    ------
    OutputRefused
        The picture exists already, or cannot be written.
    ValueError
        Scan, prediction and reference lie on different grids.
    """
    sheet = comparison_sheet(scan, prediction, reference, reference_complete, rules)
    sheet.save(path, overwrite=overwrite)


def comparison_sheet(
    scan: Scan,
    prediction: Segmentation,
    reference: NDArray[Any],
    reference_complete: Mapping[int, bool] | None = None,
    rules: ScoringRules | None = None,
) -> Sheet:
    """The same picture in memory."""
    if not scan.grid.is_same(prediction.grid):
        raise ValueError(f"{scan.name}: scan and segmentation lie on different grids")
    matching = match_vertebrae(prediction.label_map(keep_incomplete=True), reference, rules)
    predicted = [_matched(v, matching) for v in drawn_from_segmentation(prediction)]
    expected = drawn_from_labels(reference, scan.grid.spacing_mm, is_complete=reference_complete)
    planes = SpinePlanes.through(expected or predicted, scan.grid)
    return _draw(scan, planes, predicted, expected, _notes(expected, matching))


def _draw(
    scan: Scan,
    planes: SpinePlanes,
    predicted: Sequence[DrawnVertebra],
    expected: Sequence[DrawnVertebra],
    notes: Sequence[str],
) -> Sheet:
    views: tuple[View, View] = ("sagittal", "coronal")
    sides = (("prediction", predicted), ("reference", expected))
    spans = {view: _span_mm(scan, [*predicted, *expected], view) for view in views}
    sizes = [ViewSize(spans[v][1] - spans[v][0], view_size(scan, v).height_mm) for v in views]
    rows = len(predicted) + len(notes)
    sheet = Sheet(scan.name, [size for size in sizes for _ in sides], rows=rows)
    pairs = [(view, side) for view in views for side in sides]
    for axes, (view, (title, vertebrae)) in zip(sheet.views, pairs, strict=True):
        draw_view(axes, scan, planes, vertebrae, view, title)
        axes.set_xlim(*spans[view])
        draw_scale(axes, 20.0)
    sheet.legend(predicted, notes)
    return sheet


def _matched(vertebra: DrawnVertebra, matching: Matching) -> DrawnVertebra:
    best = matching.best_reference.get(vertebra.number)
    if best is None:
        return replace(vertebra, colour=STRAY, note="no reference")
    name = level_name(best)
    dice = matching.dice(vertebra.number, best)
    return replace(vertebra, colour=colour_of(best), note=f"{name}  Dice {dice:.2f}")


def _notes(expected: Sequence[DrawnVertebra], matching: Matching) -> list[str]:
    targets = set(matching.table.references)
    missed = [v.text for v in expected if v.number in targets - set(matching.found)]
    # A long line would reach into the views beside the legend.
    return wrap(f"missed: {', '.join(missed)}", _NOTE_LETTERS) if missed else []


def _span_mm(scan: Scan, vertebrae: Sequence[DrawnVertebra], view: View) -> tuple[float, float]:
    """Columns around all masks, in millimetres from the edge of the scan."""
    axis = 1 if view == "sagittal" else 2
    across_mm = pixel_mm(scan.grid.spacing_mm, view)[1]
    whole_mm = scan.grid.shape[axis] * across_mm
    if not vertebrae:
        return 0.0, whole_mm
    first = min(v.start[axis] for v in vertebrae) * across_mm
    last = max(v.start[axis] + v.mask.shape[axis] for v in vertebrae) * across_mm
    return max(first - _MARGIN_MM, 0.0), float(np.minimum(last + _MARGIN_MM, whole_mm))
