"""A reference from files: labels, and what is known about which vertebrae are complete."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..anatomy import Level, is_target
from ..errors import CaseIncomplete
from ..io import read_labels
from ..volume import Grid
from .pairing import volume_stem
from .scan import Reference

MarksFrom = Literal["marks", "faces"]

_COCCYX: Final = 27
"""VerSe's value of what is no vertebra either."""
_CUT_FACE_MM2: Final = 100.0
"""A vertebra with more than this on the first or last slice counts as cut; tight crops
around whole vertebrae leave less."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ReadReference:
    """A reference as it was found on the disk."""

    reference: Reference
    grid: Grid
    has_levels: bool
    """Its values are VerSe values; if not, they were numbered from the head."""
    marks_from: MarksFrom
    """Whether somebody marked which vertebrae are complete, or the scan's first and
    last slice had to tell."""


def read_reference(
    path: Path, *, root: Path | None = None, is_range: bool = False
) -> ReadReference:
    """Read a label map with what stands beside it.

    Completeness is taken from ``x_truth.json`` (as ``vertseg phantom`` writes it), from a
    ``marks.json`` in the folder, or from the line of a ``manifest.json``; where none says
    it, a vertebra that fills more than 1 cm² of the first or last slice counts as cut.

    Parameters
    ----------
    path : Path
        Label map.
    root : Path, optional
        Folder in which a ``manifest.json`` may stand.
    is_range : bool
        The reference covers a range of the spine only, whatever its files say.

    Raises
    ------
    ScanUnreadable
        It is no label map.
    CaseIncomplete
        What stands beside it cannot be read.
    """
    stored, grid = read_labels(path)
    labels, has_levels = _targets(stored)
    beside = _truth_beside(path) or _marks_beside(path)
    if beside is None:
        line = line_of_manifest(path.parent, root)
        # A manifest is for the trainer, to which labels are a range unless it says otherwise.
        beside = {} if line is None else {"exhaustive": False} | dict(line)
    marks = {int(v): bool(c) for v, c in beside.get("complete", {}).items()}
    guessed = complete_by_faces(labels, grid)
    return ReadReference(
        reference=Reference(
            labels=labels,
            is_complete=guessed | {v: c for v, c in marks.items() if v in guessed},
            is_exhaustive=not is_range and bool(beside.get("exhaustive", True)),
        ),
        grid=grid,
        has_levels=has_levels,
        marks_from="marks" if marks else "faces",
    )


def complete_by_faces(labels: NDArray[Any], grid: Grid) -> dict[int, bool]:
    """Whether each labelled vertebra keeps clear of the first and last slice."""
    area_mm2 = grid.spacing_mm.y * grid.spacing_mm.x
    faces = np.concatenate([labels[0].ravel(), labels[-1].ravel()])
    on_faces = np.bincount(faces, minlength=256) * area_mm2
    return {
        int(v): bool(on_faces[int(v)] <= _CUT_FACE_MM2)
        for v in np.unique(labels)
        if is_target(int(v))
    }


def _targets(labels: NDArray[Any]) -> tuple[NDArray[Any], bool]:
    """Labels as VerSe values; others are numbered from the head and have no levels."""
    values = [int(v) for v in np.unique(labels) if v]
    if set(values) <= {*map(int, Level), _COCCYX}:
        return np.where(labels == _COCCYX, 0, labels).astype(labels.dtype), True
    boxes = ndimage.find_objects(labels)
    heights = {v: np.argwhere(labels[boxes[v - 1]] == v)[:, 0].mean() for v in values}
    tops = {v: heights[v] + boxes[v - 1][0].start for v in values}
    if len(values) > int(Level.L6):
        raise CaseIncomplete(
            f"the labels hold {len(values)} values, more than a spine has vertebrae; "
            "give a map with one value per vertebra."
        )
    table = np.zeros(int(labels.max()) + 1, dtype=np.uint8)
    table[sorted(values, key=lambda v: float(tops[v]))] = np.arange(1, len(values) + 1)
    return table[labels], False


def _truth_beside(path: Path) -> Mapping[str, Any] | None:
    """What ``vertseg phantom`` wrote about a made scan."""
    truth = path.with_name(f"{volume_stem(path).removesuffix('_labels')}_truth.json")
    if not truth.is_file():
        return None
    rows = _read(truth)
    if not isinstance(rows, dict) or not isinstance(rows.get("labels"), list):
        raise CaseIncomplete(f"{truth.name} is no truth of a phantom; make the phantom again.")
    try:
        return {"complete": {r["value"]: r["is_complete"] for r in rows["labels"]}}
    except (KeyError, TypeError) as error:
        raise CaseIncomplete(f"{truth.name} lacks {error}; make the phantom again.") from None


def _marks_beside(path: Path) -> Mapping[str, Any] | None:
    """What stands in a ``marks.json`` in the folder of a case."""
    marks = path.with_name("marks.json")
    if not marks.is_file():
        return None
    read = _read(marks)
    if not isinstance(read, dict) or not isinstance(read.get("complete", {}), dict):
        raise CaseIncomplete(
            'marks.json must look like {"complete": {"19": false}, "exhaustive": true}.'
        )
    return read


def line_of_manifest(folder: Path, root: Path | None) -> Mapping[str, Any] | None:
    """What a ``manifest.json`` in ``root`` says of a case folder; None where it says nothing.

    Raises
    ------
    CaseIncomplete
        The manifest cannot be read.
    """
    if root is None or not (root / "manifest.json").is_file() or not folder.is_relative_to(root):
        return None
    entries = _read(root / "manifest.json")
    name = folder.relative_to(root).as_posix()
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and entry.get("path") == name:
            return entry
    return None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseIncomplete(f"{path.name} cannot be read: {error}.") from None
