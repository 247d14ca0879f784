"""Where the labels of a map lie: boxes, centroids, contact with the border."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..volume import Slices, ZyxFloat
from .contingency import label_boxes


@dataclass(frozen=True, eq=False)
class LabelPlaces:
    """One label map on its grid, asked about one label at a time."""

    labels: NDArray[Any]
    """(z, y, x) integers, 0 is background."""
    spacing_mm: ZyxFloat

    @cached_property
    def boxes(self) -> dict[int, Slices]:
        """Bounding box of every label."""
        return label_boxes(self.labels)

    @cached_property
    def centroids_mm(self) -> dict[int, NDArray[np.float64]]:
        """(z, y, x) millimetres from the first voxel's centre, of every label."""
        return {value: self._centroid_mm(value) for value in self.boxes}

    def touches_border(self, value: int) -> bool:
        """Whether a label reaches one of the six faces of the map."""
        return any(
            s.start == 0 or s.stop == n
            for s, n in zip(self.boxes[value], self.labels.shape, strict=True)
        )

    def _centroid_mm(self, value: int) -> NDArray[np.float64]:
        box = self.boxes[value]
        mask = self.labels[box] == value
        means = [
            np.average(np.arange(s.start, s.stop), weights=mask.sum(axis=others))
            for s, others in zip(box, ((1, 2), (0, 2), (0, 1)), strict=True)
        ]
        return np.array(means) * self.spacing_mm


def nearest(
    place_mm: NDArray[np.float64], others_mm: dict[int, NDArray[np.float64]]
) -> tuple[int, float]:
    """Label of the nearest of several places, and the distance in mm.

    Parameters
    ----------
    place_mm : (3,) float
        Where one looks from.
    others_mm : dict of (3,) float
        Places by label; not empty.
    """
    distances = {label: float(np.linalg.norm(at - place_mm)) for label, at in others_mm.items()}
    label = min(distances, key=lambda value: distances[value])
    return label, distances[label]
