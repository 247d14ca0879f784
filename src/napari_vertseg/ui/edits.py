"""What a hand has changed in the labels: found by comparing, since undo tells nobody."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import cc3d
import numpy as np

from ..editing.index import Labels
from ..measures import measure
from ..volume import Scan, Slices, Zyx
from .messages import Edited, Message
from .proposals import instance_of
from .records import Verdict, VertebraRecord


def find_edits(
    labels: Labels, records: Sequence[VertebraRecord], scan: Scan
) -> Generator[Message, None, None]:
    """Compare the labels with what the table knows.

    Parameters
    ----------
    labels : (z, y, x) unsigned
        Ids, as they are now.
    records : sequence of VertebraRecord
        As the table has them.

    Yields
    ------
    Edited
        Once, where anything differs.
    """
    statistics = cc3d.statistics(labels)
    counts, boxes = statistics["voxel_counts"], statistics["bounding_boxes"]
    known = {record.id: record for record in records}
    present = {int(v) for v in np.flatnonzero(counts) if v}
    changed = []
    for vertebra in sorted(present):
        record = known.get(vertebra)
        if record is None or not is_same(record, labels, int(counts[vertebra])):
            changed.append(_as_now(vertebra, record, labels, boxes[vertebra], scan))
    gone = tuple(vertebra for vertebra in known if vertebra not in present)
    if changed or gone:
        yield Edited(tuple(changed), gone)


def is_same(record: VertebraRecord, labels: Labels, count: int) -> bool:
    """Whether a vertebra's voxels are still those of its record."""
    instance = record.instance
    if count != np.count_nonzero(instance.mask):
        return False
    return bool(np.array_equal(labels[instance.slices] == instance.id, instance.mask))


def _as_now(
    vertebra: int,
    record: VertebraRecord | None,
    labels: Labels,
    box: Slices,
    scan: Scan,
) -> VertebraRecord:
    start, mask = Zyx(*(s.start for s in box)), np.asarray(labels[box] == vertebra)
    if record is None:
        instance = instance_of(vertebra, start, mask)
        measures = measure(instance, scan.grid, scan.voxels)
        made = VertebraRecord(instance=instance, measures=measures, is_from_walk=False)
    else:
        instance = replace(record.instance, start=start, mask=mask)
        measures = measure(instance, scan.grid, scan.voxels)
        made = replace(record, instance=instance, measures=measures)
    return replace(made, is_edited=True, verdict=Verdict.EDITED)
