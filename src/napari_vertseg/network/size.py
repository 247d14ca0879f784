"""How large a network is, without building it."""

from __future__ import annotations

import torch

from .architecture import IterativeFcn
from .config import NetworkConfig


def parameter_count(config: NetworkConfig) -> int:
    """Numbers in all tensors of the network; no memory is taken for them."""
    with torch.device("meta"):
        tensors = IterativeFcn(config).state_dict().values()
    return sum(tensor.numel() for tensor in tensors)
