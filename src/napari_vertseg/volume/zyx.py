"""Triples in array order, with names instead of positions."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

Number = TypeVar("Number", int, float)


class Zyx(NamedTuple):
    """Integer voxel position or shape in (z, y, x) order."""

    z: int
    y: int
    x: int


class ZyxFloat(NamedTuple):
    """Real-valued position or spacing in (z, y, x) order."""

    z: float
    y: float
    x: float
