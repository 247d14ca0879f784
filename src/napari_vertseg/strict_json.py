"""JSON ↔ frozen dataclasses, where an unknown key or a wrong type is an error that names it."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import asdict, is_dataclass
from functools import cache
from numbers import Integral, Real
from pathlib import Path, PurePath
from typing import Any, Final, NoReturn, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError

Value = TypeVar("Value")

STRICT: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
"""Set as ``__pydantic_config__`` on every dataclass that is read from JSON."""

_WORDS: Final = {
    "extra_forbidden": "unknown key",
    "unexpected_keyword_argument": "unknown key",
    "missing": "is missing",
    "missing_argument": "is missing",
    "missing_keyword_only_argument": "is missing",
}


class MalformedJson(ValueError):
    """JSON that does not describe the expected value; the text names key and reason."""


def from_jsonable(kind: type[Value], jsonable: Any) -> Value:
    """Check a decoded JSON value against a dataclass and build it.

    Types are taken at their word: ``"5"`` and ``5.0`` are no integers, a list is a tuple.

    Raises
    ------
    MalformedJson
        Unknown or missing key, wrong type, or a value its class refuses.
    """
    text = json.dumps(jsonable, default=_encode)
    try:
        return cast(Value, _adapter(cast(Hashable, kind)).validate_json(text, strict=True))
    except ValidationError as error:
        raise MalformedJson(_in_words(error)) from None


def to_jsonable(value: Any) -> Any:
    """A dataclass as dicts, lists, strings and numbers; the inverse of ``from_jsonable``.

    Raises
    ------
    TypeError
        No dataclass value, or a field that has no JSON form.
    ValueError
        A number is infinite or not a number, which strict JSON cannot say.
    """
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a dataclass value: {type(value).__name__}")
    return json.loads(json.dumps(asdict(value), default=_encode, allow_nan=False))


def read_json(kind: type[Value], path: Path) -> Value:
    """A dataclass from a JSON file.

    Raises
    ------
    MalformedJson
        The file is no JSON or does not fit; the message names the file.
    OSError
        The file cannot be read.
    """
    content = path.read_bytes()
    try:
        return from_jsonable(kind, json.loads(content.decode("utf-8"), parse_constant=_refuse))
    except MalformedJson as error:
        raise MalformedJson(f"{path.name}: {error}") from None
    except ValueError as error:
        raise MalformedJson(f"{path.name} is not JSON: {error}") from None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _refuse(constant: str) -> NoReturn:
    raise MalformedJson(f"{constant} is no number of JSON")


def _encode(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):  # numpy's float32 is no float
        return float(value)
    if isinstance(value, PurePath):
        return value.as_posix()
    raise TypeError(f"a {type(value).__name__} has no JSON form")


def _in_words(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"])
        reason = _WORDS.get(fault["type"], fault["msg"])
        lines.append(f"{where}: {reason}" if where else reason)
    return "; ".join(lines)
