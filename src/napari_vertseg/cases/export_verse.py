"""VerSe's two files: a mask on the scan's own grid, and the centroids as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..io import write_json_atomic
from ..io.formats import write_stored
from .exported import ExportedCase, write_legend


def write_verse(folder: Path, exported: ExportedCase, *, overwrite: bool = False) -> list[Path]:
    """Mask, centroids and legend of one case.

    Parameters
    ----------
    folder : Path
        Is there.

    Returns
    -------
    list of Path
        ``…_seg-vert_msk.nii.gz``, ``…_seg-vert_ctd.json``, ``…_legend.json``.

    Raises
    ------
    OutputRefused
        A file is there without ``overwrite``, or cannot be written.
    """
    source = exported.case.source
    mask = folder / f"{exported.stem}_seg-vert_msk.nii.gz"
    centroids = folder / f"{exported.stem}_seg-vert_ctd.json"
    legend = folder / f"{exported.stem}_legend.json"
    stored = source.orientation.undo(exported.labels)
    write_stored(mask, stored, source.stored_grid.affine, overwrite=overwrite)
    write_json_atomic(centroids, centroids_of(exported), overwrite)
    write_legend(legend, exported, overwrite=overwrite)
    return [mask, centroids, legend]


def centroids_of(exported: ExportedCase) -> list[dict[str, Any]]:
    """As VerSe has them: axis directions, then one point per vertebra.

    X, Y, Z are voxels of the mask in its stored axis order, whose first, second
    and third axis run towards the letters of ``direction``.
    """
    import nibabel

    source = exported.case.source
    codes = nibabel.aff2axcodes(source.stored_grid.affine)
    stored = source.orientation.undo(exported.labels)
    points: list[dict[str, Any]] = [{"direction": [str(code) for code in codes]}]
    for value in exported.values:
        x, y, z = (round(float(v.mean()), 2) for v in np.nonzero(stored == value))
        points.append({"label": value, "X": x, "Y": y, "Z": z})
    return points
