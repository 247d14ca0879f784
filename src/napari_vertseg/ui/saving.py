"""Results to disk, as generators for the worker."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import OutputRefused
from ..io import atomic_path, write_json_atomic, write_labels
from ..results import ResultRecord, published_together
from ..segmentation import Segmentation
from ..strict_json import to_jsonable
from ..volume import Grid, Scan
from .chain import Chain
from .marks import KEY
from .messages import Message, Note
from .records import VertebraRecord
from .vertebra_columns import COLUMNS

_SUFFIXES: Final = (".nii.gz", ".nii", ".nrrd", ".mha")

Describe = Callable[[Segmentation, bool], ResultRecord | None]
"""Makes the record beside a mask; None where no walk was made."""


def save_masks(
    path: Path,
    segmentation: Segmentation,
    scan: Scan,
    *,
    keep_incomplete: bool,
    describe: Describe,
) -> Generator[Message, None, None]:
    """Write the label map on the scan's own grid, and the record of its vertebrae beside it.

    The file dialog has asked about replacing.

    Raises
    ------
    OutputRefused
        Unknown suffix, or a place that cannot be written.
    """
    labels = segmentation.label_map(keep_incomplete=keep_incomplete)
    files = write_together(path, labels, scan, describe(segmentation, keep_incomplete))
    left_out = sum(not instance.is_complete for instance in segmentation.instances)
    line = f"Saved {' and '.join(file.name for file in files)}."
    if left_out and not keep_incomplete:
        line += f" {left_out} incomplete left out."
    yield Note(line)


def no_record(segmentation: Segmentation, keep_incomplete: bool) -> None:
    """Where no walk was made, there is nothing to tell about one."""


def write_together(
    path: Path, labels: NDArray[Any], scan: Scan, record: ResultRecord | None
) -> list[Path]:
    """Mask and record, both or none; returns what was written."""
    files = [path] if record is None else [path, record_path(path)]
    with published_together(files, overwrite=True) as staged:
        write_labels(staged[0], labels, scan)
        if record is not None:
            write_json_atomic(staged[1], to_jsonable(record))
    return files


def record_path(path: Path) -> Path:
    """Where the record of a mask lies."""
    for suffix in _SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.with_name(path.name[: -len(suffix)] + ".json")
    raise OutputRefused(
        f"{path.name} has no suffix of a format that can be written; "
        f"end it with one of {', '.join(_SUFFIXES)}."
    )


def write_layer(path: Path, labels: NDArray[Any], attributes: dict[str, Any]) -> list[Path]:
    """Write a labels layer as it is seen: incomplete vertebrae are in it.

    Our vertebrae get numbers from the top, or VerSe values where levels are
    known; labels of others keep their values.
    """
    ours = attributes.get("metadata", {}).get(KEY, {})
    chain, scan, grid = ours.get("chain"), ours.get("scan"), ours.get("grid")
    if isinstance(chain, Chain):
        labels = numbered(labels, chain)
    if isinstance(grid, Grid) and scan is None:
        scan = Scan.from_canonical(np.zeros(grid.shape, dtype=np.int16), grid)
    if not isinstance(scan, Scan):
        raise OutputRefused(
            f"{attributes.get('name', 'The layer')} belongs to no scan of this plugin, so its "
            "place in the patient is not known; take it over in the Scan panel first."
        )
    return write_together(path, np.asarray(labels), scan, None)


def numbered(labels: NDArray[Any], chain: Chain) -> NDArray[np.uint16]:
    """Ids replaced by the numbers of the table; labels of no vertebra become 0."""
    table = np.zeros(int(labels.max(initial=0)) + 1, dtype=np.uint16)
    for number, record in chain.numbered():
        if record.id < len(table):
            table[record.id] = number
    return np.asarray(table[labels], dtype=np.uint16)


def export_table(
    path: Path, rows: Sequence[tuple[int, VertebraRecord]]
) -> Generator[Message, None, None]:
    """Write the table as CSV, in full precision, an empty cell where nothing is known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.key for column in COLUMNS])
    for number, record in rows:
        values = [column.value(number, record) for column in COLUMNS]
        writer.writerow(["" if value is None else value for value in values])
    with atomic_path(path, overwrite=True) as beside:
        beside.write_text(text.getvalue(), encoding="utf-8")
    yield Note(f"Saved {path.name}.")
