"""Which network a run trains."""

from __future__ import annotations

from dataclasses import replace

from napari_vertseg.network.config import PRESETS, NetworkConfig
from napari_vertseg.training import TrainingConfig


def network_config(config: TrainingConfig) -> NetworkConfig:
    """The preset's network, with the norm of the settings where they name one."""
    network = PRESETS[config.preset].network
    return network if config.norm is None else replace(network, norm=config.norm)
