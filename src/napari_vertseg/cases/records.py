"""Reading and writing the records of a project, with words for what is wrong in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from ..errors import CaseIncomplete
from ..io.atomic import write_json_atomic
from ..strict_json import MalformedJson, read_json, to_jsonable

Record = TypeVar("Record")


def read_as(kind: type[Record], path: Path) -> Record:
    """A record from its file.

    Raises
    ------
    CaseIncomplete
        Not there, unreadable, or not as ``docs/formats.md`` has it; names file and key.
    """
    place = f"{path.parent.name}/{path.name}"
    try:
        return read_json(kind, path)
    except MalformedJson as error:
        raise CaseIncomplete(
            f"{place} cannot be used ({error}); it was changed by hand or written by another "
            "version of this program. Nothing was changed; vertseg cases repair looks for a "
            "sound copy."
        ) from None
    except OSError as error:
        raise CaseIncomplete(
            f"{place} cannot be read ({error.strerror}); vertseg cases check says what is there."
        ) from None


def write_record(path: Path, record: Any, *, overwrite: bool = True) -> None:
    """Write a record, whole or not at all.

    Raises
    ------
    OutputRefused
        The place is not writable, or taken without ``overwrite``.
    """
    write_json_atomic(path, to_jsonable(record), overwrite)
