"""Words of the command line as numbers, checked."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

Number = TypeVar("Number", int, float)


def voxel(text: str) -> tuple[int, int, int]:
    """``Z,Y,X`` as whole numbers from 0."""
    z, y, x = _three(text, int, "three whole numbers Z,Y,X such as 120,80,64")
    if min(z, y, x) < 0:
        raise ArgumentTypeError(f"{text!r} is no voxel: voxels are counted from 0")
    return z, y, x


def spacing_mm(text: str) -> tuple[float, float, float]:
    """``Z,Y,X`` in millimetres."""
    z, y, x = _three(text, float, "three millimetres Z,Y,X such as 3,0.8,0.8")
    if not all(0 < v < 1000 for v in (z, y, x)):
        raise ArgumentTypeError(f"{text!r} is no spacing: millimetres above 0 are needed")
    return z, y, x


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def above_zero(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def seed(text: str) -> int:
    """A whole number from 0."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def _three(text: str, kind: Callable[[str], Number], wanted: str) -> tuple[Number, Number, Number]:
    try:
        z, y, x = (kind(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not {wanted}") from None
    return z, y, x
