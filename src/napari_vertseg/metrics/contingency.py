"""How many voxels each prediction shares with each reference, counted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..volume import Slices

MAX_LABEL: Final = 2047
"""Largest label value; the joint count is a table over both maps' values."""

_SLAB_VOXELS: Final = 1 << 22
"""Voxels counted at a time, so that the 64-bit keys never exist for a whole scan."""


@dataclass(frozen=True, eq=False, slots=True)
class Contingency:
    """Voxel counts of two label maps; row = prediction, column = reference."""

    predictions: tuple[int, ...]
    """Label values present in the prediction, ascending, without background."""
    references: tuple[int, ...]
    """Label values present in the reference, ascending, without background."""
    shared: NDArray[np.int64]
    """(prediction, reference) voxels in both."""
    prediction_voxels: NDArray[np.int64]
    """(prediction,) voxels of each prediction."""
    reference_voxels: NDArray[np.int64]
    """(reference,) voxels of each reference."""

    def only(self, references: tuple[int, ...]) -> Contingency:
        """The same counts with only some of the references as columns."""
        columns = [self.references.index(label) for label in references]
        return Contingency(
            self.predictions,
            references,
            self.shared[:, columns],
            self.prediction_voxels,
            self.reference_voxels[columns],
        )

    @property
    def dice(self) -> NDArray[np.float64]:
        """(prediction, reference) Dice coefficients."""
        total = self.prediction_voxels[:, None] + self.reference_voxels[None, :]
        return 2.0 * self.shared / total

    @property
    def iou(self) -> NDArray[np.float64]:
        """(prediction, reference) intersection over union."""
        total = self.prediction_voxels[:, None] + self.reference_voxels[None, :]
        return self.shared / (total - self.shared)


def count_shared_voxels(prediction: NDArray[Any], reference: NDArray[Any]) -> Contingency:
    """Count both label maps in one pass over the box that holds all labels.

    Parameters
    ----------
    prediction, reference : (z, y, x) integers in 0 … ``MAX_LABEL``
        0 is background; both on the same grid.

    Raises
    ------
    ValueError
        The shapes differ, or the values are no labels.
    """
    if prediction.shape != reference.shape or prediction.ndim != 3:
        raise ValueError(f"two maps of one grid needed: {prediction.shape}, {reference.shape}")
    for labels in (prediction, reference):
        if labels.dtype.kind not in "iu":
            raise ValueError(f"labels must be integers, not {labels.dtype}")
    box = foreground_box(prediction, reference)
    prediction, reference = prediction[box], reference[box]
    table = np.zeros((_size(prediction), _size(reference)), dtype=np.int64)
    for rows in _slabs(prediction.shape):
        keys = prediction[rows].astype(np.intp) * table.shape[1]
        keys += reference[rows].astype(np.intp)
        table += np.bincount(keys.ravel(), minlength=table.size).reshape(table.shape)
    return _without_background(table)


def foreground_box(*label_maps: NDArray[Any]) -> Slices:
    """Smallest box that holds every non-zero voxel of all maps; empty where there is none."""
    seen = [labels != 0 for labels in (np.bitwise_or.reduce(m, axis=0) for m in label_maps)]
    y, x = (_span(np.logical_or.reduce([s.any(axis=axis) for s in seen])) for axis in (1, 0))
    z = _span(np.logical_or.reduce([m[:, y, x].any(axis=(1, 2)) for m in label_maps]))
    return z, y, x


def label_boxes(labels: NDArray[Any]) -> dict[int, Slices]:
    """Bounding box of every label in a (z, y, x) map."""
    box = foreground_box(labels)
    inside = labels[box]
    found = ndimage.find_objects(inside) if inside.size else []
    return {
        value: _shifted(slices, box)
        for value, slices in enumerate(found, start=1)
        if slices is not None
    }


def _span(hits: NDArray[np.bool_]) -> slice:
    where = np.flatnonzero(hits)
    return slice(int(where[0]), int(where[-1]) + 1) if where.size else slice(0, 0)


def _shifted(inner: tuple[slice, ...], outer: Slices) -> Slices:
    z, y, x = (
        slice(o.start + i.start, o.start + i.stop) for i, o in zip(inner, outer, strict=True)
    )
    return z, y, x


def _size(labels: NDArray[Any]) -> int:
    if labels.size == 0:
        return 1
    if labels.min() < 0 or labels.max() > MAX_LABEL:
        raise ValueError(f"labels must lie in 0 to {MAX_LABEL}, not up to {labels.max()}")
    return int(labels.max()) + 1


def _slabs(shape: tuple[int, ...]) -> Iterator[slice]:
    thickness = max(_SLAB_VOXELS // max(shape[1] * shape[2], 1), 1)
    return (slice(z, z + thickness) for z in range(0, shape[0], thickness))


def _without_background(table: NDArray[np.int64]) -> Contingency:
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    predictions = np.flatnonzero(rows[1:]) + 1
    references = np.flatnonzero(columns[1:]) + 1
    return Contingency(
        tuple(predictions.tolist()),
        tuple(references.tolist()),
        table[np.ix_(predictions, references)],
        rows[predictions],
        columns[references],
    )
