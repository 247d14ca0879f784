"""Networks so small that a forward pass takes no time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_vertseg.network.architecture import IterativeFcn
from napari_vertseg.network.config import NetworkConfig
from napari_vertseg.volume import Zyx

Patch = tuple[NDArray[np.int16], NDArray[np.bool_]]


@pytest.fixture
def network() -> Callable[..., IterativeFcn]:
    """A network from a fixed seed; keywords as of ``NetworkConfig``."""

    def _network(*, checkpoint_activations: bool = False, **changes: Any) -> IterativeFcn:
        settings = {"filters": (3, 4), "patch_shape": Zyx(8, 12, 16)} | changes
        torch.manual_seed(1)
        return IterativeFcn(
            NetworkConfig(**settings), checkpoint_activations=checkpoint_activations
        )

    return _network


@pytest.fixture
def patch() -> Callable[[tuple[int, int, int]], Patch]:
    """Made HU, partly beyond the scan, and a made memory."""

    def _patch(shape: tuple[int, int, int]) -> Patch:
        rng = np.random.default_rng(3)
        image = rng.integers(-1024, 1500, shape).astype(np.int16)
        image[:2] = -2048
        return image, rng.random(shape) < 0.3

    return _patch
