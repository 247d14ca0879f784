"""The walk's values ↔ JSON: dataclasses with arrays in them, every key accounted for.

Masks are written as run lengths, other arrays compressed; both exactly.
"""

from __future__ import annotations

import base64
import types
import zlib
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray


class Undecodable(ValueError):
    """JSON that is not the expected value; the text names the key."""


def encode(value: Any) -> Any:
    """A value as dicts, lists, strings and numbers."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray):
        return _encode_array(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"no way to write a {type(value).__name__}")


def decode(hint: Any, jsonable: Any, where: str = "value") -> Any:
    """Build the value that a type hint describes.

    Parameters
    ----------
    hint : type or type hint
        A dataclass, named tuple, enum, literal, array, plain type, or a list,
        tuple or union with None of these.
    where : str
        Named in errors.

    Raises
    ------
    Undecodable
        Unknown or missing key, or a value of another kind.
    """
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _decode_union(hint, jsonable, where)
    if origin is Literal:
        return _checked(jsonable in get_args(hint), jsonable, where)
    if origin is np.ndarray:
        return decode_array(jsonable, where)
    if origin in (list, tuple):
        return _decode_items(hint, jsonable, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        _checked(jsonable in [member.value for member in hint], jsonable, where)
        return hint(jsonable)
    if is_dataclass(hint):
        return decode_dataclass(cast(type[Any], hint), jsonable, where)
    if isinstance(hint, type) and issubclass(hint, tuple):
        return _decode_named_tuple(hint, jsonable, where)
    return _decode_plain(hint, jsonable, where)


def decode_dataclass(kind: type[Any], jsonable: Any, where: str) -> Any:
    """A dataclass from a dict that has exactly its fields."""
    hints = get_type_hints(kind)
    names = [f.name for f in fields(kind)]
    check_keys(jsonable, names, where)
    values = {name: decode(hints[name], jsonable[name], f"{where}.{name}") for name in names}
    try:
        return kind(**values)
    except ValueError as error:
        raise Undecodable(f"{where}: {error}") from None


def check_keys(jsonable: Any, names: list[str], where: str) -> None:
    """Raise unless a dict has exactly these keys."""
    _checked(isinstance(jsonable, dict), jsonable, where)
    for key in jsonable:
        if key not in names:
            raise Undecodable(f"{where}: unknown key {key!r}")
    for name in names:
        if name not in jsonable:
            raise Undecodable(f"{where}: key {name!r} is missing")


def runs_of(mask: NDArray[np.bool_]) -> list[int]:
    """Run lengths of a mask in C order, false first; the last run of false is left out."""
    flat = mask.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=False, append=False))
    return [int(n) for n in np.diff(edges, prepend=0)]


def mask_of_runs(runs: list[int], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The mask that ``runs_of`` was given.

    Raises
    ------
    ValueError
        The runs do not fit the shape.
    """
    if min(runs, default=0) < 0 or sum(runs) > np.prod(shape) or len(runs) % 2:
        raise ValueError(f"{len(runs)} runs do not fit a mask of {shape}")
    edges = np.cumsum(runs, dtype=np.int64)
    flat = np.zeros(int(np.prod(shape)), dtype=bool)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        flat[start:stop] = True
    return flat.reshape(shape)


def _encode_array(array: NDArray[Any]) -> dict[str, Any]:
    shape = list(array.shape)
    if array.dtype == bool:
        return {"shape": shape, "runs": runs_of(array)}
    packed = base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 6))
    return {"shape": shape, "dtype": array.dtype.str, "zlib": packed.decode("ascii")}


def decode_array(jsonable: Any, where: str) -> NDArray[Any]:
    """A mask from run lengths, or another array from its compressed bytes."""
    _checked(isinstance(jsonable, dict), jsonable, where)
    try:
        if "runs" in jsonable:
            check_keys(jsonable, ["shape", "runs"], where)
            return mask_of_runs(jsonable["runs"], tuple(jsonable["shape"]))
        check_keys(jsonable, ["shape", "dtype", "zlib"], where)
        raw = zlib.decompress(base64.b64decode(jsonable["zlib"], validate=True))
        flat = np.frombuffer(raw, dtype=np.dtype(jsonable["dtype"]))
        return flat.reshape(jsonable["shape"]).copy()
    except (TypeError, ValueError, zlib.error) as error:
        if isinstance(error, Undecodable):
            raise
        raise Undecodable(f"{where}: damaged array ({error})") from None


def _decode_union(hint: Any, jsonable: Any, where: str) -> Any:
    if jsonable is None:
        return _checked(type(None) in get_args(hint), jsonable, where)
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if len(kinds) != 1:
        raise TypeError(f"{where}: {hint} is ambiguous")
    return decode(kinds[0], jsonable, where)


def _decode_items(hint: Any, jsonable: Any, where: str) -> Any:
    _checked(isinstance(jsonable, list), jsonable, where)
    kind = get_args(hint)[0]
    items = [decode(kind, item, f"{where}[{i}]") for i, item in enumerate(jsonable)]
    return items if get_origin(hint) is list else tuple(items)


def _decode_named_tuple(kind: type[Any], jsonable: Any, where: str) -> Any:
    hints = get_type_hints(kind)
    _checked(isinstance(jsonable, list) and len(jsonable) == len(hints), jsonable, where)
    return kind(*(decode(h, v, where) for h, v in zip(hints.values(), jsonable, strict=True)))


def _decode_plain(kind: Any, jsonable: Any, where: str) -> Any:
    if kind is float:
        is_number = isinstance(jsonable, (int, float)) and not isinstance(jsonable, bool)
        return float(_checked(is_number, jsonable, where))
    is_bool = isinstance(jsonable, bool)
    return _checked(isinstance(jsonable, kind) and (kind is bool) == is_bool, jsonable, where)


def _checked(is_right: bool, jsonable: Any, where: str) -> Any:
    if not is_right:
        raise Undecodable(f"{where}: {str(jsonable)[:40]!r} is not what belongs here")
    return jsonable
