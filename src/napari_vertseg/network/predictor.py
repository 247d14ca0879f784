"""A network that answers like any other predictor: HU patch and memory in, prediction out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..prediction import Prediction
from ..volume import AIR_HU
from .architecture import IterativeFcn

_OUTSIDE_VALUE = -0.5
"""Input value of voxels beyond the scan; those inside lie in [0, 1]."""


def normalise(image: Tensor, window_hu: tuple[float, float]) -> Tensor:
    """HU → [0, 1] over the model's window; voxels beyond the scan → −0.5.

    A value of their own lets the network tell a vertebra that the scan cuts
    from one that ends in air.
    """
    low, high = window_hu
    hu = image.float()
    inside = ((hu - low) / (high - low)).clamp(0.0, 1.0)
    return torch.where(hu < AIR_HU, _OUTSIDE_VALUE, inside)


class NetworkPredictor:
    """Runs an ``IterativeFcn`` on one patch at a time, on any device.

    The network is moved to the device and put into evaluation mode.
    """

    def __init__(
        self,
        network: IterativeFcn,
        window_hu: tuple[float, float],
        device: torch.device | str = "cpu",
    ) -> None:
        self.device = torch.device(device)
        self.window_hu = window_hu
        self._shape = tuple(network.config.patch_shape)
        self._network = network.to(  # type: ignore[call-overload]
            device=self.device, memory_format=torch.channels_last_3d
        ).eval()

    def __call__(
        self, image_patch: NDArray[np.int16], memory_patch: NDArray[np.bool_]
    ) -> Prediction:
        """See ``Predictor``.

        Raises
        ------
        ValueError
            A patch has not the shape that the network was built for.
        """
        for patch in (image_patch, memory_patch):
            if patch.shape != self._shape:
                raise ValueError(f"a patch is {patch.shape}, the network takes {self._shape}")
        with torch.inference_mode(), _full_precision(self.device):
            image = torch.from_numpy(np.ascontiguousarray(image_patch)).to(self.device)
            memory = torch.from_numpy(np.ascontiguousarray(memory_patch)).to(self.device)
            both = torch.stack([normalise(image, self.window_hu), memory.float()])[None]
            voxels, completeness = self._network(
                both.contiguous(memory_format=torch.channels_last_3d)
            )
            probability = voxels[0, 0].sigmoid().float().cpu().numpy()
            return Prediction(
                probability=np.ascontiguousarray(probability),
                completeness=float(completeness[0].sigmoid()),
            )


@contextmanager
def _full_precision(device: torch.device) -> Iterator[None]:
    """No TF32 in here: with its 10 bits a GPU's masks would differ from the CPU's."""
    if device.type != "cuda":
        yield
        return
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
