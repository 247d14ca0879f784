"""What stands in a journal: records with checksums, one after the other.

A file begins with a magic word. A record is its length and its CRC-32 (little
endian, four bytes each), then the length of a JSON header, the header, and the
bytes that the header speaks of. Whatever comes after a record that is cut short
or fails its checksum is not read.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from ..volume import Slices

MAGIC: Final = b"VSJRNL01"
_FRAME: Final = struct.Struct("<II")
_HEADER: Final = struct.Struct("<I")
_LEVEL: Final = 1

JsonRow = Mapping[str, Any]
"""What is known of one vertebra, as strict JSON can say it."""


@dataclass(frozen=True, slots=True, eq=False)
class JournalPatch:
    """What stands in a box from now on."""

    box: Slices
    dtype: str
    packed: bytes
    """zlib of the labels of the box, in C order."""

    @classmethod
    def of(cls, box: Slices, values: NDArray[Any]) -> JournalPatch:
        """A box with its (z, y, x) labels."""
        data = zlib.compress(np.ascontiguousarray(values).tobytes(), _LEVEL)
        return cls(box, values.dtype.str, data)

    @property
    def values(self) -> NDArray[Any]:
        """(z, y, x) labels of the box."""
        flat = np.frombuffer(zlib.decompress(self.packed), dtype=np.dtype(self.dtype))
        return flat.reshape([s.stop - s.start for s in self.box])


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A step as it leaves labels and table; an undone one leaves them as before."""

    name: str
    at: str
    """Time, UTC."""
    patches: tuple[JournalPatch, ...] = ()
    rows: Mapping[int, JsonRow | None] = field(default_factory=dict)
    """Rows that are other than before; None for one that is gone."""
    next_id: int = 1
    """Lowest id that no vertebra has ever had."""
    ignore: tuple[JournalPatch, ...] = ()
    """Boxes of the mask that says where nothing is learned."""


@dataclass(frozen=True, slots=True)
class Begin:
    """First record of a file: what its changes follow upon."""

    base: str
    """What the labels were when the journal began: ``nothing``, ``version 3``."""
    shape: tuple[int, int, int]
    dtype: str
    is_whole: bool = False
    """The first change holds all labels and rows: the base is not needed."""


@dataclass(frozen=True, slots=True)
class Saving:
    """From here on, changes are not in the version that is being saved."""

    base: str
    """Its name once it is saved."""


Record = Begin | Change | Saving


def encode(record: Record) -> bytes:
    """A record with its frame."""
    header, blobs = _parts(record)
    text = json.dumps(header, ensure_ascii=False, allow_nan=False).encode()
    payload = b"".join([_HEADER.pack(len(text)), text, *blobs])
    return _FRAME.pack(len(payload), zlib.crc32(payload)) + payload


def read_records(file: BinaryIO) -> Iterator[Record | None]:
    """Records from the beginning of a file; None, and no more, where it is damaged."""
    if file.read(len(MAGIC)) != MAGIC:
        yield None
        return
    while frame := file.read(_FRAME.size):
        record = _framed(frame, file)
        yield record
        if record is None:
            return


def _framed(frame: bytes, file: BinaryIO) -> Record | None:
    if len(frame) < _FRAME.size:
        return None
    length, checksum = _FRAME.unpack(frame)
    payload = file.read(length)
    if len(payload) < length or zlib.crc32(payload) != checksum:
        return None
    try:
        return _decode(payload)
    except (ValueError, KeyError, TypeError, struct.error):
        return None


def _parts(record: Record) -> tuple[dict[str, Any], list[bytes]]:
    match record:
        case Change():
            header: dict[str, Any] = {
                "kind": "change",
                "name": record.name,
                "at": record.at,
                "next_id": record.next_id,
                "rows": {str(v): row for v, row in record.rows.items()},
                "patches": [_place(patch) for patch in record.patches],
                "ignore": [_place(patch) for patch in record.ignore],
            }
            return header, [patch.packed for patch in (*record.patches, *record.ignore)]
        case Begin():
            header = {"kind": "begin", "base": record.base, "shape": list(record.shape)}
            return header | {"dtype": record.dtype, "is_whole": record.is_whole}, []
        case Saving():
            return {"kind": "saving", "base": record.base}, []


def _place(patch: JournalPatch) -> dict[str, Any]:
    box = [[s.start, s.stop] for s in patch.box]
    return {"box": box, "dtype": patch.dtype, "bytes": len(patch.packed)}


def _decode(payload: bytes) -> Record:
    (size,) = _HEADER.unpack_from(payload)
    start = _HEADER.size + size
    header = json.loads(payload[_HEADER.size : start].decode())
    match header["kind"]:
        case "begin":
            z, y, x = header["shape"]
            shape = (int(z), int(y), int(x))
            return Begin(header["base"], shape, header["dtype"], header["is_whole"])
        case "saving":
            return Saving(header["base"])
        case "change":
            return _change(header, payload[start:])
        case kind:
            raise ValueError(f"unknown record {kind!r}")


def _change(header: dict[str, Any], data: bytes) -> Change:
    patches, at = [], 0
    # Journals of the first versions of this program have no such key, and are not to be lost.
    labels, ignore = header["patches"], header.get("ignore", [])
    for patch in (*labels, *ignore):
        z, y, x = (slice(int(a), int(b)) for a, b in patch["box"])
        patches.append(JournalPatch((z, y, x), patch["dtype"], data[at : at + patch["bytes"]]))
        at += patch["bytes"]
    return Change(
        name=header["name"],
        at=header["at"],
        patches=tuple(patches[: len(labels)]),
        rows={int(v): row for v, row in header["rows"].items()},
        next_id=header["next_id"],
        ignore=tuple(patches[len(labels) :]),
    )
