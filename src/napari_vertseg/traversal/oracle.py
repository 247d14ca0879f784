"""Predictors that answer from truth: a whole walk in milliseconds, without a network."""

from __future__ import annotations

from collections.abc import Collection
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..prediction import Prediction

_SLIVER_VOXELS = 40
"""Less than this is no target in training either, and far below n_min on a 2 mm grid."""
_TIP = 0.25
"""A part smaller than this, some of it remembered, belongs to a vertebra that is done."""
_TOLERATED_OUTSIDE = 0.03
"""A complete vertebra may miss this share of its volume in the patch (P19)."""


class OraclePredictor:
    """Answers as a perfectly trained network would, where the *image is the label map*.

    Labels grow from head to foot. The answer is the first vertebra in walking
    direction of which more than half of what the patch shows is not in the
    memory; all of it, whether remembered or not. Like a network that was taught
    on flawed memories, it leaves the tip of a vertebra alone that is partly
    remembered.

    Parameters
    ----------
    truth : (z, y, x) int
        The label map that is walked, for the whole volume of every vertebra.
    incomplete : collection of int
        Labels that are marked incomplete in the scan (P19).
    """

    def __init__(
        self,
        truth: NDArray[np.int16],
        *,
        incomplete: Collection[int] = (),
    ) -> None:
        self._volumes = np.bincount(truth[truth > 0])
        self._incomplete = frozenset(incomplete)
        self.calls = 0
        """Patches answered so far."""

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        """See ``Predictor``."""
        self.calls += 1
        label = self.next_vertebra(image_patch, memory_patch)
        if label is None:
            return Prediction(np.zeros(image_patch.shape, dtype=np.float32), 0.0)
        mask = image_patch == label
        completeness = self._completeness(label, int(np.count_nonzero(mask)))
        return Prediction(mask.astype(np.float32), completeness)

    def next_vertebra(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> int | None:
        """Label of the next vertebra in a patch; None where there is none."""
        inside = image_patch > 0
        visible = np.bincount(image_patch[inside], minlength=len(self._volumes))
        free = np.bincount(image_patch[inside & ~memory_patch], minlength=len(visible))
        labels = [int(label) for label in np.flatnonzero(visible)]
        if len(labels) > 1 and _is_upside_down(image_patch, labels):
            labels.reverse()
        for label in labels:
            if 2 * free[label] > visible[label] and not self._is_remainder(
                label, int(visible[label]), int(free[label])
            ):
                return label
        return None

    def _is_remainder(self, label: int, visible: int, free: int) -> bool:
        """A sliver, or a tip that hangs into the patch of a vertebra remembered elsewhere."""
        return free < _SLIVER_VOXELS or free < visible < _TIP * self._volumes[label]

    def _completeness(self, label: int, visible: int) -> float:
        share = visible / self._volumes[label]
        is_whole = label not in self._incomplete and share >= 1 - _TOLERATED_OUTSIDE
        return 1.0 if is_whole else 0.0


def _is_upside_down(image_patch: NDArray[np.int16], labels: list[int]) -> bool:
    """Whether the patch was turned for an upward walk: the head lies at +z."""
    heights = [float(np.nonzero(image_patch == v)[0].mean()) for v in (labels[0], labels[-1])]
    return heights[0] > heights[1]


class NoisyPredictor:
    """Spoils the answers of another predictor, always in the same way for the same patch.

    Parameters
    ----------
    predictor : OraclePredictor
        Whose answers are spoilt.
    seed : int
    empty_share : float
        Probability of an empty answer.
    false_share : float
        Probability of a false ball somewhere in the patch.
    shift_voxels : int
        The mask is displaced by up to so much on every axis.
    speckle_share : float
        Share of all voxels that are flipped.
    """

    def __init__(
        self,
        predictor: OraclePredictor,
        seed: int = 0,
        *,
        empty_share: float = 0.0,
        false_share: float = 0.0,
        shift_voxels: int = 0,
        speckle_share: float = 0.0,
        false_radius_voxels: float = 7.0,
    ) -> None:
        self._predictor = predictor
        self._seed = seed
        self._empty_share = empty_share
        self._false_share = false_share
        self._shift_voxels = shift_voxels
        self._speckle_share = speckle_share
        self._false_radius_voxels = false_radius_voxels

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        """See ``Predictor``."""
        answer = self._predictor(image_patch, memory_patch)
        rng = np.random.default_rng(self._fingerprint(image_patch, memory_patch))
        if rng.random() < self._empty_share:
            return Prediction(np.zeros_like(answer.probability), 0.0)
        probability = self._displaced(rng, answer.probability)
        if rng.random() < self._false_share:
            probability[_ball(rng, probability.shape, self._false_radius_voxels)] = 1.0
        flipped = rng.random(probability.shape) < self._speckle_share
        probability[flipped] = 1.0 - probability[flipped]
        return Prediction(probability, answer.completeness, answer.level)

    def _fingerprint(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> list[int]:
        """A network is a function: equal patches, equal answers."""
        return [self._seed, crc32(image_patch.tobytes()), crc32(memory_patch.tobytes())]

    def _displaced(
        self, rng: np.random.Generator, probability: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        shifts = rng.integers(-self._shift_voxels, self._shift_voxels + 1, size=3)
        return np.roll(probability, tuple(int(s) for s in shifts), axis=(0, 1, 2))


def _ball(rng: np.random.Generator, shape: tuple[int, ...], radius: float) -> NDArray[np.bool_]:
    center = [rng.uniform(0, n) for n in shape]
    axes = np.ogrid[tuple(slice(0, n) for n in shape)]
    distance = sum((axis - c) ** 2 for axis, c in zip(axes, center, strict=True))
    return np.asarray(distance <= radius**2)
