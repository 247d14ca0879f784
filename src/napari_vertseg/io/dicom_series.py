"""The stacks in a DICOM folder, and which of them is the scan."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ..errors import ScanUnreadable
from .dicom_slices import Slice

_CLEARLY_LARGER = 2.0
"""Times as many slices as the runner-up: not another kernel or phase of the same scan."""
_AXIAL_COSINE = 0.7


@dataclass(frozen=True, eq=False)
class Series:
    """Slices of one stack, in no order yet."""

    slices: tuple[Slice, ...]

    @property
    def modality(self) -> str:
        """DICOM modality, such as CT."""
        return self.slices[0].modality

    @property
    def is_placed(self) -> bool:
        """Whether every slice says where it lies."""
        return all(s.is_placed for s in self.slices)

    @property
    def is_axial_ct(self) -> bool:
        """Whether it is what a scanner delivers of a trunk: CT across the body's axis."""
        across = abs(float(self.slices[0].directions[2, 2])) > _AXIAL_COSINE
        return self.modality == "CT" and across and len(self.slices) > 1

    def spacing_mm(self) -> float | None:
        """Usual distance between neighbouring slices."""
        if not self.is_placed or len(self.slices) < 2:
            return None
        return float(np.median(np.diff(sorted(s.along_normal_mm() for s in self.slices))))

    def describe(self) -> str:
        """Modality, slices, spacing: nothing about the patient."""
        spacing = self.spacing_mm()
        distance = "unknown distance" if spacing is None else f"{spacing:.4g} mm apart"
        count = len(self.slices)
        return f"{self.modality}, {count} slice{'s' * (count != 1)}, {distance}"


def series_of(slices: list[Slice]) -> list[Series]:
    """Stacks of a folder in a stable order, without localizers and colour pages.

    One DICOM series becomes several stacks if its slices differ in direction or size.
    """
    usable = [s for s in slices if not s.is_localizer and s.channels == 1]
    usable.sort(key=lambda s: (s.series_number, s.series_uid, s.stack_key))
    groups = groupby(usable, key=lambda s: s.stack_key)
    return [Series(tuple(members)) for _, members in groups]


def choose_series(
    name: str, series: list[Series], wanted: str | None
) -> tuple[Series, str | None]:
    """The one to read, and a warning where others were passed over.

    Parameters
    ----------
    name : str
        Folder name for the messages.
    series : list of Series
        From ``series_of``; at least one.
    wanted : str or None
        Number in the list, from 1, as an earlier error printed it.

    Raises
    ------
    ScanUnreadable
        No axial CT, no such number, or several that a program cannot choose from.
    """
    if wanted is not None:
        return _wanted(name, series, wanted), None
    scans = sorted((s for s in series if s.is_axial_ct), key=lambda s: -len(s.slices))
    if not scans and all(len(s.slices) == 1 for s in series):
        raise ScanUnreadable(f"{name} is a single 2D slice; a spine needs the whole stack.")
    if not scans:
        raise ScanUnreadable(
            f"{name} holds no axial CT series ({_listed(series)}); "
            "export the CT itself, or name one of these by its number (series)."
        )
    if len(scans) > 1 and len(scans[0].slices) < _CLEARLY_LARGER * len(scans[1].slices):
        raise ScanUnreadable(
            f"{name} holds several CT series ({_listed(series)}); "
            "name the one to segment by its number, for example series=1."
        )
    if len(series) == 1:
        return scans[0], None
    number = series.index(scans[0]) + 1
    return scans[0], f"{name} holds several series ({_listed(series)}); number {number} was taken."


def _wanted(name: str, series: list[Series], wanted: str) -> Series:
    numbers = {str(n): s for n, s in enumerate(series, start=1)}
    if wanted.strip() not in numbers:
        raise ScanUnreadable(
            f"{name} has no series {wanted!r}; choose one of these by its number: "
            f"{_listed(series)}."
        )
    return numbers[wanted.strip()]


def _listed(series: list[Series]) -> str:
    return "; ".join(f"{n}: {s.describe()}" for n, s in enumerate(series, start=1))
