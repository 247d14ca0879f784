"""A small picture of a case for the table: one sagittal slice, its vertebrae coloured."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from ..cases import Project
from ..cases.layout import CaseFolder
from ..errors import VertsegError
from ..io import atomic_path
from ..pictures.colours import PALETTE
from ..volume import Grid, Scan

HEIGHT: Final = 96
_WINDOW_HU: Final = (-200.0, 800.0)
_BONE_HU: Final = 200
_TINT: Final = 0.55


def thumbnail_path(folder: CaseFolder) -> Path:
    """Where the picture of a case lies; it may be deleted at any time."""
    return folder.path / "thumbnail.png"


def make_thumbnail(scan: Scan, labels: NDArray[Any]) -> NDArray[np.uint8]:
    """A sagittal slice through the vertebrae, or through the most bone where there are none.

    Parameters
    ----------
    labels : (z, y, x) whole numbers
        Ids on the scan's grid.

    Returns
    -------
    (96, width, 3) uint8
        Head up, the patient's front to the left; true proportions.
    """
    x = _column(scan.voxels, labels)
    low, high = _WINDOW_HU
    grey = (scan.voxels[:, :, x].astype(np.float32) - low) / (high - low)
    picture = np.repeat(grey.clip(0, 1)[:, :, None], 3, axis=2)
    for vertebra in np.unique(labels[:, :, x]):
        if vertebra:
            colour = np.array(PALETTE[(int(vertebra) - 1) % len(PALETTE)], dtype=np.float32)
            where = labels[:, :, x] == vertebra
            picture[where] = (1 - _TINT) * picture[where] + _TINT * colour
    return (255 * _scaled(picture, scan.grid)).astype(np.uint8)


def write_thumbnail(folder: CaseFolder, picture: NDArray[np.uint8]) -> Path:
    """Put the picture into the folder of its case, from where it goes with the patient."""
    path = thumbnail_path(folder)
    with atomic_path(path, overwrite=True) as part:
        iio.imwrite(part, picture, extension=".png")
    return path


def thumbnail_of(project: Project, case_id: str) -> Path | None:
    """The picture of a case, made where it is missing or older than the case; None if it cannot.

    Reads the scan: not for the window's thread.
    """
    folder = project.folder.case(case_id)
    path = thumbnail_path(folder)
    if is_fresh(folder):
        return path
    try:
        case = project.case(case_id)
        picture = make_thumbnail(project.scan(case), project.current_labels(case))
        return write_thumbnail(folder, picture)
    except (VertsegError, OSError):
        return None


def is_fresh(folder: CaseFolder) -> bool:
    """Whether the picture shows the newest labels."""
    newest = [p for p in (folder.correction, folder.prediction) if p.exists()][:1]
    try:
        made = thumbnail_path(folder).stat().st_mtime
        return all(path.stat().st_mtime <= made for path in newest)
    except OSError:
        return False


def _column(voxels: NDArray[np.int16], labels: NDArray[Any]) -> int:
    """The slice with most of the vertebrae, else one with bone at most heights: the spine."""
    counts = np.zeros(voxels.shape[2])
    for plane in labels:  # never a second volume
        counts += np.count_nonzero(plane, axis=0)
    if not counts.any():
        for plane in voxels[::4]:
            counts += (plane > _BONE_HU).any(axis=0)
        third = len(counts) // 3  # beside it lie arms and ribs
        counts[:third] = counts[len(counts) - third :] = 0
    return int(counts.argmax()) if counts.any() else len(counts) // 2


def _scaled(picture: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
    rows, columns = picture.shape[:2]
    height_mm, depth_mm = rows * grid.spacing_mm.z, columns * grid.spacing_mm.y
    width = int(np.clip(round(HEIGHT * depth_mm / height_mm), 8, 2 * HEIGHT))
    z = ((np.arange(HEIGHT) + 0.5) * rows / HEIGHT).astype(int)
    y = ((np.arange(width) + 0.5) * columns / width).astype(int)
    return np.asarray(picture[z][:, y])
