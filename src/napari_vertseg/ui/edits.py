"""What a hand has changed in the labels: found by comparing, since undo tells nobody."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace

import cc3d
import numpy as np

from ..editing.index import Labels, Place
from ..measures import measure
from ..volume import Scan, Slices, Zyx
from .messages import Edited, Message
from .proposals import instance_of
from .records import Verdict, VertebraRecord


def find_edits(
    labels: Labels,
    records: Sequence[VertebraRecord],
    scan: Scan,
    places: Mapping[int, Place] | None = None,
) -> Generator[Message, None, None]:
    """Compare the labels with what the table knows.

    Parameters
    ----------
    labels : (z, y, x) unsigned
        Ids, as they are now.
    records : sequence of VertebraRecord
        As the table has them.
    places : mapping of int to (box, voxel count), optional
        Of every id, where that is known; the labels are looked through if not given, which
        takes a second for a large scan and also finds what nobody has told of.

    Yields
    ------
    Edited
        Once, where anything differs.
    """
    present = _looked_through(labels) if places is None else places
    known = {record.id: record for record in records}
    changed = []
    for vertebra, (box, count) in sorted(present.items()):
        record = known.get(vertebra)
        if record is None or not is_same(record, labels, count):
            changed.append(_as_now(vertebra, record, labels, box, scan))
    gone = tuple(vertebra for vertebra in known if vertebra not in present)
    if changed or gone:
        yield Edited(tuple(changed), gone)


def _looked_through(labels: Labels) -> dict[int, Place]:
    statistics = cc3d.statistics(labels)
    counts, boxes = statistics["voxel_counts"], statistics["bounding_boxes"]
    return {int(v): (boxes[v], int(counts[v])) for v in np.flatnonzero(counts) if v}


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
