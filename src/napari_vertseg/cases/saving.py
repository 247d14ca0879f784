"""From labels in memory to a version on the disk, and the case that names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete
from .arrays import current_labels_of, ids_in, ignore_of, labels_of
from .case import Case
from .clock import now
from .effort import count_changes
from .files import FileRecord, VersionRecord
from .layout import CaseFolder
from .new_file import cleared
from .states import Status, Verdict
from .vertebra import CaseVertebra
from .volumes import Ids, write_ids


def saved(
    case: Case,
    folder: CaseFolder,
    labels: NDArray[Any],
    vertebrae: Sequence[CaseVertebra],
    *,
    annotator: str,
    ignore: NDArray[np.bool_] | None,
    minutes: float,
    based_on: int | None,
) -> Case:
    """Write the files of a new version; the returned case, which names them, is not written.

    See ``CaseDesk.save``.
    """
    check_fit(case, labels, vertebrae)
    base = based_on if based_on is not None else len(case.versions) or None
    before = labels_of(folder, case, base) if base else current_labels_of(folder, case)
    changed, by_vertebra = count_changes(before, labels)
    number = len(case.versions) + 1
    version = VersionRecord(
        number=number,
        saved=now(),
        annotator=annotator,
        based_on=base,
        labels=_labels(case, folder, labels, number, base if not changed else None),
        ignore=_ignore(case, folder, ignore, number),
        minutes=minutes,
        voxels_changed=changed,
    )
    return replace(
        case,
        status=Status.IN_CORRECTION,
        vertebrae=tuple(_counted(v, by_vertebra.get(v.id, 0)) for v in in_order(vertebrae)),
        next_id=max([case.next_id, *(v.id + 1 for v in vertebrae)]),
        minutes=case.minutes + minutes,
        versions=(*case.versions, version),
    )


def in_order(vertebrae: Sequence[CaseVertebra]) -> list[CaseVertebra]:
    """Head to foot, numbered from 1 without gaps."""
    standing = sorted(vertebrae, key=lambda v: v.order)
    return [replace(v, order=n) for n, v in enumerate(standing, start=1)]


def check_fit(case: Case, labels: NDArray[Any], vertebrae: Sequence[CaseVertebra]) -> None:
    """Labels lie on the grid of the case and hold exactly the vertebrae of the table.

    Raises
    ------
    CaseIncomplete
        They do not.
    """
    if labels.shape != tuple(case.source.grid.shape) or labels.dtype.kind not in "ui":
        raise CaseIncomplete(
            f"{case.id}: labels {labels.shape} of {labels.dtype} do not lie on the scan "
            f"{tuple(case.source.grid.shape)}; nothing was saved."
        )
    if labels.size and not 0 <= int(labels.min()) <= int(labels.max()) <= 65535:
        raise CaseIncomplete(f"{case.id}: labels beyond 0 to 65535; nothing was saved.")
    present = ids_in(labels)
    listed = {v.id for v in vertebrae}
    if len(listed) < len(vertebrae) or len({v.order for v in vertebrae}) < len(vertebrae):
        raise CaseIncomplete(
            f"{case.id}: two vertebrae share an id or a place; nothing was saved."
        )
    for ids, fault in (
        (present - listed, "voxels but no row in the table"),
        (listed - present, "a row in the table but no voxels"),
    ):
        if ids:
            names = ", ".join(str(i) for i in sorted(ids))
            raise CaseIncomplete(f"{case.id}: vertebra {names} has {fault}; nothing was saved.")


def _counted(vertebra: CaseVertebra, changed: int) -> CaseVertebra:
    if not changed:
        return vertebra
    is_first_look = vertebra.verdict is Verdict.PROPOSED
    return replace(
        vertebra,
        voxels_changed=vertebra.voxels_changed + changed,
        verdict=Verdict.EDITED if is_first_look else vertebra.verdict,
    )


def _labels(
    case: Case, folder: CaseFolder, labels: Ids, number: int, same_as: int | None
) -> FileRecord:
    if same_as is not None:
        return case.versions[same_as - 1].labels
    return write_ids(cleared(folder, f"{number:04d}.nii.gz"), labels, case.source)


def _ignore(
    case: Case,
    folder: CaseFolder,
    ignore: NDArray[np.bool_] | None,
    number: int,
) -> FileRecord | None:
    before = case.version.ignore if case.version else None
    if ignore is None:
        return before
    if ignore.shape != tuple(case.source.grid.shape):
        raise CaseIncomplete(f"{case.id}: the ignore mask does not lie on the scan.")
    if not ignore.any():
        return None
    known = ignore_of(folder, case)
    if known is not None and np.array_equal(known, ignore):
        return before
    return write_ids(cleared(folder, f"{number:04d}-ignore.nii.gz"), ignore, case.source)
