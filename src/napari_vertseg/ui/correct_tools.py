"""The tools of the Correct panel: a wish becomes a proposal; free of Qt and napari."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..editing import (
    Contour,
    EditableLabels,
    Plane,
    Proposal,
    copy_slice,
    delete,
    fill_contours,
    fill_holes,
    grow,
    interpolate,
    keep_largest,
    merge,
    relabel,
    shrink,
    smooth,
    split_by_plane,
    split_by_seeds,
)
from ..errors import EditImpossible
from ..volume import Zyx, ZyxFloat


class Tool(StrEnum):
    """A tool with a preview."""

    MERGE = "Merge with another"
    SPLIT = "Split at seeds"
    CUT = "Split along a plane"
    DELETE = "Delete"
    RELABEL = "Begin anew under another label"
    LARGEST = "Keep the largest part"
    HOLES = "Fill holes"
    GROW = "Grow"
    SHRINK = "Shrink"
    SMOOTH = "Smooth"
    INTERPOLATE = "Interpolate between slices"
    COPY = "Copy the neighbouring slice"
    WIRE = "Live wire"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolWish:
    """What the panel asks for."""

    tool: Tool
    vertebra: int
    other: int | None = None
    """The one to merge with; it goes over to ``vertebra``."""
    amount_mm: float = 1.0
    """Of growing, shrinking and smoothing."""
    plane: Plane = Plane.SAGITTAL
    """The view on the screen."""
    slice_number: int = 0
    """The slice on the screen."""
    from_below: bool = False
    """Copy from the slice with the higher number instead of the lower."""
    places: tuple[Zyx, ...] = ()
    """Voxels that were clicked."""
    contours: Mapping[int, tuple[Contour, ...]] | None = None
    """Closed contours by sagittal slice."""
    new_id: int = 1
    """Lowest id that nobody has ever had."""


def draft(wish: ToolWish, labels: EditableLabels, image: NDArray[np.int16]) -> Proposal:
    """What a tool would change.

    Raises
    ------
    EditImpossible
        The tool cannot do what is asked; the sentence says why.
    """
    vertebra, by_mm = wish.vertebra, wish.amount_mm
    match wish.tool:
        case Tool.MERGE:
            return _merge(wish, labels)
        case Tool.SPLIT:
            return _split(wish, labels, image)
        case Tool.CUT:
            return _cut(wish, labels)
        case Tool.DELETE:
            return delete(labels, [vertebra])
        case Tool.RELABEL:
            return relabel(labels, vertebra, wish.new_id)
        case Tool.LARGEST:
            return keep_largest(labels, vertebra)
        case Tool.HOLES:
            return fill_holes(labels, vertebra)
        case Tool.GROW:
            return grow(labels, vertebra, by_mm)
        case Tool.SHRINK:
            return shrink(labels, vertebra, by_mm)
        case Tool.SMOOTH:
            return smooth(labels, vertebra, by_mm)
        case Tool.INTERPOLATE:
            return interpolate(labels, vertebra, wish.plane)
        case Tool.COPY:
            source = wish.slice_number + (1 if wish.from_below else -1)
            return copy_slice(labels, vertebra, wish.plane, source, wish.slice_number)
        case Tool.WIRE:
            return _wire(wish, labels)


def lack(tool: Tool, points: int, contours: int, others: int) -> str | None:
    """What is still missing before a preview; None where nothing is."""
    if tool is Tool.MERGE and not others:
        return "There is no other vertebra to merge with."
    if tool is Tool.SPLIT and points < 2:
        return "Set a point in each part first."
    if tool is Tool.CUT and points != 2:
        return "Set the two points of the cut first."
    if tool is Tool.WIRE and not contours:
        return "Draw a contour and close it first."
    return None


def needs(tool: Tool) -> str:
    """What to do before the preview, for the panel; empty where a selected vertebra is enough."""
    return _NEEDS.get(tool, "")


_NEEDS: Final = {
    Tool.MERGE: "Choose the other one; it goes over to the selected vertebra.",
    Tool.SPLIT: "Press Set points, and click once into each part.",
    Tool.CUT: "Press Set points, and click twice: the cut goes through both, into the screen.",
    Tool.RELABEL: "Its voxels stay; level, verdict and what the model said of it are forgotten.",
    Tool.INTERPOLATE: "Gaps between the slices of this view are filled, in empty voxels only.",
    Tool.COPY: "The slice on the screen gets what its neighbour has.",
    Tool.WIRE: "In two or more sagittal slices: press Set points, click along the edge, close.",
}


def _merge(wish: ToolWish, labels: EditableLabels) -> Proposal:
    if wish.other is None:
        raise EditImpossible("merging needs another vertebra; choose one")
    return merge(labels, [wish.other], into=wish.vertebra)


def _split(wish: ToolWish, labels: EditableLabels, image: NDArray[np.int16]) -> Proposal:
    if len(wish.places) < 2:
        raise EditImpossible("splitting needs a seed in each part; click into two parts or more")
    new = range(wish.new_id, wish.new_id + len(wish.places) - 1)
    return split_by_seeds(labels, wish.vertebra, [[p] for p in wish.places], list(new), image)


def _cut(wish: ToolWish, labels: EditableLabels) -> Proposal:
    if len(wish.places) != 2:
        raise EditImpossible("the cut needs two points; click twice along it")
    first = ZyxFloat(*(float(v) for v in wish.places[0]))
    normal = _normal(wish, labels.spacing_mm)
    return split_by_plane(labels, wish.vertebra, first, normal, wish.new_id)


def _normal(wish: ToolWish, spacing_mm: ZyxFloat) -> ZyxFloat:
    """Across the line that was clicked and across the direction of view; towards the feet."""
    first, second = (np.array(p) * np.array(spacing_mm) for p in wish.places)
    view = np.zeros(3)
    view[int(wish.plane)] = 1.0
    normal = np.cross(second - first, view)
    largest = int(np.argmax(np.abs(normal)))
    return ZyxFloat(*(float(v) for v in normal * (np.sign(normal[largest]) or 1.0)))


def _wire(wish: ToolWish, labels: EditableLabels) -> Proposal:
    if not wish.contours:
        raise EditImpossible("there is no closed contour yet; click along the edge and close it")
    return fill_contours(labels, wish.vertebra, wish.contours)


def in_words(proposal: Proposal, called: Callable[[int], str]) -> str:
    """A proposal as a sentence for the panel."""
    parts = []
    for vertebra, change in proposal.changes.items():
        both = [f"+{change.gained}"] if change.gained else []
        both += [f"−{change.lost}"] if change.lost else []
        parts.append(f"{called(vertebra)} {' '.join(both)}")
    words = f"{proposal.name}: {', '.join(parts)} voxels."
    if proposal.spared:
        words += f" {sum(proposal.spared.values())} locked or taken voxels stay as they are."
    return words
