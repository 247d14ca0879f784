"""A growing file of JSON lines, read without ever waiting for it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from ..strict_json import MalformedJson, from_jsonable
from ..training import TrainingEvent

_LARGEST_READ = 1 << 20
"""Bytes per look: one look must not freeze a window, however long nobody looked."""


class EventTail:
    """Remembers how far ``events.jsonl`` was read.

    Parameters
    ----------
    path : Path
        Need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[TrainingEvent]:
        """Events since the last call; empty where nothing new stands in whole lines.

        Lines of a newer version are passed over, since an old window shall not fail
        over a word that it does not know.
        """
        events = []
        for line in self._lines():
            with suppress(MalformedJson, ValueError):
                events.append(from_jsonable(TrainingEvent, json.loads(line)))
        return events

    def _lines(self) -> list[bytes]:
        try:
            with self._path.open("rb") as file:
                if file.seek(0, 2) < self._offset:
                    self._offset = 0  # begun anew
                file.seek(self._offset)
                content = file.read(_LARGEST_READ)
        except OSError:  # not there yet, or a network folder that is away for a moment
            return []
        whole = content.rfind(b"\n") + 1
        if not whole and len(content) == _LARGEST_READ:
            whole = len(content)  # no event is that long
        self._offset += whole
        return content[:whole].splitlines()
