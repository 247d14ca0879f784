"""Measures of every vertebra of every case as one CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import CaseIncomplete
from ..io.atomic import atomic_path, writing
from ..measures import measure
from ..metrics.contingency import label_boxes
from ..segmentation import VertebraInstance
from ..volume import Scan, Slices, Zyx
from .case import Case
from .project import Project
from .vertebra import CaseVertebra

_OF_CASE: Final = ("case", "scan", "patient", "role", "status", "version", "annotator")
_OF_ROW: Final = ("id", "order", "level", "verdict", "is_locked", "is_complete", "origin")
_MEASURED: Final = (
    "volume_mm3",
    "mean_hu",
    "right_mm",
    "anterior_mm",
    "superior_mm",
    "height_mm",
    "depth_mm",
    "width_mm",
    "components",
    "touches_border",
)
COLUMNS: Final = (*_OF_CASE, *_OF_ROW, "minutes", "voxels_changed", *_MEASURED)


def write_table(
    path: Path, project: Project, cases: Sequence[Case], *, overwrite: bool = False
) -> list[Path]:
    """One row per vertebra; the mean CT value is empty where the scan is missing.

    Raises
    ------
    CaseIncomplete
        A label file is missing or damaged.
    OutputRefused
        The file is there without ``overwrite``, or cannot be written.
    """
    with (
        atomic_path(path, overwrite) as beside,
        writing(path),
        beside.open("w", newline="", encoding="utf-8") as stream,
    ):
        table = csv.DictWriter(stream, COLUMNS)
        table.writeheader()
        for case in cases:
            table.writerows(_rows(project, case))
    return [path]


def _rows(project: Project, case: Case) -> Iterator[dict[str, Any]]:
    try:
        scan = project.scan(case)
    except CaseIncomplete:
        scan = None
    labels = project.current_labels(case)
    boxes = label_boxes(labels)
    of_case = (
        case.id,
        case.name,
        case.patient,
        case.role,
        case.status,
        case.version.number if case.version else "",
        case.version.annotator if case.version else "",
    )
    for vertebra in case.vertebrae:
        box = boxes[vertebra.id]
        mask = np.asarray(labels[box] == vertebra.id)
        yield {
            **dict(zip(_OF_CASE, of_case, strict=True)),
            **{name: getattr(vertebra, name) for name in _OF_ROW},
            "minutes": round(vertebra.minutes, 2),
            "voxels_changed": vertebra.voxels_changed,
            **dict(zip(_MEASURED, _measured(case, vertebra, box, mask, scan), strict=True)),
        }


def _measured(
    case: Case, vertebra: CaseVertebra, box: Slices, mask: Any, scan: Scan | None
) -> tuple[Any, ...]:
    instance = VertebraInstance(
        id=vertebra.id,
        start=Zyx(*(s.start for s in box)),
        mask=mask,
        completeness=float(vertebra.is_complete),
        is_complete=vertebra.is_complete,
        confidence=1.0,
        entropy=0.0,
        last_overlap=1.0,
        steps=0,
        is_cut_by_patch=False,
        direction="down",
    )
    found = measure(instance, case.source.grid, None if scan is None else scan.voxels)
    return (
        round(found.volume_mm3, 1),
        "" if found.mean_hu is None else round(found.mean_hu, 1),
        *(round(v, 2) for v in found.centroid_mm),
        *(round(v, 2) for v in found.extent_mm),
        found.components,
        found.touches_border,
    )
