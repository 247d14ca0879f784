"""Labels layers of others, brought onto the grid of a scan."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CaseIncomplete
from ..volume import Grid, Scan
from .foreign import data_to_world
from .marks import KEY

_SAME_PLACE_MM = 0.01


def on_scan(layer: Any, scan: Scan, *, is_taken_over: bool = False) -> NDArray[Any]:
    """(z, y, x) labels of a layer on the scan's canonical grid.

    Parameters
    ----------
    layer : napari layer
        A mask that our reader has read says itself where it lies. Others are
        told by shape and place: as they lie on our scan layer, or turned like
        the scan was.
    scan : Scan
    is_taken_over : bool
        The scan was taken from another reader's layer; a mask without a word
        of ours was then made for that layer, and is turned like it.

    Raises
    ------
    CaseIncomplete
        The layer does not lie on the scan.
    """
    labels = np.asarray(layer.data)
    while labels.ndim > 3 and labels.shape[0] == 1:
        labels = labels[0]
    grid = layer.metadata.get(KEY, {}).get("grid")
    if isinstance(grid, Grid) and grid.is_same(scan.grid, _SAME_PLACE_MM):
        return labels
    fits_source = labels.shape == tuple(scan.stored_grid.shape)
    if is_taken_over and fits_source:
        return _turned(labels, scan)
    if labels.shape == tuple(scan.grid.shape) and _lies_on(layer, scan):
        return labels
    if fits_source and grid is None:
        return _turned(labels, scan)
    sizes = [" × ".join(map(str, shape)) for shape in (labels.shape, scan.grid.shape)]
    raise CaseIncomplete(
        f"The layer {layer.name} ({sizes[0]} voxels) does not lie on the scan {scan.name} "
        f"({sizes[1]}); give the mask of this very scan, or open its file here."
    )


def _turned(labels: NDArray[Any], scan: Scan) -> NDArray[Any]:
    return np.ascontiguousarray(scan.orientation.apply(labels))


def _lies_on(layer: Any, scan: Scan) -> bool:
    """Whether voxels lie where those of our scan layer do."""
    expected = np.diag([*scan.grid.spacing_mm, 1.0])
    return bool(np.abs(data_to_world(layer) - expected).max() <= _SAME_PLACE_MM)
