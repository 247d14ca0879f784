"""Reading a recorded walk: the events again, and the label map, without a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import RecordingUnreadable
from ..traversal import Event, InstanceMemory, VertebraFound, Withdrawn
from ..traversal.codec import Undecodable, decode_dataclass
from .header import RecordingHeader
from .lines import Recorded, TakenBack, event_of


def read_header(path: Path) -> RecordingHeader:
    """What a recording belongs to.

    Raises
    ------
    RecordingUnreadable
        No recording, one of another version, or a damaged one.
    """
    return _header(path, next(_lines(path), (1, b"")))


def replay(path: Path) -> Iterator[Event]:
    """The events of a recording, in order, without their probability maps.

    A truncated last line, as a crash leaves it, ends the replay. Where the walk
    was taken back, the events go on from the earlier place without a word;
    ``replay_all`` tells.

    Raises
    ------
    RecordingUnreadable
        Any other damage; an unknown key is named.
    """
    for told in replay_all(path):
        if not isinstance(told, TakenBack):
            yield told


def replay_all(path: Path) -> Iterator[Recorded]:
    """The same, with a ``TakenBack`` at every place where vertebrae were taken back."""
    lines = _lines(path)
    _header(path, next(lines, (1, b"")))
    for number, line in lines:
        if not line.endswith(b"\n"):
            return
        try:
            yield event_of(json.loads(line))
        except ValueError as error:
            raise _damaged(path, number, error) from None


def mask_of(path: Path) -> NDArray[np.uint16]:
    """The label map that the recorded walk ended with.

    Returns
    -------
    (z, y, x) uint16
        Ids on the working grid, as in the state's memory of a walk that began
        with an empty one; without the vertebrae that were taken back or withdrawn.
    """
    memory = InstanceMemory.empty(read_header(path).shape)
    for event in replay_all(path):
        if isinstance(event, (TakenBack, Withdrawn)):
            for vertebra in event.vertebrae:
                memory.forget(vertebra)
        elif isinstance(event, VertebraFound):
            found = event.vertebra
            memory.forget(found.id)  # of one that was seen again
            memory.remember(found.window, found.fragment.within(found.window), found.id)
    return memory.labels


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            yield from enumerate(file, start=1)
    except OSError as error:
        raise RecordingUnreadable(
            f"The recording {path.name} cannot be read ({error.strerror}); check the path."
        ) from error


def _header(path: Path, first: tuple[int, bytes]) -> RecordingHeader:
    number, line = first
    try:
        header: RecordingHeader = decode_dataclass(RecordingHeader, json.loads(line), "header")
    except ValueError as error:
        raise _damaged(path, number, error) from None
    return header


def _damaged(path: Path, number: int, error: ValueError) -> RecordingUnreadable:
    reason = error if isinstance(error, Undecodable) else f"no JSON ({error})"
    return RecordingUnreadable(
        f"{path.name}, line {number}: {reason}. It is no recording of a walk, or it is damaged "
        "or of another version; record the walk anew."
    )
