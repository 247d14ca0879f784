"""What perfect masks lose on the way to the working grid and back (P14, P15): the ceiling.

    python benchmarks/grid_ceiling.py [--spacing 1.75] [--phantoms 20]

The true mask of every vertebra of unseen phantoms goes to a grid of that spacing and back, as a
mask by nearest neighbour (the paper's way), and as the share of every voxel that it fills, as a
network could predict at best. Prints the mean Dice of both.
"""

from __future__ import annotations

import argparse

import numpy as np

from napari_vertseg.study.starter_sets import UNSEEN
from napari_vertseg.study.subject import Subject, phantom_subject
from napari_vertseg.volume import Grid, ZyxFloat
from napari_vertseg.volume.resample import resample_intensity, resample_linear, resample_nearest


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=1.75, help="of the working grid, mm")
    parser.add_argument("--phantoms", type=int, default=len(UNSEEN))
    told = parser.parse_args()
    print(f"{'scan':<16}{'vertebrae':>10}{'nearest':>9}{'share':>9}")
    rows = []
    for seed in UNSEEN[: told.phantoms]:
        subject = phantom_subject(seed)
        dice = [there_and_back(subject, v, told.spacing) for v in subject.is_complete]
        nearest, share = np.mean(dice, axis=0)
        print(f"{subject.scan.name:<16}{len(dice):>10}{nearest:>9.3f}{share:>9.3f}", flush=True)
        rows += dice
    nearest, share = np.mean(rows, axis=0)
    print(f"{'all':<16}{len(rows):>10}{nearest:>9.3f}{share:>9.3f}")


def there_and_back(subject: Subject, vertebra: int, spacing_mm: float) -> tuple[float, float]:
    """Dice of one perfect mask with itself, by nearest neighbour and as shares of voxels."""
    grid = subject.scan.grid
    working = grid.resized(ZyxFloat(spacing_mm, spacing_mm, spacing_mm))
    mask = np.asarray(subject.labels) == vertebra
    nearest = resample_nearest(resample_nearest(mask, grid, working), working, grid)
    share = resample_linear(_filled(mask, grid, working), working, grid) >= 0.5
    return _dice(mask, nearest), _dice(mask, share)


def _filled(mask: np.ndarray, grid: Grid, working: Grid) -> np.ndarray:
    return resample_intensity(mask.astype(np.float32), grid, working)


def _dice(one: np.ndarray, other: np.ndarray) -> float:
    both = np.count_nonzero(one) + np.count_nonzero(other)
    return 2 * np.count_nonzero(one & other) / max(both, 1)


if __name__ == "__main__":
    main()
