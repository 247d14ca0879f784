"""A mask of another tool as the proposal: its vertebrae fill table and memory."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cc3d
import numpy as np
from numpy.typing import NDArray

from ..anatomy import Level, head_to_foot_rank, is_target
from ..errors import CaseIncomplete
from ..io import read_labels
from ..labelling import head_to_foot
from ..measures import VertebraMeasures, measure
from ..segmentation import VertebraInstance
from ..volume import Scan, Zyx
from .messages import Message, Note, Proposed
from .records import VertebraRecord

MOST_IDS: Final = 255
"""Of labels of one byte."""


def propose_file(
    path: Path, scan: Scan, next_id: int, most_ids: int = MOST_IDS
) -> Generator[Message, None, None]:
    """Take the mask of a file; see ``propose``.

    Raises
    ------
    ScanUnreadable, CaseIncomplete
        No mask, or not of this scan.
    """
    yield Note(f"Reading {path.name}…")
    labels, _ = read_labels(path, like=scan)
    yield from propose(labels, scan, next_id, most_ids, name=path.name)


def propose(
    labels: NDArray[Any],
    scan: Scan,
    next_id: int,
    most_ids: int = MOST_IDS,
    *,
    name: str,
) -> Generator[Message, None, None]:
    """Every label of a mask as a vertebra, numbered anew from the head.

    Values that are VerSe values in anatomical order give the vertebrae their
    levels; the sacrum is then no vertebra (P28).

    Parameters
    ----------
    labels : (z, y, x) whole numbers
        On the scan's canonical grid.
    next_id : int
        Lowest id that no vertebra of the scan has had.
    most_ids : int
        The largest that the labels in the viewer can hold.

    Raises
    ------
    CaseIncomplete
        Another shape than the scan's, or nothing in it.
    """
    if labels.shape != tuple(scan.grid.shape):
        raise CaseIncomplete(
            f"{name} has {labels.shape} voxels and the scan {tuple(scan.grid.shape)}; "
            "give the mask of this very scan, on its own grid."
        )
    found = instances_of(labels, scan, first_id=next_id)
    if not found:
        raise CaseIncomplete(f"{name} is empty: no voxel has a label; choose another mask.")
    if next_id + len(found) > most_ids + 1:
        raise CaseIncomplete(
            f"{name} has {len(found)} labels, more than the {most_ids + 1 - next_id} there is "
            "room for; is it a mask of vertebrae?"
        )
    levels = levels_of([value for value, _, _ in found])
    records = []
    for (_, instance, measures), level in zip(found, levels, strict=True):
        if level is None or is_target(int(level)):
            records.append(
                VertebraRecord(
                    instance=replace(instance, level=level), measures=measures, is_from_walk=False
                )
            )
    yield Proposed(tuple(records))
    yield Note(f"{len(records)} vertebrae of {name} taken as the proposal.")


def instances_of(
    labels: NDArray[Any], scan: Scan, *, first_id: int
) -> list[tuple[int, VertebraInstance, VertebraMeasures]]:
    """Every label with its value, head to foot; what touches the border counts as incomplete."""
    whole = np.ascontiguousarray(labels, dtype=np.uint16)
    statistics = cc3d.statistics(whole)
    found = []
    for value in np.flatnonzero(statistics["voxel_counts"]):
        if value:
            box = statistics["bounding_boxes"][value]
            instance = instance_of(0, Zyx(*(s.start for s in box)), whole[box] == value)
            found.append((int(value), instance, measure(instance, scan.grid, scan.voxels)))
    spacing = np.array(scan.grid.spacing_mm)
    centers = [np.array(measures.centroid_voxel) * spacing for _, _, measures in found]
    ordered = [found[i] for i in head_to_foot(np.reshape(centers, (-1, 3)))]
    return [
        (
            value,
            replace(
                instance,
                id=first_id + place,
                is_complete=not measures.touches_border,
                completeness=float(not measures.touches_border),
            ),
            measures,
        )
        for place, (value, instance, measures) in enumerate(ordered)
    ]


def instance_of(vertebra: int, start: Zyx, mask: NDArray[np.bool_]) -> VertebraInstance:
    """A vertebra about which no network has said anything."""
    return VertebraInstance(
        id=vertebra,
        start=start,
        mask=mask,
        completeness=1.0,
        is_complete=True,
        confidence=1.0,
        entropy=0.0,
        last_overlap=1.0,
        steps=0,
        is_cut_by_patch=False,
        direction="down",
    )


def levels_of(values: list[int]) -> list[Level | None]:
    """Levels of label values from head to foot, where they are VerSe values.

    They are not where they only count from 1, or are out of anatomical order.
    """
    known = {int(level) for level in Level}
    counts = values == list(range(1, len(values) + 1))
    if counts or not set(values) <= known:
        return [None] * len(values)
    ranks = [head_to_foot_rank(value) for value in values]
    return [Level(v) for v in values] if ranks == sorted(ranks) else [None] * len(values)
