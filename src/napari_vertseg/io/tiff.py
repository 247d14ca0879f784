"""Stacks of TIFF pages, with the spacing that ImageJ or OME put beside them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ..errors import ScanUnreadable
from .checks import check_spacing, volume_shape
from .stored import StoredVolume

SpacingMm = tuple[float, float, float]
_MM_PER_UNIT = {
    "m": 1000.0,
    "cm": 10.0,
    "mm": 1.0,
    "millimeter": 1.0,
    "um": 1e-3,
    "µm": 1e-3,
    "μm": 1e-3,
    "\\u00b5m": 1e-3,
    "micron": 1e-3,
    "inch": 25.4,
}


def read_tiff(path: Path, spacing_mm: SpacingMm | None) -> StoredVolume:
    """A multi-page TIFF, each page an axial slice as it is shown on a screen.

    TIFF knows no patient: the first page is taken as the topmost, rows run to
    the back, columns to the patient's left. The scan's warnings say so.

    Parameters
    ----------
    path : Path
        The file.
    spacing_mm : (page, row, column) or None
        Goes before what the file says; needed where it says nothing.

    Raises
    ------
    ScanUnreadable
        Colour, time points, single page, or no spacing anywhere.
    """
    import tifffile

    with _no_silent_repairs(), tifffile.TiffFile(path) as file:
        pages = _pages(path.name, file)
        spacing_mm = spacing_mm or _imagej_spacing(file) or _ome_spacing(file)
    if spacing_mm is None:
        raise ScanUnreadable(
            f"{path.name} states no spacing; give it as spacing_mm=(page, row, column) in mm, "
            "on the command line --spacing Z,Y,X."
        )
    check_spacing(path.name, spacing_mm)
    z_mm, y_mm, x_mm = spacing_mm
    affine = np.diag([-x_mm, -y_mm, -z_mm, 1.0])
    warning = (
        f"{path.name} does not say how the patient lies in it; taken as axial pages, the first "
        "one at the head, shown from the feet. Check the overview picture."
    )
    return StoredVolume(pages.T, affine, (warning,))


def _pages(name: str, file: Any) -> NDArray[Any]:
    """(page, row, column) array of the file's only stack."""
    series = file.series
    if len(series) > 1 and {s.axes for s in series} == {"YX"} == {s.axes[:2] for s in series}:
        axes, shape = "I" + series[0].axes, (len(series), *series[0].shape)
    else:
        axes, shape = series[0].axes, series[0].shape
    if "S" in axes or ("C" in axes and shape[axes.index("C")] in (3, 4)):
        raise ScanUnreadable(
            f"{name} is a colour (RGB) image, not CT values; export the CT itself."
        )
    if "T" in axes and shape[axes.index("T")] > 1:
        raise ScanUnreadable(
            f"{name} is a series of {shape[axes.index('T')]} time points, not of slices; "
            "save one volume with its slices along z."
        )
    shape = tuple(n for n, a in zip(shape, axes, strict=True) if n > 1 or a in "YX")
    volume_shape(name, shape)
    if len(series) == 1:
        return np.asarray(series[0].asarray()).reshape(shape)
    if len({s.shape for s in series}) > 1:
        raise ScanUnreadable(f"{name} has pages of different sizes, so it is no stack of slices.")
    return np.stack([s.asarray() for s in series])


def _imagej_spacing(file: Any) -> SpacingMm | None:
    """From ImageJ's page spacing and unit, and the resolution tags (pixels per unit)."""
    notes = file.imagej_metadata or {}
    scale = _MM_PER_UNIT.get(str(notes.get("unit", "")).lower())
    tags = file.pages[0].tags
    if scale is None or "spacing" not in notes or "XResolution" not in tags:
        return None
    across, down = tags["XResolution"].value, tags["YResolution"].value
    if 0 in across or 0 in down:
        return None
    return (
        float(notes["spacing"]) * scale,
        down[1] / down[0] * scale,
        across[1] / across[0] * scale,
    )


def _ome_spacing(file: Any) -> SpacingMm | None:
    """From the first ``Pixels`` element of the OME-XML; the standard's own unit is µm."""
    if not file.is_ome:
        return None
    pixels = ElementTree.fromstring(file.ome_metadata).find(".//{*}Pixels")
    if pixels is None:
        return None
    spacing = []
    for axis in "ZYX":
        size = pixels.get(f"PhysicalSize{axis}")
        scale = _MM_PER_UNIT.get(pixels.get(f"PhysicalSize{axis}Unit", "µm").lower())
        if size is None or scale is None:
            return None
        spacing.append(float(size) * scale)
    return spacing[0], spacing[1], spacing[2]


@contextmanager
def _no_silent_repairs() -> Iterator[None]:
    """Make an error of what tifffile only logs: a cut file would come back shorter."""
    logger = logging.getLogger("tifffile")
    heard = _Heard(level=logging.ERROR)
    logger.addHandler(heard)
    try:
        yield
    finally:
        logger.removeHandler(heard)
    if heard.messages:
        raise ValueError(heard.messages[0])


class _Heard(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
