"""Slices in order along their normal, refused where they are no even upright stack."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .dicom_series import Series
from .dicom_slices import Slice
from .stored import affine_from

_MAX_TILT_DEGREES = 0.3
_SAME_PLACE_MM = 0.01
_MISSING_FROM = 1.5
"""Times the usual distance: from here on a slice is missing rather than off its place."""
_UNEVEN_FROM = 0.1
"""Share of the slice distance by which a slice may lie off its even place."""
_ROUNDING_MM = 0.1
"""Scanners round positions to a tenth of a millimetre."""
_NAMED_PLACES = 3


def ordered(name: str, series: Series) -> tuple[list[Slice], tuple[str, ...]]:
    """Slices along their normal without exact copies, and a warning about these.

    Raises
    ------
    ScanUnreadable
        Positions not stated, shared, missing or uneven, or drifting (gantry tilt).
    """
    if not series.is_placed:
        raise ScanUnreadable(
            f"{name} has slices that state no position or spacing, so they cannot be stacked; "
            "export the original series instead of pictures of it."
        )
    once = {s.image_uid or str(s.file): s for s in series.slices}
    slices = sorted(once.values(), key=Slice.along_normal_mm)
    if len(slices) < 2:
        raise ScanUnreadable(f"{name} is a single 2D slice; a spine needs the whole stack.")
    places = np.array([s.along_normal_mm() for s in slices])
    _refuse_shared(name, places)
    _refuse_tilt(name, slices)
    _refuse_missing(name, places)
    _refuse_uneven(name, places)
    copies = len(series.slices) - len(slices)
    if not copies:
        return slices, ()
    plural = "s" * (copies > 1)
    return slices, (f"{name} holds {copies} slice{plural} twice; each was used once.",)


def stack_affine(slices: list[Slice]) -> NDArray[np.float64]:
    """(4, 4) voxel (column, row, slice) → RAS millimetres of an ordered stack."""
    first, last = slices[0], slices[-1]
    # The stack's own step, not the normal: a rounding of cosines must not add up over a metre.
    step = (last.position_mm - first.position_mm) / (len(slices) - 1)
    step_mm = float(np.linalg.norm(step))
    directions = np.column_stack([first.directions[:, :2], step / step_mm])
    return affine_from(directions, (*first.spacing_mm, step_mm), tuple(first.position_mm))


def _refuse_shared(name: str, places: NDArray[np.float64]) -> None:
    shared = places[1:][np.diff(places) < _SAME_PLACE_MM]
    if shared.size:
        raise ScanUnreadable(
            f"{name} has more than one slice at {shared.size} position{'s' * (shared.size > 1)} "
            f"({_at(shared)}): several phases or reconstructions in one series; "
            "export one of them alone."
        )


def _refuse_tilt(name: str, slices: list[Slice]) -> None:
    """A tilted gantry moves every slice a little within its own plane."""
    first, last = slices[0], slices[-1]
    drift = first.directions.T @ (last.position_mm - first.position_mm)
    tilt = float(np.degrees(np.arctan2(np.hypot(drift[0], drift[1]), abs(drift[2]))))
    if tilt > _MAX_TILT_DEGREES:
        raise ScanUnreadable(
            f"{name} was taken with a gantry tilt of {tilt:.1f}°, so its voxels are sheared; "
            "convert it with gantry tilt correction (dcm2niix does) and give the result."
        )


def _refuse_missing(name: str, places: NDArray[np.float64]) -> None:
    gaps = np.diff(places)
    # A low quantile, not the median: where much is missing, half the gaps are wide.
    usual = float(np.quantile(gaps, 0.25, method="lower"))
    wide = np.flatnonzero(gaps >= _MISSING_FROM * usual)
    counts = np.rint(gaps[wide] / usual).astype(int) - 1
    is_whole = np.abs(gaps[wide] / usual - (counts + 1)) < 0.2
    if wide.size and is_whole.all():
        total = int(counts.sum())
        where = "; ".join(
            f"{n} between {places[i]:.1f} and {places[i + 1]:.1f} mm"
            for i, n in zip(wide[:_NAMED_PLACES], counts, strict=False)
        )
        more = " and elsewhere" if wide.size > _NAMED_PLACES else ""
        raise ScanUnreadable(
            f"{name} lacks {total} slice{'s' * (total > 1)} ({where}{more}), which would "
            "squeeze the anatomy; export or copy the whole series again."
        )


def _refuse_uneven(name: str, places: NDArray[np.float64]) -> None:
    even = np.linspace(places[0], places[-1], places.size)
    off = np.abs(places - even)
    allowed = max(_ROUNDING_MM, _UNEVEN_FROM * float(even[1] - even[0]))
    if float(off.max()) > allowed:
        gaps = np.diff(places)
        bad = places[off > allowed]
        raise ScanUnreadable(
            f"{name} has uneven slices: {gaps.min():.2f} to {gaps.max():.2f} mm apart, "
            f"{bad.size} of {places.size} off their place ({_at(bad)}); "
            "take a reconstruction with one slice distance, or resample it first."
        )


def _at(places: NDArray[np.float64]) -> str:
    named = ", ".join(f"{p:.1f}" for p in places[:_NAMED_PLACES])
    return f"at {named}{' …' if places.size > _NAMED_PLACES else ''} mm"
