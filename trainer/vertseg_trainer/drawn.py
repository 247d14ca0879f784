"""A scan drawn for training: image, labels and what carries no loss, on the working grid."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_vertseg.anatomy import head_to_foot_rank, is_target

BONE_HU = 130
"""Unlabelled voxels above this beyond the labelled range may be a vertebra without label."""


@dataclass(frozen=True, eq=False)
class DrawnScan:
    """One drawn scan; views of it are cropped and flipped per sample."""

    image: NDArray[np.int16]
    """(z, y, x) HU, ``OUTSIDE_HU`` beyond the scan."""
    labels: NDArray[np.uint8]
    """(z, y, x): 0, or 1 … n head to foot. Targets only (P28)."""
    no_loss: NDArray[np.bool_]
    """(z, y, x)."""
    full_voxels: NDArray[np.float64]
    """(n + 1,) volume of each vertebra in working voxels before anything was cropped."""
    is_complete: NDArray[np.bool_]
    """(n + 1,) by label."""
    sacrum_center: tuple[float, float, float] | None = None
    """Where the hard negative lies, if it is in view."""
    ignored: frozenset[int] = frozenset()
    """Labels that are never a target: the walk passes them as if it had found them."""
    loss_weight: Mapping[int, float] = field(default_factory=dict)
    """How much more a sample counts whose target is this label; 1 where not named."""

    @property
    def count(self) -> int:
        """Number of vertebrae."""
        return len(self.is_complete) - 1


def drawn_scan(
    image: NDArray[np.int16],
    verse: NDArray[np.uint8],
    is_complete: Mapping[int, bool],
    *,
    full_voxels: Mapping[int, float] | None = None,
    ignore: NDArray[np.bool_] | None = None,
    is_exhaustive: bool = True,
    ignored: Collection[int] = (),
    loss_weight: Mapping[int, float] | None = None,
) -> DrawnScan:
    """Number the targets from head to foot and mark what carries no loss.

    ``ignored`` and ``loss_weight`` are by VerSe value, as is everything given here.
    """
    counts = np.bincount(verse.ravel(), minlength=256)
    values = [v for v in np.flatnonzero(counts).tolist() if is_target(v)]
    values.sort(key=head_to_foot_rank)
    table = np.zeros(256, dtype=np.uint8)
    table[values] = np.arange(1, len(values) + 1)
    labels = table[verse]
    full = [0.0] + [float((full_voxels or {}).get(v, counts[v])) for v in values]
    no_loss = np.zeros(labels.shape, dtype=bool) if ignore is None else ignore.copy()
    if ignored:
        # Its mask may be wrong at the rim, or it would not be ignored.
        no_loss |= ndimage.binary_dilation(np.isin(verse, list(ignored)), iterations=2)
        no_loss &= (labels == 0) | np.isin(verse, list(ignored))
    if not is_exhaustive and values:
        no_loss |= _unlabelled_bone(image, labels, verse, len(values))
    sacrum = ndimage.center_of_mass(verse == 26) if counts[26] else None
    return DrawnScan(
        image=image,
        labels=labels,
        no_loss=no_loss,
        full_voxels=np.array(full),
        is_complete=np.array([False] + [bool(is_complete.get(v, False)) for v in values]),
        sacrum_center=sacrum,
        ignored=frozenset(int(table[v]) for v in ignored if table[v]),
        loss_weight={int(table[v]): w for v, w in (loss_weight or {}).items() if table[v]},
    )


def _unlabelled_bone(
    image: NDArray[np.int16], labels: NDArray[np.uint8], verse: NDArray[np.uint8], last: int
) -> NDArray[np.bool_]:
    """Bright unlabelled voxels above the first and below the last labelled centre (P28)."""
    first_z = ndimage.center_of_mass(labels == 1)[0]
    last_z = ndimage.center_of_mass(labels == last)[0]
    beyond = np.zeros(image.shape, dtype=bool)
    beyond[: int(np.ceil(first_z))] = True
    if not (verse == 26).any():  # with the sacrum labelled, nothing is missing below
        beyond[int(np.floor(last_z)) :] = True
    bright = (image > BONE_HU) & (labels == 0) & (verse == 0) & beyond
    grown = ndimage.binary_dilation(bright, iterations=1)
    return np.asarray(grown & (labels == 0) & beyond)
