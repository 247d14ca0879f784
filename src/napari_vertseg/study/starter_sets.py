"""Which scans a model is measured on before it is shipped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

import numpy as np

from ..errors import CaseIncomplete
from ..io import read_scan
from ..volume import Slices
from .subject import Subject, cases_of, phantom_subject, read_subject
from .syntheses import VALIDATION_MAPS, read_map, syntheses_of, synthesis_subject

Part = Literal["real", "dicom", "crops", "phantoms", "syntheses", "starts"]
PARTS: Final[tuple[Part, ...]] = ("real", "dicom", "crops", "phantoms", "syntheses", "starts")
WITHOUT_DATA: Final[tuple[Part, ...]] = ("phantoms", "starts")
"""Parts that need no scans."""

Scans = Mapping[str, Callable[[], Subject]]
"""How each scan is read or made, by its name."""

PHANTOMS: Final = 20
FIRST_PHANTOM: Final = 900_000
"""Seed of the first unseen phantom: training draws from streams of its own."""
START_PHANTOMS: Final = range(910_000, 910_005)
CROPS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkSet:
    """Scans that are walked the same way and judged together."""

    part: Part
    name: str
    title: str
    direction: Literal["down", "up"] = "down"


SETS: Final = (
    WalkSet(part="real", name="real-down", title="Real validation scans, walked down"),
    WalkSet(part="real", name="real-up", title="Real validation scans, walked up", direction="up"),
    WalkSet(part="dicom", name="dicom", title="DICOM folders without reference"),
    WalkSet(part="crops", name="crops", title="Validation scans cropped at random places"),
    WalkSet(part="phantoms", name="phantoms", title="Unseen phantoms"),
    WalkSet(part="syntheses", name="syntheses", title="Syntheses of validation label maps"),
)
"""In the order in which they are walked."""


def scans_of(part: Part, data: Path | None, first_phantom: int = FIRST_PHANTOM) -> Scans:
    """The scans of a part; nothing is read or made before it is asked for.

    Parameters
    ----------
    part : Part
    data : Path, optional
        Labelled scans with a ``manifest.json``.
    first_phantom : int, optional
        Seed of the first of the unseen phantoms; the others follow it.

    Raises
    ------
    CaseIncomplete
        The part needs a folder of labelled scans.
    """
    if part == "phantoms":
        return _phantoms(range(first_phantom, first_phantom + PHANTOMS))
    if part == "starts" and data is None:
        return _phantoms(START_PHANTOMS)
    if data is None:
        raise CaseIncomplete(f"The part {part!r} needs labelled scans; name them with --data.")
    return _OF_DATA[part](data)


def random_crop(rng: np.random.Generator, depth: int) -> Slices:
    """Half to nine tenths of a scan's length, at a random height.

    Parameters
    ----------
    rng : Generator
        Drawn from twice.
    depth : int
        Slices of the scan.
    """
    kept = int(depth * rng.uniform(0.5, 0.9))
    first = int(rng.integers(0, depth - kept + 1))
    return slice(first, first + kept), slice(None), slice(None)


def _real(data: Path) -> Scans:
    return {
        case.name: partial(read_subject, case, is_exhaustive=exhaustive)
        for case, exhaustive in cases_of(data, "validation")
    }


def _dicom(data: Path) -> Scans:
    folders = sorted(p for p in (data / "dicom").glob("*") if p.is_dir())
    return {folder.name: partial(_without_reference, folder) for folder in folders}


def _without_reference(folder: Path) -> Subject:
    scan = replace(read_scan(folder), name=folder.name)
    return Subject(scan, np.zeros(scan.grid.shape, dtype=np.uint8), {})


def _crops(data: Path) -> Scans:
    return {
        f"{name}-crop-{number}": partial(_crop, data, name, number)
        for name in VALIDATION_MAPS
        for number in range(CROPS)
    }


def _crop(data: Path, name: str, number: int) -> Subject:
    whole = read_map(data, name)
    rng = np.random.default_rng((2018, number))
    return whole.cropped(random_crop(rng, whole.scan.grid.shape.z))


def _syntheses(data: Path) -> Scans:
    return {
        f"{name}-synthesis-{seed}": partial(_synthesis, data, name, seed)
        for name, seed in syntheses_of()
    }


def _synthesis(data: Path, name: str, seed: int) -> Subject:
    return synthesis_subject(read_map(data, name), seed)


def _starts(data: Path) -> Scans:
    name = VALIDATION_MAPS[0]
    return {name: partial(read_map, data, name)} | dict(_phantoms(START_PHANTOMS))


def _phantoms(seeds: range) -> Scans:
    return {f"phantom-{seed}": partial(phantom_subject, seed) for seed in seeds}


_OF_DATA: Final[Mapping[Part, Callable[[Path], Scans]]] = {
    "real": _real,
    "dicom": _dicom,
    "crops": _crops,
    "syntheses": _syntheses,
    "starts": _starts,
}
