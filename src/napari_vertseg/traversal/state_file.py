"""A walk between two events as bytes, to go on with another day."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, Final, get_type_hints

import numpy as np

from ..errors import RecordingUnreadable
from ..volume import Zyx, bounding_slices
from .codec import Undecodable, check_keys, decode, encode
from .memory import HalfSpace, InstanceMemory
from .state import TraversalState

SCHEMA: Final = 1
_NAMES: Final = [f.name for f in fields(TraversalState) if f.name != "memory"]


def state_to_bytes(state: TraversalState) -> bytes:
    """Everything that the walk needs to go on, as UTF-8 JSON; the scan is not in it."""
    record = {name: encode(getattr(state, name)) for name in _NAMES}
    record = {"schema": SCHEMA, **record, "memory": _encode_memory(state.memory)}
    return json.dumps(record, allow_nan=False).encode("utf-8")


def state_from_bytes(saved: bytes) -> TraversalState:
    """The state that ``state_to_bytes`` was given.

    Raises
    ------
    RecordingUnreadable
        Not a saved walk, one of another version, or a damaged one.
    """
    try:
        return _decode_state(json.loads(saved.decode("utf-8")))
    except ValueError as error:  # of json, of the text encoding, and our own
        raise RecordingUnreadable(
            f"This is no saved walk that can be gone on with ({error}); start the walk anew."
        ) from None


def _decode_state(record: Any) -> TraversalState:
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise Undecodable(f"schema {SCHEMA} is expected")
    check_keys(record, ["schema", "memory", *_NAMES], "walk")
    hints = get_type_hints(TraversalState)
    values = {name: decode(hints[name], record[name], name) for name in _NAMES}
    return TraversalState(memory=_decode_memory(record["memory"]), **values)


def _encode_memory(memory: InstanceMemory) -> dict[str, Any]:
    """Only the box that holds instances: a spine fills a hundredth of a scan."""
    box = bounding_slices(memory.labels != 0) or (slice(0, 0),) * 3
    return {
        "shape": list(memory.shape),
        "start": [s.start for s in box],
        "labels": encode(memory.labels[box]),
        "half_space": encode(memory.half_space),
    }


def _decode_memory(record: Any) -> InstanceMemory:
    check_keys(record, ["shape", "start", "labels", "half_space"], "memory")
    shape = decode(Zyx, record["shape"], "memory.shape")
    start = decode(Zyx, record["start"], "memory.start")
    crop = decode(np.ndarray[Any, Any], record["labels"], "memory.labels")
    labels = np.zeros(shape, dtype=np.uint16)
    place = tuple(slice(a, a + n) for a, n in zip(start, crop.shape, strict=True))
    labels[place] = crop
    half_space = decode(HalfSpace | None, record["half_space"], "memory.half_space")
    return InstanceMemory(labels, half_space)
