"""A case in the viewer: opened with its vertebrae, saved as a new version."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cc3d
import numpy as np
from numpy.typing import NDArray

from ..cases import Case, CaseVertebra, Project
from ..editing.index import Labels
from ..measures import measure
from ..volume import Scan, Zyx
from .journal_changes import row_of_vertebra, vertebra_of_row
from .journal_home import Home, home_of_case
from .layers import dtype_of_ids
from .proposals import instance_of
from .records import VertebraRecord
from .undo_rows import with_row
from .work import SpineWork


@dataclass(frozen=True, slots=True, eq=False)
class OpenedCase:
    """A case as it was saved last."""

    case: Case
    scan: Scan
    records: tuple[VertebraRecord, ...]
    next_id: int
    home: Home


def open_case(project: Project, case_id: str, annotator: str) -> OpenedCase:
    """Read a case and hold it; call it beside the window.

    Raises
    ------
    CaseLocked
        Somebody else has it; the sentence says who.
    CaseIncomplete
        Damaged, or its scan is missing or changed.
    """
    desk = project.desk(case_id, annotator)
    try:
        return _opened(project, desk.case, home_of_case(desk))
    except BaseException:
        desk.close()
        raise


def look_at_case(project: Project, case_id: str) -> OpenedCase:
    """Read a case without holding it: nothing may be changed; call it beside the window.

    Raises
    ------
    CaseIncomplete
        As ``open_case``.
    """
    case = project.case(case_id)
    return _opened(project, case, Home(project.case_folder(case_id).journal, case.base, ()))


def _opened(project: Project, case: Case, home: Home) -> OpenedCase:
    scan = replace(project.scan(case), name=case.name)
    labels = project.current_labels(case).astype(dtype_of_ids(case.next_id))
    records = tuple(_records(case, labels, scan))
    return OpenedCase(case, scan, records, case.next_id, home)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Labels and vertebrae of one moment, to be saved while work goes on."""

    labels: Labels
    vertebrae: tuple[CaseVertebra, ...]
    ignore: NDArray[np.bool_] | None
    """(z, y, x) voxels under the ignore brush; None where they were not asked for."""

    @classmethod
    def of(cls, work: SpineWork, case: Case, *, with_ignore: bool = False) -> Snapshot:
        """What is there now."""
        work.steps.settle()
        vertebrae = [
            vertebra_of_row(vertebra, place, work.steps.rows[vertebra], case.vertebra(vertebra))
            for place, vertebra in enumerate(head_to_foot(work), start=1)
        ]
        ignore = work.steps.ignore if with_ignore else None
        return cls(
            labels=work.spine.labels.copy(),
            vertebrae=tuple(vertebrae),
            ignore=None if ignore is None else ignore > 0,
        )


def _records(case: Case, labels: Labels, scan: Scan) -> list[VertebraRecord]:
    boxes = cc3d.statistics(labels)["bounding_boxes"]
    records = []
    for vertebra in case.vertebrae:
        box = boxes[vertebra.id]
        start = Zyx(*(s.start for s in box))
        instance = instance_of(vertebra.id, start, labels[box] == vertebra.id)
        measures = measure(instance, scan.grid, scan.voxels)
        bare = VertebraRecord(instance=instance, measures=measures)
        records.append(with_row(bare, row_of_vertebra(vertebra)))
    return records


def head_to_foot(work: SpineWork) -> list[int]:
    """As the table has them; one that the table has not seen yet goes by its box."""
    heights = {r.id: r.measures.centroid_voxel[0] for r in work.chain}
    for vertebra in work.steps.rows:
        box = work.steps.index.box(vertebra)
        if vertebra not in heights and box is not None:
            heights[vertebra] = (box[0].start + box[0].stop) / 2
    known = [record.id for record in work.chain if record.id in work.steps.rows]
    if len(known) == len(work.steps.rows):
        return known
    return sorted(work.steps.rows, key=lambda vertebra: heights[vertebra])
