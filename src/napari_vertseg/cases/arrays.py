"""The label arrays of a case by version: read from ``versions/``, never from the copies beside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete
from ..metrics.contingency import foreground_box
from .case import Case
from .files import VersionRecord
from .layout import CaseFolder
from .volumes import Ids, read_ids


def labels_of(folder: CaseFolder, case: Case, version: int | None = None) -> Ids:
    """(z, y, x) ids of a version, the newest where none is named.

    Raises
    ------
    CaseIncomplete
        No such version, or its file is missing or damaged.
    """
    return read_ids(folder.versions, version_of(case, version).labels, case.source)


def prediction_of(folder: CaseFolder, case: Case, number: int | None = None) -> Ids:
    """(z, y, x) ids of a prediction, the newest where none is named.

    Raises
    ------
    CaseIncomplete
        No such prediction, or its file is missing or damaged.
    """
    wanted = len(case.predictions) if number is None else number
    if not 1 <= wanted <= len(case.predictions):
        raise CaseIncomplete(f"{case.id} has no prediction {wanted or ''}; segment it first.")
    return read_ids(folder.versions, case.predictions[wanted - 1].labels, case.source)


def current_labels_of(folder: CaseFolder, case: Case) -> Ids:
    """(z, y, x) ids to go on from: the newest version, else the prediction, else nothing."""
    if case.versions:
        return labels_of(folder, case)
    if case.predictions:
        return prediction_of(folder, case)
    return np.zeros(case.source.grid.shape, dtype=np.uint16)


def ignore_of(
    folder: CaseFolder, case: Case, version: int | None = None
) -> NDArray[np.bool_] | None:
    """(z, y, x) voxels under the ignore brush, None where there are none."""
    if version is None and not case.versions:
        return None
    record = version_of(case, version).ignore
    return None if record is None else read_ids(folder.versions, record, case.source) > 0


def version_of(case: Case, number: int | None) -> VersionRecord:
    """The record of a version, the newest where none is named.

    Raises
    ------
    CaseIncomplete
        There is none.
    """
    wanted = len(case.versions) if number is None else number
    if not 1 <= wanted <= len(case.versions):
        known = f"it has {len(case.versions)}" if case.versions else "it has none yet"
        raise CaseIncomplete(f"{case.id} has no version {wanted or ''} ({known}).")
    return case.versions[wanted - 1]


def ids_in(labels: NDArray[Any]) -> set[int]:
    """Every id in a (z, y, x) map; 0 is background."""
    counts = np.zeros(65536, dtype=np.int64)
    for plane in labels[foreground_box(labels)]:  # bones fill a small part of a scan
        counts += np.bincount(plane.ravel(), minlength=65536)
    return {int(v) for v in np.flatnonzero(counts) if v}
