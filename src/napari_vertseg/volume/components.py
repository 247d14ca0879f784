"""Connected pieces of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import cc3d
import numpy as np
from numpy.typing import NDArray

from .window import Slices, bounding_slices


@dataclass(frozen=True, eq=False, slots=True)
class Component:
    """One connected piece of a mask, as a crop."""

    slices: Slices
    """Bounding box in the mask."""
    mask: NDArray[np.bool_]
    """(z, y, x) crop to the bounding box, without the other pieces."""
    voxels: int
    """Number of true voxels."""


def find_components(mask: NDArray[np.bool_], min_voxels: int = 1) -> list[Component]:
    """Pieces of at least ``min_voxels`` voxels, largest first.

    Voxels that share a corner are connected: on a coarse grid the pedicles of
    a vertebra are one or two voxels thick and run aslant.

    Parameters
    ----------
    mask : (z, y, x) bool
    min_voxels : int
        Smaller pieces are left out.
    """
    box = bounding_slices(mask)
    if box is None:
        return []
    labels = _numbered(np.ascontiguousarray(mask[box]))
    statistics = cc3d.statistics(labels)
    counts = np.asarray(statistics["voxel_counts"]).astype(np.int64)
    order = 1 + np.argsort(-counts[1:], kind="stable")
    return [
        _piece(labels, statistics["bounding_boxes"][label], int(label), int(counts[label]), box)
        for label in order
        if counts[label] >= min_voxels
    ]


def _numbered(crop: NDArray[np.bool_]) -> NDArray[np.unsignedinteger]:
    """Pieces by number; a crop of one row with every second voxel set is too much for cc3d.

    Version 4.1.1 counts on at most one piece per two voxels and one more for the background,
    and raises where a row holds one more than that.
    """
    if min(crop.shape) > 1:
        return np.asarray(cc3d.connected_components(crop, binary_image=True))
    labels = cc3d.connected_components(np.pad(crop, 1), binary_image=True)
    return np.ascontiguousarray(labels[1:-1, 1:-1, 1:-1])


def _piece(
    labels: NDArray[np.unsignedinteger], inner: Slices, label: int, voxels: int, box: Slices
) -> Component:
    z, y, x = (
        slice(outer.start + part.start, outer.start + part.stop)
        for outer, part in zip(box, inner, strict=True)
    )
    return Component((z, y, x), np.asarray(labels[inner] == label), voxels)
