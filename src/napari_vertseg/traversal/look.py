"""One evaluation of one patch, and the fragment that the walk follows in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import SegmentationFailed
from ..prediction import Prediction
from ..volume import Window, Zyx
from ..volume.components import Component, find_components
from .config import TraversalConfig
from .fragment import Fragment, next_center


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What the network said about a window of the scan as walked."""

    window: Window
    probability: NDArray[np.uint8]
    """(z, y, x) of the window's shape, 255 = certain. All decisions are made on
    this, so that a walk that was saved and resumed decides alike."""
    new: NDArray[np.bool_]
    """(z, y, x) voxels at or above the threshold, inside the scan, of no instance yet (P6)."""
    completeness: float
    level: float | None


def judged(
    prediction: Prediction,
    window: Window,
    segmented: NDArray[np.bool_],
    scan_shape: Zyx,
    config: TraversalConfig,
) -> Look:
    """Turn an answer into a look: quantise, threshold, leave out what is taken.

    Parameters
    ----------
    prediction : Prediction
        Answer for this window.
    segmented : (z, y, x) bool
        Voxels of the window that belong to instances (P10).

    Raises
    ------
    SegmentationFailed
        The answer has another shape than the patch, or no probabilities in it.
    """
    probability = _quantised(prediction.probability, window)
    new = np.zeros(window.shape, dtype=bool)
    inside = window.inside_patch(scan_shape)
    new[inside] = (probability[inside] >= config.probability_cut) & ~segmented[inside]
    return Look(window, probability, new, float(prediction.completeness), prediction.level)


def _quantised(probability: NDArray[np.float32], window: Window) -> NDArray[np.uint8]:
    if probability.shape != tuple(window.shape):
        raise SegmentationFailed(
            f"The model answered with {probability.shape} voxels for a patch of "
            f"{tuple(window.shape)}; it does not fit these settings."
        )
    low, high = float(probability.min()), float(probability.max())
    if not (low >= 0.0 and high <= 1.0):  # so that NaN fails as well
        raise SegmentationFailed(
            f"The model answered with values {low:g}…{high:g} instead of probabilities; "
            "it is damaged or the device computes wrongly. Try another model, or the CPU."
        )
    scaled = np.multiply(probability, np.float32(255.0), dtype=np.float32)
    scaled += np.float32(0.5)
    return scaled.astype(np.uint8)


def focus(
    look: Look,
    config: TraversalConfig,
    *,
    least: int | None = None,
    at: Zyx | None = None,
    is_barred: Callable[[Zyx], bool] = lambda center: False,
) -> Fragment | None:
    """The fragment that the patch follows; None where nothing reaches n_min (P6).

    Differs from the paper, where it is all new voxels (``focus="all"``):
    the largest connected piece, so that specks elsewhere do not pull the centre.

    Parameters
    ----------
    least : int, optional
        Voxels of the smallest piece that counts; None: n_min.
    at : Zyx, optional
        Voxel of the scan as walked; the piece that contains it goes first.
    is_barred : callable
        Whether pieces with a centre, a voxel of the scan as walked, are passed over.
    """
    least = config.min_fragment_voxels if least is None else least
    if config.focus == "all":
        whole = Fragment.of(look.new)
        if whole is None or whole.voxels < least:
            return None
        candidates = [whole]
    else:
        pieces = find_components(look.new, least)
        candidates = [_fragment(piece) for piece in pieces]
    if at is not None:
        candidates.sort(key=lambda fragment: not contains(fragment, look.window, at))
    for fragment in candidates:
        if not is_barred(next_center(fragment, look.window)):
            return fragment
    return None


def contains(fragment: Fragment, window: Window, voxel: Zyx) -> bool:
    """Whether a voxel of the scan belongs to the fragment."""
    place = tuple(v - s for v, s in zip(voxel, fragment.start_in(window), strict=True))
    if any(not 0 <= p < n for p, n in zip(place, fragment.mask.shape, strict=True)):
        return False
    return bool(fragment.mask[place])


def is_near(center: Zyx, rejected: Sequence[Zyx], config: TraversalConfig) -> bool:
    """Whether a centre lies within the rejection radius of any rejected one, on every axis."""
    reach = config.rejection_radius_mm / config.spacing_mm
    return any(
        max(abs(a - b) for a, b in zip(center, other, strict=True)) <= reach for other in rejected
    )


def _fragment(piece: Component) -> Fragment:
    return Fragment(Zyx(*(s.start for s in piece.slices)), piece.mask)
