"""JSON ↔ frozen dataclasses, where an unknown key or a wrong type is an error that names it."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError

Value = TypeVar("Value")

STRICT: Final = ConfigDict(extra="forbid")
"""Set as ``__pydantic_config__`` on every dataclass that is read from JSON."""


class MalformedJson(ValueError):
    """JSON that does not describe the expected value; the text names key and reason."""


def from_jsonable(kind: type[Value], jsonable: Any) -> Value:
    """Check a decoded JSON value against a dataclass and build it.

    Raises
    ------
    MalformedJson
        Unknown or missing key, wrong type, or a value its class refuses.
    """
    try:
        return cast(Value, _adapter(kind).validate_python(jsonable))
    except ValidationError as error:
        raise MalformedJson(_in_words(error)) from None


def to_jsonable(value: Any) -> Any:
    """A dataclass as dicts, lists, strings and numbers."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a dataclass value: {type(value).__name__}")
    return json.loads(json.dumps(asdict(value), default=_encode))


def read_json(kind: type[Value], path: Path) -> Value:
    """A dataclass from a JSON file.

    Raises
    ------
    MalformedJson
        The file is no JSON or does not fit; the message names the file.
    """
    try:
        return from_jsonable(kind, json.loads(path.read_text(encoding="utf-8")))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise MalformedJson(f"{path.name} is not JSON: {error}") from None
    except MalformedJson as error:
        raise MalformedJson(f"{path.name}: {error}") from None


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _encode(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def _in_words(error: ValidationError) -> str:
    words = {
        "extra_forbidden": "unknown key",
        "unexpected_keyword_argument": "unknown key",
        "missing": "is missing",
        "missing_argument": "is missing",
    }
    lines = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"])
        lines.append(f"{where}: {words.get(fault['type'], fault['msg'])}")
    return "; ".join(lines)
