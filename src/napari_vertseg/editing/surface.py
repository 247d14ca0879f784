"""Moving the surface of a vertebra: grow, shrink, smooth, all in millimetres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import EditImpossible
from ..volume import Slices
from .claim import claim
from .distance import distance_mm
from .labels import EditableLabels
from .proposal import Proposal

_REACH_SIGMAS = 3.0


def grow(labels: EditableLabels, vertebra: int, by_mm: float) -> Proposal:
    """Take empty voxels up to a distance, measured from voxel centre to voxel centre.

    Raises
    ------
    EditImpossible
        The distance is not positive or less than a voxel, all around is taken, the vertebra has
        no voxel or is locked.
    """
    name = f"Grow {labels.called(vertebra)} by {by_mm:g} mm"
    slices, own = _seen(labels, vertebra, name, by_mm, margin_mm=by_mm)
    _check_at_least_a_voxel(labels, name, by_mm)
    wanted = distance_mm(own, labels.spacing_mm) <= by_mm
    return claim(labels, vertebra, slices, wanted, name)


def shrink(labels: EditableLabels, vertebra: int, by_mm: float) -> Proposal:
    """Give up voxels within a distance of anything else.

    The faces of the scan are no surface: what goes on beyond them is not known.

    Raises
    ------
    EditImpossible
        The distance is not positive or less than a voxel, nothing would be left, the vertebra
        has no voxel or is locked.
    """
    name = f"Shrink {labels.called(vertebra)} by {by_mm:g} mm"
    slices, own = _seen(labels, vertebra, name, by_mm, margin_mm=0)
    _check_at_least_a_voxel(labels, name, by_mm)
    return _claim_some(
        labels, vertebra, slices, distance_mm(~own, labels.spacing_mm) > by_mm, name
    )


def smooth(labels: EditableLabels, vertebra: int, sigma_mm: float) -> Proposal:
    """Round off what is finer than a Gaussian of this width, into empty or own voxels.

    Raises
    ------
    EditImpossible
        The width is not positive, nothing would be left or change, the vertebra has no voxel
        or is locked.
    """
    name = f"Smooth {labels.called(vertebra)} by {sigma_mm:g} mm"
    slices, own = _seen(labels, vertebra, name, sigma_mm, margin_mm=sigma_mm)
    sigma = [sigma_mm / mm for mm in labels.spacing_mm]
    blurred = ndimage.gaussian_filter(
        own.astype(np.float32), sigma, mode="nearest", truncate=_REACH_SIGMAS
    )
    return _claim_some(labels, vertebra, slices, blurred > 0.5, name)


def _seen(
    labels: EditableLabels, vertebra: int, name: str, width_mm: float, margin_mm: float
) -> tuple[Slices, NDArray[np.bool_]]:
    labels.check_editable(vertebra)
    if not width_mm > 0 or not np.isfinite(width_mm):
        raise EditImpossible(f"{name}: a width above 0 mm is needed")
    slices = labels.box(vertebra, margin_mm)
    return slices, labels.array[slices] == vertebra


def _check_at_least_a_voxel(labels: EditableLabels, name: str, by_mm: float) -> None:
    finest = min(labels.spacing_mm)
    if by_mm < finest * (1 - 1e-6):
        raise EditImpossible(f"{name}: that is less than a voxel, {finest:g} mm; choose more")


def _claim_some(
    labels: EditableLabels, vertebra: int, slices: Slices, wanted: NDArray[np.bool_], name: str
) -> Proposal:
    if not wanted.any():
        raise EditImpossible(f"{name}: nothing would be left of it; choose less")
    return claim(labels, vertebra, slices, wanted, name)
