"""What a run tells: one JSON line per event, one CSV line per logged step."""

from __future__ import annotations

import csv
import json
import math
import time
from pathlib import Path

from napari_vertseg.io.atomic import atomic_path
from napari_vertseg.strict_json import to_jsonable
from napari_vertseg.training import EventKind, TrainingEvent

from .run_folder import RunFolder

_COLUMNS = ("step", "seconds", "loss", "false_positive", "false_negative", "completeness_loss")


class RunLog:
    """Appends to ``events.jsonl`` and ``log.csv``; silent where it is not to write.

    Parameters
    ----------
    folder : RunFolder
    step : int
        Where the run stands. Rows of the table beyond it were lost with a killed process
        and will be written again; the events stay, since they did happen.
    is_writing : bool
        False on all processes but the first.
    """

    def __init__(self, folder: RunFolder, *, step: int = 0, is_writing: bool = True) -> None:
        self._events = folder.path / "events.jsonl"
        self._table = folder.path / "log.csv"
        self._is_writing = is_writing
        self._started = time.monotonic()
        if is_writing:
            _cut_torn_line(self._events)
            _drop_rows_beyond(self._table, step)

    def tell(
        self,
        kind: EventKind,
        step: int,
        values: dict[str, float] | None = None,
        *,
        seconds_left: float | None = None,
        message: str = "",
    ) -> TrainingEvent:
        """Append an event and return it; values that are no numbers are left out."""
        event = TrainingEvent(
            kind=kind,
            step=step,
            seconds=round(time.monotonic() - self._started, 2),
            seconds_left=seconds_left,
            values={k: v for k, v in values.items() if math.isfinite(v)} if values else None,
            message=message,
        )
        if self._is_writing:
            with self._events.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(to_jsonable(event)) + "\n")
            if kind == "step":
                self._append_row(event)
        return event

    def _append_row(self, event: TrainingEvent) -> None:
        is_new = not self._table.exists()
        row = {"step": event.step, "seconds": event.seconds, **(event.values or {})}
        with self._table.open("a", newline="", encoding="utf-8") as table:
            writer = csv.writer(table)
            if is_new:
                writer.writerow(_COLUMNS)
            writer.writerow([row.get(column, "") for column in _COLUMNS])


def _cut_torn_line(path: Path) -> None:
    """Remove what follows the last line end, or the next event would be glued to it."""
    if not path.is_file():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)


def _drop_rows_beyond(path: Path, step: int) -> None:
    if not path.is_file():
        return
    with path.open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.reader(table) if len(row) == len(_COLUMNS)]
    kept = [row for row in rows if row[0].isdigit() and int(row[0]) <= step]
    with (
        atomic_path(path, overwrite=True) as beside,
        beside.open("w", newline="", encoding="utf-8") as table,
    ):
        csv.writer(table).writerows([_COLUMNS, *kept])
