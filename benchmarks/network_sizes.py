"""What a grid, a patch and a width cost: one forward and one training step on this machine.

    python benchmarks/network_sizes.py [--threads 2] [--repeats 3]

Every patch sees about as much of the spine as the paper's 128 mm do. Seconds are the best of the
repeats; the column *times* is the forward beside that of the shipped network in the same run. A
step is forward and backward on one patch, activations recomputed where they would not fit.
``grid_ceiling.py`` says what a grid costs in Dice before any network draws a border.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Final

import torch

from napari_vertseg.network.architecture import IterativeFcn, count_flop, count_parameters
from napari_vertseg.network.config import PRESETS, NetworkConfig
from napari_vertseg.volume import Zyx

SHIPPED: Final = "shipped: 1.75 mm"
SIZES: Final[dict[str, NetworkConfig]] = {
    SHIPPED: PRESETS["small"].network,
    "1.75 mm, twice as wide": NetworkConfig(
        filters=(32, 64, 96, 128), patch_shape=Zyx(64, 64, 64)
    ),
    "3 mm": NetworkConfig(filters=(16, 32, 48, 64), patch_shape=Zyx(40, 40, 40)),
    "2 mm": NetworkConfig(filters=(16, 32, 48, 64), patch_shape=Zyx(64, 56, 56)),
    "1.5 mm": NetworkConfig(filters=(16, 32, 48, 64), patch_shape=Zyx(80, 72, 72)),
    "1 mm": NetworkConfig(filters=(16, 32, 48, 64), patch_shape=Zyx(112, 112, 112)),
    "the paper's: 1 mm": PRESETS["paper"].network,
}
RECOMPUTED_FLOP: Final = 1e12


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    told = parser.parse_args()
    torch.set_num_threads(told.threads)
    print(f"{'':<24}{'weights':>10}{'GFLOP':>8}{'forward s':>11}{'times':>7}{'step s':>8}")
    unit = 0.0
    for name, config in SIZES.items():
        forward, step = measured(config, told.repeats)
        unit = unit or forward
        weights, gigaflop = count_parameters(IterativeFcn(config)), count_flop(config) / 1e9
        print(
            f"{name:<24}{weights:>10,}{gigaflop:>8.0f}{forward:>11.2f}{forward / unit:>7.1f}"
            f"{step:>8.2f}",
            flush=True,
        )


def measured(config: NetworkConfig, repeats: int) -> tuple[float, float]:
    """Seconds of a forward without gradients, and of one with its way back."""
    is_large = count_flop(config) > RECOMPUTED_FLOP
    network = IterativeFcn(config, checkpoint_activations=is_large)
    patch = torch.randn(1, 2, *config.patch_shape)

    def forward() -> None:
        with torch.inference_mode():
            network(patch)

    def step() -> None:
        network.zero_grad()
        mask, completeness = network(patch)
        (mask.mean() + completeness.mean()).backward()

    network.eval()
    seconds = best(forward, repeats)
    network.train()
    return seconds, best(step, 1 if is_large else repeats)


def best(work: Callable[[], None], repeats: int) -> float:
    """The shortest of some tries."""
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


if __name__ == "__main__":
    main()
