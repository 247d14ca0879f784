"""A prediction from files: the labels and, where our own program wrote it, its record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ..anatomy import Level
from ..errors import CaseIncomplete
from ..io import read_labels
from ..results import LEGEND, ResultRecord, read_record
from ..volume import Grid
from .pairing import volume_stem
from .scan import LabelledPrediction

Values = Literal["auto", "verse", "numbers"]
"""What predicted label values mean: VerSe values, or numbers from the head."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class ReadPrediction:
    """A prediction as it was found on the disk."""

    labels: LabelledPrediction
    grid: Grid
    model: str | None
    """Name of the model; None without a record."""
    steps: int | None
    seconds: float | None
    """Of the walk, without reading, resampling and writing."""
    left_out: int
    """Vertebrae judged incomplete that the label file lacks, so that they cannot be scored."""


def read_prediction(path: Path, *, values: Values = "auto") -> ReadPrediction:
    """Read a label map and the record beside it.

    Parameters
    ----------
    path : Path
        Label map; ``x_vertebrae.json`` beside ``x_vertebrae.nii.gz`` is its record.
    values : str
        ``auto`` asks the record; without one, values that are VerSe values and do
        not simply count from 1 are taken for VerSe values.

    Raises
    ------
    ScanUnreadable, CaseIncomplete
        No label map, or a record that does not fit it.
    """
    labels, grid = read_labels(path)
    record = _record_beside(path)
    present = {int(v) for v in np.unique(labels)} - {0}
    if record is not None:
        unknown = present - {v.number for v in record.vertebrae}
        if unknown:
            raise CaseIncomplete(
                f"{path.name} holds labels that its record does not know ({sorted(unknown)}); "
                "remove the record if the labels were edited."
            )
    return ReadPrediction(
        labels=LabelledPrediction(
            labels=labels,
            spacing_mm=grid.spacing_mm,
            is_complete=None
            if record is None
            else {v.number: v.is_complete for v in record.vertebrae},
            has_levels=_has_levels(present, record, values),
        ),
        grid=grid,
        model=None if record is None else record.model.name,
        steps=None if record is None else record.walk.steps,
        seconds=None if record is None else record.walk.seconds,
        left_out=0 if record is None else sum(not v.exported for v in record.vertebrae),
    )


def _has_levels(present: set[int], record: ResultRecord | None, values: Values) -> bool:
    if values != "auto":
        return values == "verse"
    if record is not None:
        return record.legend != LEGEND
    counts_from_one = present == set(range(1, len(present) + 1))
    return bool(present) and not counts_from_one and present <= {int(v) for v in Level}


def _record_beside(path: Path) -> ResultRecord | None:
    record = path.with_name(f"{volume_stem(path)}.json")
    return read_record(record) if record.is_file() else None
