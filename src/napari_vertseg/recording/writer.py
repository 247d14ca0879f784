"""Writing a walk down while it goes."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from ..errors import OutputRefused
from ..traversal import Event
from ..traversal.codec import encode
from .header import RecordingHeader
from .lines import TakenBack, event_line

Result = TypeVar("Result")


class RecordingWriter:
    """JSON lines, each on the disk before the walk goes on.

    Not written beside and renamed like other results: a walk that was cut short
    shall leave what it told so far. Readers tolerate a truncated last line.

    Raises
    ------
    OutputRefused
        The file exists (without ``overwrite``) or cannot be written.
    """

    def __init__(self, path: Path, header: RecordingHeader, *, overwrite: bool = False) -> None:
        try:
            self._file = path.open("w" if overwrite else "x", encoding="utf-8", newline="\n")
        except FileExistsError:
            raise OutputRefused(
                f"{path.name} exists already and was left as it is; "
                "pass --overwrite (overwrite=True) to replace it, or choose another place."
            ) from None
        except OSError as error:
            raise OutputRefused(
                f"The recording {path.name} cannot be written ({error.strerror}); "
                "choose another folder."
            ) from error
        self._put(json.dumps(encode(header), allow_nan=False))

    def write(self, event: Event) -> None:
        """Add one event."""
        self._put(event_line(event))

    def take_back(self, vertebrae: Iterable[int]) -> None:
        """The walk goes on from an earlier place (``Checkpoint.restore``)."""
        self._put(event_line(TakenBack(vertebrae=tuple(vertebrae))))

    def close(self) -> None:
        """Nothing more will come."""
        self._file.close()

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _put(self, line: str) -> None:
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise OutputRefused(
                f"The recording could not be written on ({error.strerror}); what was told "
                "before is kept. Free some space."
            ) from error


def recorded(
    events: Generator[Event, None, Result],
    path: Path,
    header: RecordingHeader,
    *,
    overwrite: bool = False,
) -> Generator[Event, None, Result]:
    """Pass a walk on unchanged, writing it down.

    Each event is on the disk before the listener sees it.
    """
    with RecordingWriter(path, header, overwrite=overwrite) as writer:
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                result: Result = end.value
                return result
            writer.write(event)
            yield event
