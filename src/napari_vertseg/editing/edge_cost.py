"""How dear it is for a contour to run through a pixel: cheap on the outer rim of bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import EditImpossible


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeRules:
    """What counts as the edge of a vertebra.

    Chosen on the middle slices of phantom vertebrae at 2 mm and of two VerSe scans: from eight
    anchors on the outline the contour's mean Dice is 0.95 and 0.96.
    """

    edge_mm: float = 0.8
    """Width of the Gaussian under the gradient: finer texture is no edge."""
    edge_hu_per_mm: float = 100.0
    """Gradient at which a pixel is half an edge."""
    bone_hu: float = 180.0
    """Between soft tissue and the cortex; the rim lies on the bone's side."""
    bone_softness_hu: float = 60.0
    """How gradually a pixel becomes bone."""
    bone_share: float = 0.5
    """Weight of the CT value beside the gradient's."""
    floor: float = 0.1
    """Price of a perfect edge: length counts, so that the line runs straight."""


def edge_cost(
    image: NDArray[np.int16],
    spacing_mm: tuple[float, float],
    rules: EdgeRules | None = None,
) -> NDArray[np.float64]:
    """Price per millimetre of a line through each pixel of a slice.

    Parameters
    ----------
    image : (rows, columns) int16 HU
    spacing_mm : tuple of float
        Of rows and columns.
    rules : EdgeRules, optional

    Returns
    -------
    (rows, columns) float64
        From ``rules.floor`` on a clear edge to 1 plus that where there is none.

    Raises
    ------
    EditImpossible
        The picture is no slice or smaller than 3 × 3 pixels.
    """
    rules = rules or EdgeRules()
    if image.ndim != 2 or min(image.shape) < 3:
        raise EditImpossible(f"a live wire needs a slice, got a picture of {image.shape} pixels")
    hu = image.astype(np.float64)
    gradient = _gradient_hu_per_mm(hu, spacing_mm, rules.edge_mm)
    no_edge = 1 / (1 + (gradient / rules.edge_hu_per_mm) ** 2)
    no_bone = 1 / (1 + np.exp(np.clip((hu - rules.bone_hu) / rules.bone_softness_hu, -30, 30)))
    cost: NDArray[np.float64] = (
        rules.floor + (1 - rules.bone_share) * no_edge + rules.bone_share * no_bone
    )
    return cost


def _gradient_hu_per_mm(
    hu: NDArray[np.float64], spacing_mm: tuple[float, float], sigma_mm: float
) -> NDArray[np.float64]:
    # Below half a pixel a Gaussian derivative samples nothing.
    sigma = [max(sigma_mm / mm, 0.5) for mm in spacing_mm]
    along = [
        ndimage.gaussian_filter(hu, sigma, order=order, mode="nearest") / mm
        for order, mm in (((1, 0), spacing_mm[0]), ((0, 1), spacing_mm[1]))
    ]
    gradient: NDArray[np.float64] = np.hypot(*along)
    return gradient
