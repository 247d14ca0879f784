"""The three files of a result, all or none."""

from __future__ import annotations

from ..io import write_json_atomic, write_labels
from ..pictures import overview_picture
from ..segmentation import Segmentation
from ..strict_json import to_jsonable
from ..volume import Scan
from .files import ResultFiles
from .publish import published_together
from .record import ResultRecord


def write_results(
    files: ResultFiles,
    scan: Scan,
    segmentation: Segmentation,
    record: ResultRecord,
    *,
    overwrite: bool = False,
) -> None:
    """Write labels, record and overview picture, together or not at all.

    Parameters
    ----------
    files : ResultFiles
        In a folder that exists.
    scan : Scan
        Tells the grid and axis order of the labels.
    segmentation : Segmentation
        On the scan's grid.
    record : ResultRecord
        Says, too, whether incomplete vertebrae go into the labels.
    overwrite : bool
        Replace existing files.

    Raises
    ------
    OutputRefused
        A file exists already, or it cannot be written; then none is.
    """
    labels = segmentation.label_map(keep_incomplete=record.settings.keep_incomplete)
    with published_together(files.all, overwrite=overwrite) as (label_file, record_file, picture):
        write_labels(label_file, labels, scan)
        write_json_atomic(record_file, to_jsonable(record))
        overview_picture(scan, segmentation, picture)
